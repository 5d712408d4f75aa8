import { prismaConfigOf } from '../prisma-cli/src/prisma-config.ts';

// The schema of the sample service (src/testing), laid out like that of a service.
export default prismaConfigOf('service');
