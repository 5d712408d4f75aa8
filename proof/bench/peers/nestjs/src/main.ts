// NestJS 11 and Prisma 7, as its documentation proposes: Express adapter, guards, pipes, interceptors, Throttler.
import 'reflect-metadata';
import { createServer } from 'node:http';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import { Logger } from 'nestjs-pino';
import { register } from 'prom-client';
import { AppModule } from './app.module.ts';

const app = await NestFactory.create<NestExpressApplication>(AppModule, { bufferLogs: true });
app.useLogger(app.get(Logger));
app.set('trust proxy', 1);
app.use(helmet());
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
app.enableShutdownHooks();
createServer(async (_req, res) => {
  const text = await register.metrics();
  res.writeHead(200, { 'content-type': register.contentType }).end(text);
}).listen(Number(process.env.METRICS_PORT), '127.0.0.1');
await app.listen(Number(process.env.PORT), '127.0.0.1');
