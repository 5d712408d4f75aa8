import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { erasingServices, pendingServices } from './erasure.ts';
import { findErasure } from './erasure-store.ts';

export const getErasure = defineRoute({
  method: 'get',
  path: '/users/erasures/{erasureId}',
  summary: 'Get the progress of an account deletion',
  tag: 'Users',
  /** Public, because a deleted user can no longer sign in. Only that user knows the id, and it identifies nobody. */
  auth: 'public',
  input: { params: z.object({ erasureId: z.uuid() }) },
  output: {
    status: 200,
    body: z.object({
      erasureId: z.uuid(),
      requestedAt: z.iso.datetime(),
      pendingServices: z.array(z.enum(erasingServices)),
      completedAt: z.iso.datetime().nullable(),
    }),
  },
  errors: ['not_found'],
  handler: async ({ params }, { prisma }: Pick<Deps, 'prisma'>) => {
    const erasure = await findErasure(prisma, params.erasureId);
    if (!erasure) throw notFound('The erasure');
    return {
      erasureId: erasure.id,
      requestedAt: erasure.requestedAt.toISOString(),
      pendingServices: pendingServices(erasure),
      completedAt: erasure.completedAt?.toISOString() ?? null,
    };
  },
});
