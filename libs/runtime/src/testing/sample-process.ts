import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '@lms/config';
import { z } from 'zod';
import { runProcess } from '../run-process.ts';

// A service for tests of start and shutdown. GET /slow takes 600 ms, GET /stream stays open until the process
// drains, and GET /burst logs 5,000 lines. Everything that is stopped and closed is logged, in order.
await runProcess({
  name: 'sample',
  version: '1.0.0',
  variables: {
    SAMPLE_READY: z.enum(['yes', 'no']).default('yes'),
    SAMPLE_HANG_ON_CLOSE: z.enum(['yes', 'no']).default('no'),
    SAMPLE_WARM_UP: z.enum(['works', 'fails', 'hangs']).default('works'),
    SAMPLE_SLOW_START: z.enum(['yes', 'no']).default('no'),
    SAMPLE_SECRET: z.string().min(8).meta({ secret: true, minSecretLength: 12 }),
  },
  checkConfig({ SAMPLE_SECRET, SAMPLE_READY }) {
    if (SAMPLE_SECRET === 'long-but-taken' && SAMPLE_READY === 'yes')
      throw new ConfigError([{ name: 'SAMPLE_SECRET', message: 'is taken' }]);
  },
  async serve({ config, log, draining, mode }) {
    return {
      app: (req, res) => {
        if (req.url === '/slow') {
          log.info({}, 'slow request begun');
          void sleep(600).then(() => res.end('done'));
        } else if (req.url === '/stream') {
          res.write('begun\n');
          draining.addEventListener('abort', () => res.end('ended\n'), { once: true });
        } else if (req.url?.startsWith('/burst')) {
          for (let line = 0; line < 5_000; line++) log.info({ line }, 'one of many');
          if (req.url === '/burst') res.end();
          else
            setImmediate(() => {
              throw new Error('nobody caught this either');
            });
        } else if (req.url === '/crash') void Promise.reject(new Error('nobody caught this'));
        else res.end(mode);
      },
      openApi: () => ({ openapi: '3.1.0' }),
      health: {
        database: async () => {
          if (config.SAMPLE_READY === 'no') throw new Error('refused at 10.0.0.1:5432');
        },
      },
      ready: {
        schema: async () => {
          if (config.SAMPLE_READY === 'no') throw new Error('the database is behind');
        },
      },
      warmUp: async () => {
        log.info({}, 'warm-up begun');
        if (config.SAMPLE_WARM_UP === 'fails') throw new Error('the warm-up is broken');
        if (config.SAMPLE_WARM_UP === 'hangs') await new Promise(() => undefined);
      },
      background: () => [
        {
          name: 'relay',
          start: async () => log.info({}, 'relay started'),
          stop: async () => log.info({}, 'relay stopped'),
        },
        {
          name: 'consumers',
          start: async () => {
            log.info({}, 'consumers started');
            if (config.SAMPLE_SLOW_START === 'yes') await sleep(1_000);
          },
          stop: async () => log.info({}, 'consumers stopped'),
        },
      ],
      close: async () => {
        log.info({}, 'pools closed');
        if (config.SAMPLE_HANG_ON_CLOSE === 'yes') await sleep(60_000);
      },
    };
  },
  commands: {
    greet: async ({ log }) => log.info({}, 'hello'),
    fail: async () => {
      throw new Error('could not, at postgresql://user:hunter2@db/lms');
    },
  },
});
