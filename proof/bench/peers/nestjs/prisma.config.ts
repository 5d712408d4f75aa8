import { prismaConfigOf } from '../../../../libs/prisma-cli/src/prisma-config.ts';

export default prismaConfigOf('public');
