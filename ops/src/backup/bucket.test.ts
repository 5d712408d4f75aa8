import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestBucket, type TestBucket } from '@lms/testing';
import { type BackupBucket, openBackupBucket } from './bucket.ts';

let bucket: TestBucket;
let store: BackupBucket;
beforeAll(async () => {
  bucket = await createTestBucket('parts');
  store = openBackupBucket({
    R2_ENDPOINT: bucket.endpoint,
    R2_REGION: 'auto',
    R2_BUCKET: 'another',
    BACKUP_BUCKET: bucket.bucket,
    R2_ACCESS_KEY: bucket.accessKey,
    R2_SECRET_KEY: bucket.secretKey,
    BACKUP_PREFIX: 'of/this/environment/',
  });
});
afterAll(async () => {
  store.close();
  await bucket.drop();
});

async function* pieces(bytes: Buffer, pieceBytes: number) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

describe('the folder of the backups', () => {
  it.each([0, 1, 16 * 1024 * 1024, 33 * 1024 * 1024 + 5])(
    'stores a stream of %i bytes in parts',
    async (length) => {
      const bytes = randomBytes(length);
      const put = await store.putStream('some/file', pieces(bytes, 700_000));
      expect(put).toEqual({ bytes: length, sha256: createHash('sha256').update(bytes).digest('hex') });
      const read: Buffer[] = [];
      for await (const chunk of await store.getStream('some/file')) read.push(chunk as Buffer);
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
      expect(await bucket.keys()).toEqual(['of/this/environment/some/file']);
      await store.delete('some/file');
    },
  );

  it('keeps nothing of a stream that fails', async () => {
    async function* failing() {
      yield* pieces(randomBytes(17 * 1024 * 1024), 1_000_000);
      throw new Error('the database went away');
    }
    await expect(store.putStream('torn', failing())).rejects.toThrow('the database went away');
    expect(await bucket.keys()).toEqual([]);
    await expect(store.getText('torn')).resolves.toBeNull();
    expect(await store.list()).toEqual([]);
  });
});
