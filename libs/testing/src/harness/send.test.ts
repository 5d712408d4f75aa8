import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send } from './send.ts';

/** Answers with what it was sent. */
const server = createServer(async (req, res) => {
  const sent = await buffer(req);
  if (req.url === '/text') res.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
  else if (req.url === '/moved') res.writeHead(302, { location: '/text' }).end();
  else {
    const { authorization, 'content-type': type = null } = req.headers;
    res.writeHead(200, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
    res.end(JSON.stringify({ method: req.method, authorization, type, hex: sent.toString('hex') }));
  }
});
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const hexOf = (text: string) => Buffer.from(text).toString('hex');

it('sends values as JSON and bytes unchanged, with the content type that the caller sets', async () => {
  const json = await send(origin, { method: 'POST', path: '/', body: [null], token: 'abc' });
  expect(json.body).toEqual({
    ...{ method: 'POST', authorization: 'Bearer abc', type: 'application/json', hex: hexOf('[null]') },
  });
  const headers = { 'content-type': 'application/zip' };
  const zip = await send(origin, { method: 'PUT', path: '/', body: new Uint8Array([0, 255]), headers });
  expect(zip.body).toEqual({ method: 'PUT', type: 'application/zip', hex: '00ff' });
  const nothing = await send(origin, { method: 'GET', path: '/' });
  expect(nothing.body).toEqual({ method: 'GET', type: null, hex: '' });
});

it('returns any status and header, follows no redirects, and parses only JSON', async () => {
  const text = await send(origin, { method: 'GET', path: '/text' });
  expect([text.status, text.bytes.toString(), text.body]).toEqual([404, 'not here', undefined]);
  const moved = await send(origin, { method: 'GET', path: '/moved' });
  expect([moved.status, moved.headers.get('location')]).toEqual([302, '/text']);
  const { headers } = await send(origin, { method: 'GET', path: '/' });
  expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

it('throws when there is no response', async () => {
  await expect(send('http://127.0.0.1:1', { method: 'GET', path: '/' })).rejects.toThrow('ECONNREFUSED');
});
