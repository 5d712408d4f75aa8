import { accessTokenVariables, objectStoreVariables, postgresVariables, redisVariables } from '@lms/config';
import { kafkaVariables } from '@lms/events';
import { z } from 'zod';

const count = (unlessGiven: number) => z.coerce.number().int().min(1).max(1_000_000).default(unlessGiven);
const bytes = (unlessGiven: number) => z.coerce.number().int().min(1).max(1e12).default(unlessGiven);

/** Every variable of this service in addition to those that all services have. */
export const mediaVariables = {
  ...postgresVariables,
  ...redisVariables,
  ...accessTokenVariables,
  ...kafkaVariables,
  ...objectStoreVariables,
  MEDIA_MAX_PENDING_UPLOADS: count(200).meta({
    section: 'Media',
    description: 'Maximum number of uploads that a user has started but not completed',
    example: '200',
    optional: true,
  }),
  MEDIA_MAX_PENDING_BYTES: bytes(1_000_000_000).meta({
    section: 'Media',
    description: 'Maximum total size of these uploads, in bytes',
    example: '1000000000',
    optional: true,
  }),
  MEDIA_PERSONAL_FILES_PER_DAY: count(300).meta({
    section: 'Media',
    description: 'Maximum number of avatars and recordings that a user uploads per day (UTC)',
    example: '300',
    optional: true,
  }),
  MEDIA_PERSONAL_BYTES_PER_DAY: bytes(500_000_000).meta({
    section: 'Media',
    description: 'Maximum total size of these files per day (UTC), in bytes',
    example: '500000000',
    optional: true,
  }),
} as const;
