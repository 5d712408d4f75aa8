import { createServer } from 'node:http';
import { createCdn } from '@lms/testing/cdn';
import { bucketFromEnv } from './bucket-from-env.ts';

// Stands in for the CDN in front of the bucket: serves GET and HEAD of /cdn/lessons/… on PORT.
const port = Number(process.env.PORT || 3000);
const serveFile = createCdn(bucketFromEnv(process.env));

const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (req, res) => {
  if (req.url === '/livez') res.writeHead(200).end();
  else if (req.url?.startsWith('/cdn/')) serveFile(req, res);
  else res.writeHead(404).end();
});
server.listen(port, () => console.log(`cdn: port ${port}`));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
  });
}
