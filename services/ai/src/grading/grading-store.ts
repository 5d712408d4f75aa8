import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { Feedback } from '../feedback/feedback.ts';
import type { Grading as GradingRow, Prisma } from '../generated/prisma/client.ts';

export type GradingKind = 'writing' | 'speaking';
export type GradingStatus = 'queued' | 'running' | 'done' | 'failed';
export type Grading = Omit<GradingRow, 'kind' | 'status' | 'feedback'> & {
  kind: GradingKind;
  status: GradingStatus;
  feedback: Feedback | null;
};
export type NewGrading = Pick<Grading, 'id' | 'userId' | 'kind' | 'languageTag' | 'leaseUntil'> &
  Partial<Pick<Grading, 'submissionId' | 'level' | 'prompt' | 'expectedText' | 'text' | 'assetId'>>;

/** Adds a grading; false if the submission already has one. */
export async function insertGrading(tx: Tx, grading: NewGrading): Promise<boolean> {
  const { count } = await tx.grading.createMany({ data: [grading], skipDuplicates: true });
  return count === 1;
}

export async function findGrading(tx: Tx, id: string): Promise<Grading | null> {
  const row = await tx.grading.findUnique({ where: { id } });
  return row && fromRow(row);
}

/** Number of unfinished gradings of a user. */
export async function countWaiting(tx: Tx, userId: string): Promise<number> {
  return tx.grading.count({ where: { userId, finishedAt: null } });
}

/** The language of the user's last grading; null for a new learner. */
export async function findLastLanguage(tx: Tx, userId: string): Promise<string | null> {
  const latest = await tx.grading.findFirst({
    where: { userId },
    orderBy: { createdAt: 'desc' },
    select: { languageTag: true },
  });
  return latest?.languageTag ?? null;
}

/** Claims a grading that is waiting or whose lease has expired; null if it is done, deleted or claimed elsewhere. */
export async function claimGrading(tx: Tx, id: string, now: Date, leaseUntil: Date): Promise<Grading | null> {
  const [row] = await tx.grading.updateManyAndReturn({
    where: { id, OR: [{ status: 'queued' }, { status: 'running', leaseUntil: { lt: now } }] },
    data: { status: 'running', attempts: { increment: 1 }, leaseUntil },
  });
  return row ? fromRow(row) : null;
}

/** Matches the attempt that this process runs: `attempts` distinguishes it from a later one that took over. */
type Attempt = Pick<Grading, 'id' | 'attempts'>;
const ofAttempt = ({ id, attempts }: Attempt) => ({ id, attempts, status: 'running' });

/** Ends a grading with its feedback and deletes the learner's text; false if another attempt has taken over. */
export async function markDone(
  tx: Tx,
  grading: Attempt,
  feedback: Feedback,
  finishedAt: Date,
): Promise<boolean> {
  const json = feedback as unknown as Prisma.InputJsonObject;
  const { count } = await tx.grading.updateMany({
    where: ofAttempt(grading),
    data: { status: 'done', feedback: json, text: null, finishedAt },
  });
  return count === 1;
}

/** Ends a grading with the code of its failure; false if another attempt has taken over. */
export async function markFailed(tx: Tx, grading: Attempt, code: string, finishedAt: Date): Promise<boolean> {
  const { count } = await tx.grading.updateMany({
    where: ofAttempt(grading),
    data: { status: 'failed', code, text: null, finishedAt },
  });
  return count === 1;
}

/** Puts a grading back in the queue; `attempts` is its new number of attempts. */
export async function markQueued(
  tx: Tx,
  grading: Attempt,
  next: { attempts: number; leaseUntil: Date },
): Promise<boolean> {
  const { count } = await tx.grading.updateMany({
    where: ofAttempt(grading),
    data: { status: 'queued', ...next },
  });
  return count === 1;
}

/** Gradings that should have started or ended by now, oldest first. */
export async function listOverdue(tx: Tx, now: Date, limit: number): Promise<string[]> {
  const rows = await tx.grading.findMany({
    where: { finishedAt: null, leaseUntil: { lt: now } },
    orderBy: { leaseUntil: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Deletes at most `limit` gradings that ended before `before`; returns how many. */
export function deleteOldGradings(tx: SqlTransaction, before: Date, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM grading_jobs WHERE id = ANY (ARRAY(
       SELECT id FROM grading_jobs WHERE finished_at < $1::timestamptz ORDER BY finished_at LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}

function fromRow(row: GradingRow): Grading {
  return {
    ...row,
    kind: row.kind as GradingKind,
    status: row.status as GradingStatus,
    feedback: row.feedback as Feedback | null,
  };
}
