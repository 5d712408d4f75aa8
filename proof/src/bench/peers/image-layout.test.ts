import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readRuntimeStage } from './image-layout.ts';

const repo = join(import.meta.dirname, '../../../..');

it('starts a service like its image: ENTRYPOINT and ENV of the last stage', () => {
  const stage = readRuntimeStage(
    [
      'FROM a AS dev',
      'ENV NODE_ENV=development',
      'ENTRYPOINT ["node", "dev.mjs"]',
      'FROM a AS runtime',
      'ENV NODE_ENV=production \\',
      '  NODE_COMPILE_CACHE="/app/compile-cache"',
      'ENV UV_THREADPOOL_SIZE=4',
      'ENTRYPOINT ["node", "--max-semi-space-size=16", "dist/main.js"]',
      'CMD ["all"]',
    ].join('\n'),
  );
  expect(stage).toEqual({
    entrypoint: ['node', '--max-semi-space-size=16', 'dist/main.js'],
    env: { NODE_ENV: 'production', NODE_COMPILE_CACHE: '/app/compile-cache', UV_THREADPOOL_SIZE: '4' },
  });
});

it.each(['auth', 'content'])('reads the Dockerfile of %s', (service) => {
  const { entrypoint, env } = readRuntimeStage(
    readFileSync(join(repo, 'services', service, 'Dockerfile'), 'utf8'),
  );
  expect(entrypoint).toEqual(expect.arrayContaining(['node', 'dist/main.js']));
  expect(env).toMatchObject({ NODE_ENV: 'production' });
});
