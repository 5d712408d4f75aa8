import { redisVariables } from '@lms/config';
import { z } from 'zod';

/** A service that is watched: its name, and the address of its metrics port. */
export interface Target {
  name: string;
  url: string;
}

const targets = z.string().transform((text, context): Target[] => {
  const list = text
    .split(',')
    .map((part) => /^\s*([a-z][a-z0-9-]{0,30})=(https?:\/\/[^\s,]+?)\/*\s*$/.exec(part))
    .map((match) => match && { name: match[1] as string, url: match[2] as string });
  const found = list.filter((target) => target !== null);
  const names = new Set(found.map(({ name }) => name));
  if (
    found.length === list.length &&
    names.size === list.length &&
    found.every(({ url }) => URL.canParse(url))
  )
    return found;
  context.addIssue({
    code: 'custom',
    message: 'must be a comma-separated list of name=http://host:port with unique names',
  });
  return z.NEVER;
});

/** Every variable of this service in addition to those that all services have. */
export const statusVariables = {
  ...redisVariables,
  STATUS_TARGETS: targets.meta({
    section: 'Status',
    description: 'Services that /health, /status and /docs query, with the address of their METRICS_PORT',
    example: 'auth=http://auth:9464,content=http://content:9464,media=http://media:9464,ai=http://ai:9464',
  }),
} as const;
