import { prismaConfigOf } from '../../tools/src/prisma/prisma-config.ts';

export default prismaConfigOf('content');
