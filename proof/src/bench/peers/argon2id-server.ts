// Compares passwords and does nothing else, as many at a time as the load has connections.
import { createServer } from 'node:http';
import { hash, verify } from '@node-rs/argon2';
import { argon2Parameters, password } from './dataset.ts';
import { connections } from './run-load.ts';

const stored = await hash(password, argon2Parameters);
const server = createServer(async (req, res) => {
  let left = Number(new URL(req.url ?? '/', 'http://localhost').searchParams.get('amount'));
  const work = async () => {
    while (left-- > 0) if (!(await verify(stored, password))) throw new Error('the password is right');
  };
  await Promise.all(Array.from({ length: connections }, work));
  res.end('done');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
