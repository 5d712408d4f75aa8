import { setTimeout as sleep } from 'node:timers/promises';
import { stackEnv } from '@lms/testing';

export interface ReceivedMail {
  subject: string;
  text: string;
  html: string;
  from: { address: string; name: string }[];
  to: { address: string }[];
}

/** Mails to an address that the SMTP catcher has received; waits at most 10 s for `count` of them. */
export async function mailsTo(address: string, count: number): Promise<ReceivedMail[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const response = await fetch(`${stackEnv().inboxUrl}/api/email`, { signal: AbortSignal.timeout(5_000) });
    const all = (await response.json()) as ReceivedMail[];
    const found = all.filter(({ to }) => to.some((receiver) => receiver.address === address));
    if (found.length >= count || Date.now() > deadline) return found;
    await sleep(50);
  }
}

/** The token in the link of a mail. */
export function tokenIn(mail: ReceivedMail | undefined): string {
  const token = /#token=([\w-]+)/.exec(mail?.text ?? '')?.[1];
  if (!token) throw new Error('the mail has no token');
  return token;
}
