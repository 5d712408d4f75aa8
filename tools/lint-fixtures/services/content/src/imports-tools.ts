export { route } from '../../../tools/route.ts';
