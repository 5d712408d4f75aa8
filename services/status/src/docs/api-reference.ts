import type { Target } from '../config.ts';
import { mergeOpenApi, type OpenApiPart } from './merge-openapi.ts';

const timeoutMs = 2_000;
const maxDocumentBytes = 5_000_000;
/** How long a document is cached: a complete one, and one in which a service is missing. */
const keptMs = 60_000;
const keptPartialMs = 3_000;

export interface ApiReference {
  /** The OpenAPI document of the whole platform. It omits services that do not respond, and names them. */
  document(): Promise<object>;
}

/** Collects the services' OpenAPI documents from their metrics ports, concurrently. */
export function createApiReference(options: {
  targets: readonly Target[];
  ownDocument: () => object;
}): ApiReference {
  let running: Promise<object> | undefined;
  let latest: { document: object; until: number } | undefined;

  const collect = async (): Promise<object> => {
    const parts = await Promise.all(
      options.targets.map(async (target) => ({ name: target.name, document: await fetchDocument(target) })),
    );
    const complete = parts.every(({ document }) => document !== null);
    const document = mergeOpenApi([
      ...parts,
      { name: 'status', document: options.ownDocument() as OpenApiPart },
    ]);
    latest = { document, until: performance.now() + (complete ? keptMs : keptPartialMs) };
    return document;
  };

  return {
    document() {
      if (latest && performance.now() < latest.until) return Promise.resolve(latest.document);
      running ??= collect().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

async function fetchDocument({ url }: Target): Promise<OpenApiPart | null> {
  try {
    const response = await fetch(`${url}/openapi.json`, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > maxDocumentBytes) return null;
    const document = (await response.json()) as OpenApiPart | null;
    return typeof document?.paths === 'object' && document.paths !== null ? document : null;
  } catch {
    return null;
  }
}
