import { local } from './local.ts';
import { production } from './production.ts';
import { staging } from './staging.ts';

export type { BackingServers, Environment, Quota } from './environment.ts';

export const environments = { local, staging, production };
