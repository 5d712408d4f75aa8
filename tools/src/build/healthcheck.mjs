// HEALTHCHECK of the images: `node healthcheck.mjs [path]`. Exit code 0 when the process answers 200 on PORT
// within two seconds. The path is /livez by default, which workers answer too.
import { get } from 'node:http';

const [path = '/livez'] = process.argv.slice(2);
const request = get({ host: '127.0.0.1', port: process.env.PORT || 3000, path, timeout: 2_000 }, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => request.destroy());
request.on('error', () => process.exit(1));
