import { getStatusPage } from './get-status-page.ts';

export const statusPageRoutes = [getStatusPage];
