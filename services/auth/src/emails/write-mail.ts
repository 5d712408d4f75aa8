import { escapeHtml } from '@lms/text';
import type { Mail } from './mailer.ts';

export type MailKind = 'verify_email' | 'reset_password' | 'password_changed';

interface MailFacts {
  displayName: string | null;
  locale: string;
  /** Absent where there is nothing to click. */
  link?: string;
}

interface Words {
  subject: string;
  lines: string[];
  /** Text of the link. */
  action?: string;
}

const vietnamese: Record<MailKind, Words> = {
  verify_email: {
    subject: 'Xác nhận địa chỉ e-mail của bạn',
    lines: [
      'Cảm ơn bạn đã đăng ký. Hãy xác nhận địa chỉ e-mail của bạn bằng liên kết dưới đây; liên kết có hiệu lực trong 48 giờ.',
      'Nếu bạn không đăng ký, hãy bỏ qua thư này.',
    ],
    action: 'Xác nhận địa chỉ e-mail',
  },
  reset_password: {
    subject: 'Đặt lại mật khẩu',
    lines: [
      'Có người, có lẽ là bạn, muốn đặt lại mật khẩu của tài khoản này. Liên kết dưới đây chỉ dùng được một lần và có hiệu lực trong 1 giờ.',
      'Nếu không phải bạn, hãy bỏ qua thư này: mật khẩu của bạn không thay đổi.',
    ],
    action: 'Đặt lại mật khẩu',
  },
  password_changed: {
    subject: 'Mật khẩu của bạn đã được thay đổi',
    lines: [
      'Mật khẩu của tài khoản này vừa được thay đổi và các thiết bị khác đã bị đăng xuất.',
      'Nếu không phải bạn, hãy đặt lại mật khẩu ngay trong ứng dụng.',
    ],
  },
};

const english: Record<MailKind, Words> = {
  verify_email: {
    subject: 'Confirm your e-mail address',
    lines: [
      'Thank you for registering. Please confirm your e-mail address with the link below; it works for 48 hours.',
      'If you did not register, ignore this mail.',
    ],
    action: 'Confirm my address',
  },
  reset_password: {
    subject: 'Reset your password',
    lines: [
      'Somebody, probably you, wants to reset the password of this account. The link below works once, within 1 hour.',
      'If it was not you, ignore this mail: your password stays as it is.',
    ],
    action: 'Reset my password',
  },
  password_changed: {
    subject: 'Your password was changed',
    lines: [
      'The password of this account has just been changed, and other devices have been signed out.',
      'If it was not you, reset your password in the app right away.',
    ],
  },
};

/** Writes a mail in the user's language: Vietnamese, or English for everybody else. */
export function writeMail(kind: MailKind, facts: MailFacts): Omit<Mail, 'to'> {
  const isVietnamese = new Intl.Locale(facts.locale).language === 'vi';
  const { subject, lines, action } = (isVietnamese ? vietnamese : english)[kind];
  const hello = isVietnamese ? 'Chào' : 'Hello';
  // A name is its user's own words: in the HTML below it must not become markup.
  const greeting = `${facts.displayName ? `${hello} ${facts.displayName}` : hello},`;
  const [first = '', ...rest] = lines;
  const link = facts.link && action ? { href: facts.link, action } : undefined;
  return {
    subject,
    text: [greeting, first, ...(link ? [link.href] : []), ...rest].join('\n\n'),
    html: [
      `<!doctype html><html lang="${isVietnamese ? 'vi' : 'en'}"><meta charset="utf-8"><title>${escapeHtml(subject)}</title><body>`,
      paragraph(escapeHtml(greeting)),
      paragraph(escapeHtml(first)),
      ...(link ? [paragraph(`<a href="${escapeHtml(link.href)}">${escapeHtml(link.action)}</a>`)] : []),
      ...rest.map((line) => paragraph(escapeHtml(line))),
      '</body></html>',
    ].join('\n'),
  };
}

function paragraph(html: string): string {
  return `<p>${html}</p>`;
}
