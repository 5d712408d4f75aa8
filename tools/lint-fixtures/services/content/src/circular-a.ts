export { b } from './circular-b.ts'; export const a = 1;
