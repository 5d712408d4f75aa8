export { auth } from '../../../services/auth/src/main.ts';
