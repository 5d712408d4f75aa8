export { job } from '../../../ops/src/job.ts';
