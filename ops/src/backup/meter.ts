import { createHash } from 'node:crypto';

/** Counts and hashes the bytes of a stream. */
export function createMeter() {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    add(chunk: Uint8Array) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    result: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  };
}

/** Passes a stream on, through a meter. */
export async function* metered(
  chunks: AsyncIterable<Uint8Array>,
  meter: ReturnType<typeof createMeter>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    meter.add(chunk);
    yield chunk;
  }
}
