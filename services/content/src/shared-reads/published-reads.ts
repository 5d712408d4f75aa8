import { createHash } from 'node:crypto';
import { createRecentReads } from './recent-reads.ts';

/** A version whose files a reader wants to know, with the paths that its content names. */
export interface KnownMedia {
  versionId: string | null;
  paths: readonly string[];
}

/** Where learners read something now. */
export interface PublishedPlace {
  /** The published version of the course. */
  versionId: string;
  /** True if an open attempt of some learner uses another version. */
  hasOtherVersions: boolean;
  /** JSON of the keys of a known version's files by path; null if another version is published. */
  media: string | null;
}

/** Content of one version, which never changes. */
interface Content {
  /** Paths of the files that it names. */
  paths: readonly string[];
  /** Approximate size in memory. */
  sizeBytes: number;
}

/** The files of a version that can be shown now. */
export interface Media {
  /** Object of bucket keys by path. */
  json: string;
  /** The same for the same files. */
  stamp: string;
}

/** What is published under an id, for one learner. */
export interface Published<C> {
  content: C;
  media: Media;
  /** Names this content with these files. */
  stamp: string;
}

export interface PublishedReads<C> {
  /**
   * The content under an id with the files that it can show; null if learners cannot see it. `ownVersion` is asked
   * for the version of the learner's open attempt when one may differ from the published one.
   */
  find(id: string, ownVersion: () => Promise<string | null>): Promise<Published<C> | null>;
  /** The content of a version, whether published or not; null if the version does not have it. */
  ofVersion(versionId: string, id: string): Promise<C | null>;
  /** Another version than expected was seen under the id. */
  sawVersion(id: string, versionId: string): void;
  /** Forgets what may have changed; call it after a commit. */
  forget(): void;
}

export interface PublishedSource<C> {
  findPlace(id: string, known: KnownMedia): Promise<PublishedPlace | null>;
  findContent(versionId: string, id: string): Promise<C | null>;
  findMedia(versionId: string, paths: readonly string[]): Promise<string>;
  isSourceDown: (error: unknown) => boolean;
  /** Limit of all content in memory. */
  maxBytes: number;
}

/** A change is visible to every process after at most this time: publish, unpublish, a file that becomes ready. */
const maxAgeMs = 1_000;
/** Learners can continue to read for this long while the database is down. */
const maxAgeWithoutSourceMs = 30_000;

/**
 * Reads of what is published, shared by all learners of this process. Content is kept by version, where it never
 * changes; which version is published, and which files it can show, is asked again once a second. Nothing has to be
 * sent to other processes, so this works while Redis and Kafka do not.
 */
export function createPublishedReads<C extends Content>(source: PublishedSource<C>): PublishedReads<C> {
  const keyOf = (versionId: string, id: string) => `${versionId}/${id}`;
  const recent = { maxAgeMs, maxAgeWithoutSourceMs, isSourceDown: source.isSourceDown };
  const contents = createRecentReads<C | null>({
    load: (key) => source.findContent(...(key.split('/') as [string, string])),
    maxAgeMs: Number.POSITIVE_INFINITY,
    maxBytes: source.maxBytes,
    sizeOf: (content) => content?.sizeBytes ?? 0,
  });
  const pathsOf = async (versionId: string, id: string) =>
    (await contents.get(keyOf(versionId, id)))?.paths ?? [];
  const mediaOf = async (versionId: string, id: string): Promise<string> => {
    const paths = await pathsOf(versionId, id);
    return paths.length === 0 ? '{}' : source.findMedia(versionId, paths);
  };
  const places = createRecentReads<{ versionId: string; hasOtherVersions: boolean; media: Media } | null>({
    ...recent,
    // One statement if the version is still the one that was read before.
    async load(id, previous) {
      const versionId = previous?.versionId ?? null;
      const paths = versionId === null ? [] : await pathsOf(versionId, id);
      const place = await source.findPlace(id, { versionId, paths });
      if (!place) return null;
      const { media, ...rest } = place;
      return { ...rest, media: stamped(media ?? (await mediaOf(place.versionId, id))) };
    },
    maxBytes: source.maxBytes / 4,
    sizeOf: (place) => 300 + (place?.media.json.length ?? 0),
  });
  /** Files of versions that are not published but still read, because a learner started with them. */
  const otherMedia = createRecentReads<Media>({
    ...recent,
    load: async (key) => stamped(await mediaOf(...(key.split('/') as [string, string]))),
    maxBytes: source.maxBytes / 4,
    sizeOf: ({ json }) => json.length,
  });

  return {
    async find(id, ownVersion) {
      const place = await places.get(id);
      if (!place) return null;
      const own = place.hasOtherVersions ? await ownVersion() : null;
      const versionId = own ?? place.versionId;
      const key = keyOf(versionId, id);
      const content = await contents.get(key);
      if (!content) return null;
      const media = versionId === place.versionId ? place.media : await otherMedia.get(key);
      return { content, media, stamp: `${key}/${media.stamp}` };
    },
    ofVersion: (versionId, id) => contents.get(keyOf(versionId, id)),
    sawVersion(id, versionId) {
      if (places.peek(id)?.versionId !== versionId) places.forget(id);
    },
    forget() {
      places.forget();
      otherMedia.forget();
    },
  };
}

function stamped(json: string): Media {
  return { json, stamp: createHash('sha1').update(json).digest('base64') };
}
