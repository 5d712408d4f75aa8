export { a } from './circular-a.ts'; export const b = 1;
