import { createHash } from 'node:crypto';
import { batchReads } from './batch-reads.ts';
import { createRecentReads } from './recent-reads.ts';

/** The question where learners read something now. */
export interface PlaceQuestion {
  id: string;
  /** The version that was published when it was last asked, whose files are wanted too; null if that is not known. */
  versionId: string | null;
  /** The paths of files that the version names. */
  paths: readonly string[];
}

/** The answer to a `PlaceQuestion`. */
export interface PublishedPlace {
  id: string;
  /** The published version of the course. */
  versionId: string;
  /** True if an open attempt of some learner uses another version. */
  hasOtherVersions: boolean;
  /** JSON of the keys of the files by path; null if another version than the question's is published. */
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
  /** Answers questions with different ids; leaves out what learners cannot see. */
  findPlaces(questions: PlaceQuestion[]): Promise<PublishedPlace[]>;
  findContent(versionId: string, id: string): Promise<C | null>;
  findMedia(versionId: string, paths: readonly string[]): Promise<string>;
  isSourceDown: (error: unknown) => boolean;
  /** Limit of all content in memory. */
  maxBytes: number;
}

/** A change is visible to every process after at most this time: publish, unpublish, a file that becomes ready. */
const maxAgeMs = 1_000;
/** Places that one statement looks up at most. */
const maxBatch = 100;
/** Learners can continue to read for this long while the database is down. */
const maxAgeWithoutSourceMs = 30_000;

/**
 * Reads of what is published, shared by all learners of this process. Content is kept by version, where it never
 * changes; which version is published, and which files it can show, is asked again once a second, for all that is
 * wanted at the moment together. Nothing has to be sent to other processes, so this works while Redis and Kafka do not.
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
  const findPlace = batchReads(
    async (questions: PlaceQuestion[]) => {
      const places = new Map((await source.findPlaces(questions)).map((place) => [place.id, place]));
      return questions.map(({ id }) => places.get(id));
    },
    { maxBatch },
  );
  const places = createRecentReads<{ versionId: string; hasOtherVersions: boolean; media: Media } | null>({
    ...recent,
    // One statement if the version is still the one that was read before.
    async load(id, previous) {
      const versionId = previous?.versionId ?? null;
      const paths = versionId === null ? [] : await pathsOf(versionId, id);
      const place = await findPlace({ id, versionId, paths });
      if (!place) return null;
      const { hasOtherVersions } = place;
      const json = place.media ?? (await mediaOf(place.versionId, id));
      // Files change rarely, and hashing the same ones again would be most of the work.
      const media = previous?.media.json === json ? previous.media : stamped(json);
      return { versionId: place.versionId, hasOtherVersions, media };
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
