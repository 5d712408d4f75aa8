export { auth } from '../../auth/src/main.ts';
