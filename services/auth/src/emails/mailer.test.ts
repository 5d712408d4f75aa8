import { fail } from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createMailer, type MailError } from './mailer.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** An SMTP server that answers RCPT with `answer`, including the address as real servers do. */
async function smtpServer(answer: string): Promise<string> {
  const created = createServer((socket) => {
    socket.write('220 test\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const command = String(data).slice(0, 4).toUpperCase();
      if (command === 'RCPT') socket.write(`${answer}\r\n`);
      else if (command === 'QUIT') socket.end('221 bye\r\n');
      else socket.write('250 fine\r\n');
    });
  });
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  return `smtp://127.0.0.1:${(created.address() as AddressInfo).port}`;
}

async function failureOf(smtpUrl: string): Promise<MailError> {
  const mailer = createMailer({ smtpUrl, from: 'no-reply@lms.example' });
  const to = { name: '', address: 'nobody@example.com' };
  return mailer.send({ to, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }).then(
    () => fail('it was sent'),
    (error: MailError) => error,
  );
}

test.each([
  ['550 5.1.1 <nobody@example.com> is not known here', true],
  ['451 4.7.1 <nobody@example.com> is greylisted, try later', false],
])('the response "%s" is an error with permanent=%s that contains no address', async (answer, permanent) => {
  const error = await failureOf(await smtpServer(answer));
  expect(error).toMatchObject({ name: 'MailError', permanent, code: `EENVELOPE ${answer.slice(0, 3)}` });
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('nobody@example.com');
});

test('an unreachable server is a temporary failure', async () => {
  expect(await failureOf('smtp://127.0.0.1:1')).toMatchObject({ permanent: false });
});
