import type { Config } from '@lms/config';
import { createObjectStore, type ObjectStore } from '@lms/object-store';
import type { CoreDeps, OwnDeps } from '@lms/service';
import type { mediaVariables } from './config.ts';
import { type Prisma, PrismaClient } from './generated/prisma/client.ts';
import { createSlots, type Slots } from './uploads/slots.ts';
import { type UploadSettings, uploadSettings } from './uploads/upload-settings.ts';

export { PrismaClient };

/** Name of the service, of its PostgreSQL schema and of its consumer group. */
export const serviceName = 'media';

/** A transaction or the client itself, as store functions accept it. */
export type Tx = Prisma.TransactionClient;

/** Dependencies of handlers; each handler names the part that it uses. */
export interface Deps extends CoreDeps<PrismaClient> {
  objectStore: ObjectStore;
  /** CDN in front of `lessons/`, without a trailing slash. */
  publicUrl: string;
  uploads: UploadSettings;
  /** Maximum number of files that are checked concurrently, each fully in memory. */
  inspections: Slots;
}

export function createDeps({ config }: { config: Config<typeof mediaVariables> }): OwnDeps<Deps> {
  const objectStore = createObjectStore({
    endpoint: config.R2_ENDPOINT,
    region: config.R2_REGION,
    bucket: config.R2_BUCKET,
    accessKey: config.R2_ACCESS_KEY,
    secretKey: config.R2_SECRET_KEY,
    signedUrlEndpoint: config.R2_SIGNED_URL_ENDPOINT,
  });
  return {
    deps: {
      objectStore,
      publicUrl: config.R2_PUBLIC_URL.replace(/\/+$/, ''),
      uploads: uploadSettings(config),
      inspections: createSlots(4),
    },
    close: () => objectStore.close(),
  };
}
