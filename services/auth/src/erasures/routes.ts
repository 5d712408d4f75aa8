import { getErasure } from './get-erasure.ts';

export const erasureRoutes = [getErasure];
