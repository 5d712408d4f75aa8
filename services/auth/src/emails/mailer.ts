import type { Transporter } from 'nodemailer';

export interface Mail {
  /** The recipient; an object, because a string would be parsed as a list of addresses. */
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

/** Sends mails; in the error, `permanent` is true if a retry is useless. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** A mail that could not be sent. It contains no text from the server, which may repeat addresses. */
export class MailError extends Error {
  readonly code: string;
  /** True if the server refuses this mail permanently (5xx). */
  readonly permanent: boolean;

  constructor(code: string, permanent: boolean) {
    super(`the mail server did not accept a mail (${code})`);
    this.name = 'MailError';
    this.code = code;
    this.permanent = permanent;
  }
}

/**
 * Sends over SMTP with one connection per mail: 5 s to connect and for the greeting, at most 15 s of silence. It uses
 * TLS if the server offers it; with `?requireTLS=true` in the URL it refuses to send without TLS.
 */
export function createMailer(options: { smtpUrl: string; from: string }): Mailer {
  let transport: Promise<Transporter> | undefined;
  // Loaded with the first mail, because only workers send mails.
  const connect = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: options.smtpUrl,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 15_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  };
  return {
    async send(mail) {
      try {
        transport ??= connect();
        await (await transport).sendMail({ from: options.from, ...mail });
      } catch (error) {
        const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
        const permanent = typeof responseCode === 'number' && responseCode >= 500 && code === 'EENVELOPE';
        throw new MailError(`${String(code)}${responseCode ? ` ${responseCode}` : ''}`, permanent);
      }
    },
  };
}
