import { getUsage } from './get-usage.ts';

export const usageRoutes = [getUsage];
