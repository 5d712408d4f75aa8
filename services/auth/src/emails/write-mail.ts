import { escapeHtml } from '@lms/text';
import type { Mail } from './mailer.ts';

export type MailKind = 'verify_email' | 'reset_password' | 'password_changed';

interface MailFacts {
  displayName: string | null;
  locale: string;
  /** Absent if the mail has no link. */
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
      'Cảm ơn bạn đã đăng ký. Hãy xác nhận địa chỉ e-mail của bạn qua liên kết dưới đây. Liên kết có hiệu lực trong 48 giờ.',
      'Nếu bạn không đăng ký tài khoản, vui lòng bỏ qua thư này.',
    ],
    action: 'Xác nhận địa chỉ e-mail',
  },
  reset_password: {
    subject: 'Đặt lại mật khẩu',
    lines: [
      'Chúng tôi nhận được yêu cầu đặt lại mật khẩu cho tài khoản này. Liên kết dưới đây chỉ dùng được một lần và có hiệu lực trong 1 giờ.',
      'Nếu bạn không gửi yêu cầu này, vui lòng bỏ qua thư: mật khẩu của bạn vẫn giữ nguyên.',
    ],
    action: 'Đặt lại mật khẩu',
  },
  password_changed: {
    subject: 'Mật khẩu của bạn đã được thay đổi',
    lines: [
      'Mật khẩu của tài khoản này vừa được thay đổi, và các thiết bị khác đã bị đăng xuất.',
      'Nếu bạn không thực hiện thay đổi này, hãy đặt lại mật khẩu ngay trong ứng dụng.',
    ],
  },
};

const english: Record<MailKind, Words> = {
  verify_email: {
    subject: 'Confirm your e-mail address',
    lines: [
      'Thank you for registering. Please confirm your e-mail address with the link below. The link is valid for 48 hours.',
      'If you did not register, you can ignore this e-mail.',
    ],
    action: 'Confirm my address',
  },
  reset_password: {
    subject: 'Reset your password',
    lines: [
      'We received a request to reset the password of this account. The link below can be used once and is valid for 1 hour.',
      'If you did not request this, you can ignore this e-mail: your password will not change.',
    ],
    action: 'Reset my password',
  },
  password_changed: {
    subject: 'Your password was changed',
    lines: [
      'The password of this account has just been changed, and other devices have been signed out.',
      'If this was not you, reset your password in the app right away.',
    ],
  },
};

/** Writes a mail in Vietnamese for Vietnamese users, and in English for all others. */
export function writeMail(kind: MailKind, facts: MailFacts): Omit<Mail, 'to'> {
  const isVietnamese = new Intl.Locale(facts.locale).language === 'vi';
  const { subject, lines, action } = (isVietnamese ? vietnamese : english)[kind];
  const hello = isVietnamese ? 'Chào' : 'Hello';
  // Users choose their names freely, so a name must be escaped in the HTML below.
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
