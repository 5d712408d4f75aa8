/** Services that erase a user's data and report it. */
export const erasingServices = ['content', 'media', 'ai'] as const;
export type ErasingService = (typeof erasingServices)[number];

/** The erasure of one user; the account itself has already been deleted. */
export interface Erasure {
  id: string;
  userId: string;
  requestedAt: Date;
  /** Time of completion by service; null while the service has not finished. */
  erasedAt: Record<ErasingService, Date | null>;
  completedAt: Date | null;
}

/** Services that have not finished. */
export function pendingServices({ erasedAt }: Pick<Erasure, 'erasedAt'>): ErasingService[] {
  return erasingServices.filter((service) => erasedAt[service] === null);
}
