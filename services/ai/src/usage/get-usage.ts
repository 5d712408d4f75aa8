import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { dayOf, endOfDay } from './budget.ts';
import { findUsage } from './usage-store.ts';

const meter = z.object({ used: z.int().min(0), limit: z.int().min(0) });

export const getUsage = defineRoute({
  method: 'get',
  path: '/ai/usage',
  summary: "Get today's usage and limits, and the provider",
  tag: 'AI',
  auth: 'user',
  output: {
    status: 200,
    body: z.object({
      day: z.iso.date(),
      calls: meter,
      tokens: meter,
      resetsAt: z.iso.datetime(),
      provider: z.enum(['local', 'openai']),
      canTranscribe: z.boolean().describe('If false, speaking feedback fails with AI_PROVIDER_REQUIRED'),
    }),
  },
  handler: async ({ caller }, { prisma, budget, provider }: Pick<Deps, 'prisma' | 'budget' | 'provider'>) => {
    const now = new Date();
    const used = await findUsage(prisma, caller.userId, dayOf(now));
    return {
      day: now.toISOString().slice(0, 10),
      calls: { used: used.calls, limit: budget.callsPerDay },
      tokens: { used: used.tokens, limit: budget.tokensPerDay },
      resetsAt: endOfDay(now).toISOString(),
      provider: provider.name,
      canTranscribe: provider.canTranscribe,
    };
  },
});
