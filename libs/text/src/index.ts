export { withoutAccents } from './without-accents.ts';
