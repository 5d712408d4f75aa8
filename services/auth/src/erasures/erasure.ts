/** Services that erase what they have of a user and say so. */
export const erasingServices = ['content', 'media', 'ai'] as const;
export type ErasingService = (typeof erasingServices)[number];

/** The erasure of one user; the account itself is gone when this exists. */
export interface Erasure {
  id: string;
  userId: string;
  requestedAt: Date;
  /** By service; null while it has not said that it is done. */
  erasedAt: Record<ErasingService, Date | null>;
  completedAt: Date | null;
}

/** Services that are still at it. */
export function pendingServices({ erasedAt }: Pick<Erasure, 'erasedAt'>): ErasingService[] {
  return erasingServices.filter((service) => erasedAt[service] === null);
}
