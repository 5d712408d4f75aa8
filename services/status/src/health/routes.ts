import { getHealth } from './get-health.ts';
import { streamHealth } from './stream-health.ts';

export const healthRoutes = [getHealth, streamHealth];
