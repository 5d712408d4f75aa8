import { fork } from 'node:child_process'; import { once } from 'node:events'; import autocannon from 'autocannon';
const kinds = process.argv.slice(2); const secs = 2; const out: Record<string, number[]> = {};
for (let r = 0; r < 3; r++) for (const k of kinds) {
  const c = fork(new URL('./zz-micro.mts', import.meta.url).pathname, [k], { stdio: ['ignore','ignore','inherit','ipc'] });
  const [{ port }] = await once(c, 'message') as any;
  const go = (d: number) => autocannon({ url: `http://127.0.0.1:${port}/api/v1/lessons/01900000-0000-7000-8000-000000000001`, connections: 32, duration: d, headers: { authorization: 'Bearer abc' } });
  await go(1); c.send({}); const [{ cpu: a }] = await once(c, 'message') as any; const res = await go(secs); c.send({}); const [{ cpu: b }] = await once(c, 'message') as any;
  (out[k] ??= []).push((b - a) / (res['2xx'] + res['3xx'])); c.kill();
}
for (const k of kinds) console.log(k.padEnd(16), out[k]!.map((x) => x.toFixed(1)).join('  '));
process.exit();
