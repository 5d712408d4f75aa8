export { chart } from '../../k8s/src/chart.ts';
