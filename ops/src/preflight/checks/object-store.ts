import { createHash, randomUUID } from 'node:crypto';
import { ConfigError, objectStoreVariables, parseConfig } from '@lms/config';
import { createObjectStore } from '@lms/object-store';
import { type Check, failed, messageOf, type Outcome, ok } from '../check.ts';

const contentType = 'text/plain';

/**
 * Does what an app does: a signed PUT of one object and a signed GET of it, then deletes it. A private object must not
 * be readable without a signature, neither at the store nor through the CDN; the CDN must serve `lessons/`.
 */
export const objectStoreCheck: Check = {
  name: 'object store',
  async run({ env }, signal) {
    let config: ReturnType<typeof parseConfig<typeof objectStoreVariables>>;
    try {
      config = parseConfig(objectStoreVariables, env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return failed(
        error.problems.map(({ name, message }) => `${name} ${message}`).join('; '),
        'set these variables; see .env.example',
      );
    }
    const store = createObjectStore({
      endpoint: config.R2_ENDPOINT,
      region: config.R2_REGION,
      bucket: config.R2_BUCKET,
      accessKey: config.R2_ACCESS_KEY,
      secretKey: config.R2_SECRET_KEY,
    });
    const id = randomUUID();
    const keys = { private: `users/preflight/${id}.txt`, public: `lessons/preflight/${id}.txt` };
    const body = Buffer.from(`preflight ${id}\n`);
    try {
      for (const key of Object.values(keys)) {
        const problem = await upload(key, body);
        if (problem) return problem;
      }
      const signed = await fetch(await store.signDownload({ key: keys.private, expiresInSeconds: 60 }), {
        signal,
      });
      const read = Buffer.from(await signed.arrayBuffer());
      if (!signed.ok || !read.equals(body))
        return failed(
          `a signed GET returned ${signed.status} and ${read.length} of ${body.length} bytes`,
          'let the key read objects of this bucket',
        );
      return (
        (await exposure()) ??
        ok('signed PUT and GET work, unsigned requests are refused, the CDN serves only lessons/')
      );
    } catch (error) {
      return failed(
        messageOf(error),
        'check R2_ENDPOINT, R2_BUCKET and the keys, and that the network lets this machine reach it',
      );
    } finally {
      for (const key of Object.values(keys)) await store.delete(key).catch(() => undefined);
      store.close();
    }

    async function upload(key: string, bytes: Buffer): Promise<Outcome | null> {
      const { url, method, headers } = await store.signUpload({
        key,
        contentType,
        sizeBytes: bytes.length,
        expiresInSeconds: 60,
      });
      const answer = await fetch(url, { method, headers, body: new Uint8Array(bytes), signal });
      if (answer.ok) return null;
      const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1];
      return failed(
        `a signed PUT returned ${answer.status}${code ? ` ${code}` : ''}`,
        'check the keys, that they may write to this bucket, and that this machine and the store agree on the time',
      );
    }

    async function exposure(): Promise<Outcome | null> {
      const endpoint = config.R2_ENDPOINT.replace(/\/+$/, '');
      const cdn = config.R2_PUBLIC_URL.replace(/\/+$/, '');
      if ((await statusOf(`${endpoint}/${config.R2_BUCKET}/${keys.private}`)) === 200)
        return failed('a private object can be read without a signature', 'make the bucket private at once');
      if ((await statusOf(`${cdn}/${keys.private}`)) === 200)
        return failed(
          "users' files can be read through R2_PUBLIC_URL",
          'restrict the CDN to keys under lessons/ at once',
        );
      const answer = await fetch(`${cdn}/${keys.public}`, { signal });
      const same = digest(Buffer.from(await answer.arrayBuffer())) === digest(body);
      if (answer.status === 200 && same) return null;
      return failed(
        `the CDN returned ${answer.status} for a file under lessons/`,
        'let R2_PUBLIC_URL serve keys under lessons/ of this bucket',
      );
    }

    async function statusOf(url: string): Promise<number> {
      const answer = await fetch(url, { signal });
      await answer.body?.cancel();
      return answer.status;
    }
  },
};

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
