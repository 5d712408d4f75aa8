export { drill } from '../../proof/src/drill.ts';
