import { createTransport } from 'nodemailer';

export interface Mail {
  /** One receiver; as an object, because a text is read as a list of addresses. */
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

/** Sends mails; `permanent` in the error says whether trying again is of any use. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** A mail that could not be sent. Holds no text of the server: that repeats addresses. */
export class MailError extends Error {
  readonly code: string;
  /** True when the server refuses this mail for good (5xx). */
  readonly permanent: boolean;

  constructor(code: string, permanent: boolean) {
    super(`the mail server did not take a mail (${code})`);
    this.name = 'MailError';
    this.code = code;
    this.permanent = permanent;
  }
}

/**
 * Sends by SMTP, a connection per mail: 5 s to connect and to be greeted, 15 s of silence at most. TLS as the
 * server offers; `?requireTLS=true` in the URL refuses to go without.
 */
export function createMailer(options: { smtpUrl: string; from: string }): Mailer {
  const transport = createTransport({
    url: options.smtpUrl,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 15_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      try {
        await transport.sendMail({ from: options.from, ...mail });
      } catch (error) {
        const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
        const permanent = typeof responseCode === 'number' && responseCode >= 500 && code === 'EENVELOPE';
        throw new MailError(`${String(code)}${responseCode ? ` ${responseCode}` : ''}`, permanent);
      }
    },
  };
}
