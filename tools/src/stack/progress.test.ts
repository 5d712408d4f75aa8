import { expect, it } from '@jest/globals';
import { createProgress, SetupError } from './progress.ts';
import { readable } from './service-logs.ts';
import { lastMessages } from './services.ts';
import { settleAll } from './start-servers.ts';

it('prints a line for each step with its result and duration', async () => {
  const lines: string[] = [];
  const progress = createProgress((line) => lines.push(line));
  await progress.step(
    'Redis',
    async () => 6379,
    (port) => `port ${port}`,
  );
  await expect(progress.step('Kafka', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines[0]).toMatch(/✓.* Redis {2}port 6379 {2}.*\d\.\d s/);
  expect(lines[1]).toMatch(/✗.* Kafka/);
});

it('waits for all work even if some of it failed, and names every failure', async () => {
  let finished = false;
  const late = new Promise<void>((resolve) =>
    setTimeout(() => {
      finished = true;
      resolve();
    }, 50),
  );
  const work = [Promise.reject(new SetupError('no Maven')), Promise.reject(new SetupError('no Redis')), late];
  await expect(settleAll(work)).rejects.toThrow(new SetupError('no Maven\nno Redis'));
  expect(finished).toBe(true);
  await expect(settleAll([Promise.reject(new Error('bug')), late])).rejects.not.toBeInstanceOf(SetupError);
});

it.each([
  ['{"level":"info","msg":"listening"}', null],
  ['{"level":"error","msg":"job failed","err":{"message":"no route\\nat x"}}', 'job failed: no route'],
  ['{"level":"warn","msg":"slow"}', 'slow'],
  ['(Use `node --trace-warnings`)', null],
  ['SyntaxError: bad', 'SyntaxError: bad'],
  ['{broken', null],
  ['', null],
])('shows the log line %s as %s', (line, text) => {
  const shown = readable(line);
  if (text === null) expect(shown).toBeNull();
  else expect(shown).toContain(text);
});

it('shows the last messages of a program’s output, extracted from log lines', () => {
  const log =
    '{"level":"info","msg":"a"}\n{"level":"fatal","msg":"migrate failed","err":{"message":"changed"}}';
  expect(lastMessages(log)).toContain('migrate failed: changed');
  expect(lastMessages(log)).not.toContain('level');
  expect(lastMessages('KAFKA_BROKERS: must be host:port\n')).toBe('KAFKA_BROKERS: must be host:port');
});
