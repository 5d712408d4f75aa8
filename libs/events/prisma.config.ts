import { prismaConfigOf } from '../prisma-cli/src/prisma-config.ts';

// The schema of the fixture service (src/testing/fixture), laid out like that of a service.
export default prismaConfigOf('events');
