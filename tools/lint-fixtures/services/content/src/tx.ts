export interface Tx {
  lesson: { count(): Promise<number> };
  $executeRawUnsafe(sql: string): Promise<number>;
}
