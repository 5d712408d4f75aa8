import { accessTokenVariables, postgresVariables, redisVariables } from '@lms/config';
import { kafkaVariables } from '@lms/events';
import { z } from 'zod';

/** Every variable of this service in addition to those that all services have. */
export const contentVariables = {
  ...postgresVariables,
  ...redisVariables,
  ...accessTokenVariables,
  ...kafkaVariables,
  R2_PUBLIC_URL: z
    .string()
    .refine((value) => URL.canParse(value) && /^https?:/.test(value), 'must be a URL that starts with http')
    .transform((value) => value.replace(/\/+$/, ''))
    .meta({
      section: 'Cloudflare R2',
      description:
        'CDN in front of the bucket; serves only keys under lessons/, while users/ stays private (signed URLs)',
      example: 'https://cdn.yourdomain.com',
    }),
} as const;
