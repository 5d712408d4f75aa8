import { prismaConfigOf } from '../prisma-cli/src/prisma-config.ts';

// The schema of this package's own tests, laid out like that of a service.
export default prismaConfigOf('postgres');
