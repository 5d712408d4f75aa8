import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import * as aiErasures from '../../../../services/ai/src/erasures/erasure-store.ts';
import * as gradings from '../../../../services/ai/src/grading/grading-store.ts';
import * as recordings from '../../../../services/ai/src/recordings/recording-store.ts';
import * as transcripts from '../../../../services/ai/src/recordings/transcript-store.ts';
import * as usage from '../../../../services/ai/src/usage/usage-store.ts';
import * as mailTokens from '../../../../services/auth/src/emails/mail-token-store.ts';
import * as authErasures from '../../../../services/auth/src/erasures/erasure-store.ts';
import * as sessions from '../../../../services/auth/src/sessions/session-store.ts';
import * as users from '../../../../services/auth/src/users/user-store.ts';
import * as assets from '../../../../services/media/src/assets/asset-store.ts';
import * as mediaErasures from '../../../../services/media/src/erasures/erasure-store.ts';
import * as daily from '../../../../services/media/src/uploads/daily-uploads-store.ts';
import { type Call, call } from './call.ts';
import type { SampleIds } from './sample-ids.ts';

const dayMs = 86_400_000;
const first = '00000000-0000-0000-0000-000000000000';

export function authCalls(ids: SampleIds): Call[] {
  const { mostSessions, session } = ids;
  const now = new Date();
  const user = ids.user.id ?? '';
  const newSession = { userId: user, deviceName: 'x', tokenHash: 'x', createdAt: now, expiresAt: now };
  const list = { beforeId: undefined, limit: 21, role: undefined, email: undefined, suspended: undefined };
  return [
    call(mailTokens.insertMailToken, '', {
      tokenHash: randomUUID(),
      userId: user,
      purpose: 'verify_email',
      expiresAt: now,
    }),
    call(mailTokens.countMailTokens, '', { userId: user, purpose: 'verify_email', since: new Date(0) }),
    call(mailTokens.findMailTokenOwner, '', { tokenHash: 'x', purpose: 'verify_email', now }),
    call(mailTokens.takeMailToken, '', 'x'),
    call(mailTokens.deleteMailTokens, '', user, 'verify_email'),
    call(mailTokens.deleteExpiredMailTokens, '', now, 1_000),
    call(authErasures.findErasure, '', ids.authErasure),
    call(authErasures.lockErasure, '', ids.authErasure),
    call(authErasures.insertErasure, '', { id: randomUUID(), userId: randomUUID(), requestedAt: now }),
    call(authErasures.markErased, '', ids.authErasure, { service: 'ai', erasedAt: now, completedAt: now }),
    call(authErasures.listOverdue, '', new Date(now.getTime() - dayMs), 100),
    call(sessions.findSignedIn, '', { userId: user, sessionId: session }),
    call(sessions.findForRefresh, '', session),
    call(sessions.recordUse, 'the same token', { id: session, generation: 3, now, expiresAt: now }),
    call(sessions.recordUse, 'the next token', {
      ...{ id: session, generation: 3, now, expiresAt: now, next: { tokenHash: 'x', rotatedAt: [now] } },
    }),
    call(sessions.insertSession, '', { ...newSession, id: uuidv7() }),
    call(sessions.insertSessionIfUnchanged, '', { ...newSession, id: uuidv7() }, 'x'),
    call(sessions.listLiveSessions, 'typical user', { userId: user, now, limit: 21 }),
    call(sessions.listLiveSessions, 'most sessions', { userId: mostSessions, now, limit: 21 }),
    call(sessions.listLeastUsed, 'most sessions', { userId: mostSessions, except: session, now, keep: 50 }),
    call(sessions.markRevoked, 'all of the user with most', {
      userId: mostSessions,
      reason: 'password_changed' as never,
      now,
    }),
    call(sessions.markRevoked, 'one', {
      userId: mostSessions,
      ids: [session],
      reason: 'logout' as never,
      now,
    }),
    call(sessions.deleteExpiredSessions, '', new Date(now.getTime() - 7 * dayMs), 1_000),
    call(sessions.deleteEndedSessions, 'most sessions', mostSessions, 1_000),
    call(users.findUser, '', user),
    call(users.findUserByEmail, '', ids.user.email ?? ''),
    call(users.lockUser, '', user),
    call(users.insertUser, '', {
      ...{ id: uuidv7(), email: 'new@x.example', emailVerifiedAt: null, passwordHash: 'x', displayName: 'x' },
      ...{ role: 'learner', locale: 'vi', timeZone: 'UTC', createdAt: now },
    }),
    call(users.saveUser, '', user, { displayName: 'y' }, now),
    call(users.deleteUser, 'most sessions', mostSessions),
    call(users.listMatchingUsers, 'no filter', list),
    call(users.listMatchingUsers, 'learners', { ...list, role: 'learner' }),
    call(users.listMatchingUsers, 'admins', { ...list, role: 'admin' }),
    call(users.listMatchingUsers, 'editors, deep', { ...list, role: 'editor', beforeId: user }),
    call(users.listMatchingUsers, 'e-mail', { ...list, email: ids.user.email ?? '' }),
    call(users.listMatchingUsers, 'suspended', { ...list, suspended: true }),
    call(users.listMatchingUsers, 'suspended, last page', {
      ...list,
      suspended: true,
      beforeId: ids.suspended,
    }),
    call(users.listMatchingUsers, 'suspended admins', { ...list, suspended: true, role: 'admin' }),
    call(users.listMatchingUsers, 'not suspended', { ...list, suspended: false }),
    call(users.lockAdmins, ''),
    call(users.countOtherAdmins, '', user),
  ];
}

