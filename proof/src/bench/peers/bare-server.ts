// The least that a node:http server can do: it sends a lesson of 3 KB from memory, and 304 for its ETag.
import { createServer } from 'node:http';
import { createCourses } from './dataset.ts';

const [lesson] = createCourses()[0]?.lessons ?? [];
const { choices = [], blanks = [], ...rest } = lesson ?? {};
const body = JSON.stringify({
  id: 'bare',
  ...rest,
  exercises: [...choices, ...blanks],
  more: 'x'.repeat(700),
});
const etag = `"${body.length}"`;
const length = Buffer.byteLength(body);

const server = createServer((req, res) => {
  if (req.headers['if-none-match'] === etag) res.writeHead(304, { etag }).end();
  else res.writeHead(200, { 'content-type': 'application/json', 'content-length': length, etag }).end(body);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
