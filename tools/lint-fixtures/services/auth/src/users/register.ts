export { PrismaClientKnownRequestError } from '@prisma/client/runtime/client';