export function mediaCalls(ids: SampleIds): Call[] {
  const { heavy, typical, editor, asset } = ids;
  const now = new Date();
  return [
    call(assets.findAsset, '', asset),
    call(assets.insertAsset, '', {
      ...{
        id: uuidv7(),
        ownerId: heavy,
        purpose: 'recording',
        lessonId: null,
        key: randomUUID(),
        contentType: 'audio/mpeg',
      },
      ...{ sizeBytes: 1_000, checksumSha256: 'x', uploadExpiresAt: now, rejectReason: null },
    } as never),
    call(assets.markReady, '', asset, { durationMs: 1, readyAt: now }),
    call(assets.markRejected, '', asset, 'size_differs' as never),
    call(assets.markDeleted, '', asset),
    call(assets.listAbandoned, '', now, 200),
    call(assets.listLeftovers, '', now, 200),
    call(assets.sumPending, 'heavy learner', heavy, now),
    call(assets.forgetAsset, '', asset),
    call(assets.lockUser, '', heavy),
    call(mediaErasures.findErasure, '', heavy),
    call(mediaErasures.insertErasure, '', { userId: heavy, erasureId: randomUUID() }),
    call(mediaErasures.completeErasure, '', heavy, now),
    call(mediaErasures.listOwned, 'heavy learner', { userId: heavy, afterId: first, limit: 200 }),
    call(mediaErasures.listOwned, 'editor with many files', { userId: editor, afterId: first, limit: 200 }),
    call(mediaErasures.listOwned, 'typical learner', { userId: typical, afterId: first, limit: 200 }),
    call(mediaErasures.anonymise, 'a page', editor, ids.lessonFiles),
    call(mediaErasures.deleteUserRows, 'heavy learner', heavy, 1_000),
    call(daily.addPersonalUpload, '', { userId: heavy, now, sizeBytes: 100 }),
    call(daily.deleteDailyUploads, '', new Date(now.getTime() - 7 * dayMs), 1_000),
  ];
}

export function aiCalls(ids: SampleIds): Call[] {
  const { heavy, typical, recording } = ids;
  const now = new Date();
  const day = new Date(now.toISOString().slice(0, 10));
  const [assetId, ownerId] = [recording.assetId ?? '', recording.ownerId ?? ''];
  const place = { assetId, language: 'en' };
  const attempt = { id: ids.grading.id ?? '', attempts: Number(ids.grading.attempts) };
  const spent = {
    provider: 'x',
    model: 'x',
    operation: 'x',
    inputTokens: 1,
    outputTokens: 1,
    durationMs: 1,
    outcome: 'ok',
  };
  return [
    call(aiErasures.lockUser, '', heavy),
    call(aiErasures.isErased, '', heavy),
    call(aiErasures.refuseErased, '', heavy),
    call(aiErasures.insertErasure, '', { userId: heavy, erasureId: randomUUID(), erasedAt: now }),
    call(aiErasures.eraseBatch, 'heavy learner', heavy, 1_000),
    call(aiErasures.eraseBatch, 'typical learner', typical, 1_000),
    call(gradings.insertGrading, '', {
      id: uuidv7(),
      userId: heavy,
      kind: 'writing',
      languageTag: 'en',
      leaseUntil: now,
      submissionId: randomUUID(),
    }),
    call(gradings.findGrading, '', attempt.id),
    call(gradings.countWaiting, 'heavy learner', heavy),
    call(gradings.findLastLanguage, 'heavy learner', heavy),
    call(gradings.claimGrading, '', attempt.id, now, now),
    call(gradings.markDone, '', attempt, { summary: 'x' } as never, now),
    call(gradings.markFailed, '', attempt, 'x', now),
    call(gradings.markQueued, '', attempt, { attempts: 2, leaseUntil: now }),
    call(gradings.listOverdue, '', now, 100),
    call(gradings.deleteOldGradings, '', new Date(now.getTime() - 30 * dayMs), 1_000),
    call(recordings.findRecording, '', assetId, ownerId),
    call(recordings.insertRecording, '', {
      assetId: randomUUID(),
      ownerId: heavy,
      key: 'x',
      contentType: 'audio/mpeg',
      sizeBytes: 1,
      durationMs: 1,
      readyAt: now,
    }),
    call(recordings.deleteRecording, '', assetId),
    call(recordings.findRecordingOfAnybody, '', assetId),
    call(transcripts.findTranscription, '', place),
    call(transcripts.claimTranscript, '', { ...place, ownerId, claimedUntil: now }),
    call(transcripts.saveTranscription, '', place, { text: 'x' } as never),
    call(transcripts.releaseTranscript, '', place),
    call(transcripts.deleteOldTranscripts, '', new Date(now.getTime() - 30 * dayMs), 1_000),
    call(usage.findUsage, '', heavy, day),
    call(usage.reserveCall, '', { userId: heavy, day, maxCalls: 100, maxTokens: 100_000 }),
    call(usage.addUsage, '', { userId: heavy, day, calls: 1, tokens: 5 }),
    call(usage.insertInvocation, '', heavy, spent as never, now),
    call(usage.deleteOldUsage, '', new Date(now.getTime() - 7 * dayMs), 1_000),
    call(usage.deleteOldInvocations, '', new Date(now.getTime() - 90 * dayMs), 1_000),
  ];
}
