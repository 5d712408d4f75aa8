interface Model {
  findMany(): Promise<unknown[]>;
  count(): Promise<number>;
}
interface Client {
  lesson: Model;
  $queryRaw(sql: TemplateStringsArray): Promise<unknown[]>;
  $executeRawUnsafe(sql: string): Promise<number>;
  $transaction<T>(work: (tx: Client) => Promise<T>): Promise<T>;
}
interface Deps {
  prisma: Client;
  pool: { query(sql: string): Promise<unknown> };
}
declare function listLessons(tx: Client): Promise<unknown[]>;

export const refusedModel = ({ prisma }: Deps) => prisma.lesson.count();
export const refusedModelOfDeps = (deps: Deps) => deps.prisma.lesson.count();
export const refusedModelTakenOut = ({ prisma: { lesson } }: Deps) => lesson.findMany();
export const refusedInATransaction = ({ prisma }: Deps) => prisma.$transaction((tx) => tx.lesson.findMany());
export const refusedTemplate = ({ prisma }: Deps) => prisma.$queryRaw`SELECT 1`;
export const refusedByAnotherName = (client: Client) => client.$executeRawUnsafe('DELETE FROM lessons');
export const refusedConnection = ({ pool }: Deps) => pool.query('SELECT 1');

export const allowedToHandOn = ({ prisma }: Deps) => prisma.$transaction((tx) => listLessons(tx));
export const allowedWithoutDatabase = (cache: { names: Map<string, string> }) => cache.names.delete('a');
