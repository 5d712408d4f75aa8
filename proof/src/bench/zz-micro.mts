import { createServer } from 'node:http';
import express from 'express';
const body = 'x'.repeat(3000);
const kind = process.argv[2];
const servers: Record<string, () => any> = {
  bare: () => (req, res) => { res.writeHead(200, {'content-type':'application/json','content-length': body.length}).end(body); },
  bare304: () => (req, res) => { res.writeHead(304, {etag: 'W/"x"'}).end(); },
  bareSet: () => (req, res) => { res.statusCode=200; res.setHeader('content-type','application/json'); res.setHeader('content-length', body.length); res.end(body); },
  bareBuf: () => { const b = Buffer.from(body); return (req, res) => { res.writeHead(200, {'content-type':'application/json','content-length': b.length}).end(b); }; },
  bare304h12: () => { const hs: Record<string,string> = {etag:'W/"x"'}; for (let i=0;i<14;i++) hs['X-Some-Header-'+i]='a-value-of-some-length'; return (req, res) => { res.writeHead(304, hs).end(); }; },
  bare304h12arr: () => { const hs: string[] = ['etag','W/"x"']; for (let i=0;i<14;i++) hs.push('X-Some-Header-'+i,'a-value-of-some-length'); return (req, res) => { res.writeHead(304, hs).end(); }; },
  bare304h12set: () => { const hs: [string,string][] = []; for (let i=0;i<14;i++) hs.push(['X-Some-Header-'+i,'a-value-of-some-length']); return (req, res) => { for (const [n,v] of hs) res.setHeader(n,v); res.setHeader('etag','W/"x"'); res.statusCode=304; res.end(); }; },
  express304: () => { const app = express(); app.disable('x-powered-by'); app.use((req,res)=>{ res.statusCode=304; res.setHeader('etag','W/"x"'); res.end(); }); return app; },
  express304wh: () => { const app = express(); app.disable('x-powered-by'); app.use((req,res)=>{ res.writeHead(304, {etag:'W/"x"'}).end(); }); return app; },
  express304r30: () => { const app = express(); app.disable('x-powered-by'); for (let i=0;i<30;i++) app.get(`/api/v1/r${i}/:id`, (req,res)=>{ res.writeHead(304, {etag:'W/"x"'}).end(); }); app.get('/api/v1/lessons/:id', (req,res)=>{ res.writeHead(304, {etag:'W/"x"'}).end(); }); return app; },
};
const server = createServer(servers[kind]!());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as any).port }));
process.on('message', () => { const u = process.cpuUsage(); process.send?.({ cpu: u.user + u.system }); });
process.on('disconnect', () => process.exit(0));
