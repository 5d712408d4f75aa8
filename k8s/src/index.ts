export { chartDir, chartFiles } from './chart/chart-files.ts';
