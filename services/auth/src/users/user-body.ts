import { roles } from '@lms/http';
import { z } from 'zod';
import type { User } from './user.ts';

/** An account as its owner sees it. */
export const userBody = z.object({
  id: z.uuid(),
  email: z.string(),
  emailVerified: z.boolean(),
  displayName: z.string().nullable(),
  role: z.enum(roles),
  locale: z.string(),
  timeZone: z.string(),
  createdAt: z.iso.datetime(),
});

/** An account as admins see it. */
export const adminUserBody = userBody.extend({ suspendedAt: z.iso.datetime().nullable() });

export function toUserBody(user: User): z.infer<typeof userBody> {
  return {
    id: user.id,
    email: user.email,
    emailVerified: user.emailVerifiedAt !== null,
    displayName: user.displayName,
    role: user.role,
    locale: user.locale,
    timeZone: user.timeZone,
    createdAt: user.createdAt.toISOString(),
  };
}

export function toAdminUserBody(user: User): z.infer<typeof adminUserBody> {
  return { ...toUserBody(user), suspendedAt: user.suspendedAt?.toISOString() ?? null };
}
