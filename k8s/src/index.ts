export { createEnvironment } from './create-environment.ts';
export { environments } from './environments/index.ts';
