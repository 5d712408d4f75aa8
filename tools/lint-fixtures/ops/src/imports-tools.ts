export { route } from '../../tools/src/route.ts';
