import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createPublishedReads, type PublishedPlace } from './published-reads.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
afterEach(() => void jest.useRealTimers());

const down = new Error('down');

/** A lesson `one` with a file, in versions `v1` and `v2`, of which the first is published. */
function createWorld() {
  const world = {
    published: 'v1' as string | null,
    hasOtherVersions: false,
    keys: { v1: 'old.mp3', v2: 'new.mp3' } as Record<string, string>,
    isDown: false,
    asked: [] as string[],
  };
  const ask = (what: string) => {
    world.asked.push(what);
    if (world.isDown) throw down;
  };
  const mediaOf = (versionId: string, paths: readonly string[]) =>
    JSON.stringify(paths.length > 0 ? { [paths[0] as string]: world.keys[versionId] } : {});
  const reads = createPublishedReads({
    async findPlaces(questions): Promise<PublishedPlace[]> {
      const { published: versionId, hasOtherVersions } = world;
      return questions.flatMap(({ id, ...known }) => {
        ask(`place ${id}`);
        if (!versionId) return [];
        const media = known.versionId === versionId ? mediaOf(versionId, known.paths) : null;
        return [{ id, versionId, hasOtherVersions, media }];
      });
    },
    async findContent(versionId, id) {
      ask(`content ${versionId}`);
      return id === 'one' ? { title: `one of ${versionId}`, paths: ['a.mp3'], sizeBytes: 100 } : null;
    },
    async findMedia(versionId, paths) {
      ask(`media ${versionId}`);
      return mediaOf(versionId, paths);
    },
    isSourceDown: (error) => error === down,
    maxBytes: 1_000_000,
  });
  const asked = () => world.asked.splice(0);
  const find = async (own: string | null = null) => {
    const found = await reads.find('one', async () => own);
    return found && [found.content.title, found.media.json, found.stamp];
  };
  const titleAndFile = async (own: string | null = null) => (await find(own))?.slice(0, 2);
  return { ...reads, world, asked, find, titleAndFile };
}

const second = () => jest.advanceTimersByTimeAsync(1_001);

describe('createPublishedReads', () => {
  it('asks for everything once, and then once a second for what may have changed', async () => {
    const { find, asked } = createWorld();
    const first = await find();
    expect(first?.slice(0, 2)).toEqual(['one of v1', '{"a.mp3":"old.mp3"}']);
    expect(asked()).toEqual(['place one', 'content v1', 'media v1']);
    await expect(Promise.all([find(), find(), find()])).resolves.toEqual([first, first, first]);
    expect(asked()).toEqual([]);
    await second();
    await expect(find()).resolves.toEqual(first);
    expect(asked()).toEqual(['place one']);
  });

  it('shows another version, another file and an unpublished course after a second', async () => {
    const { titleAndFile, find, world } = createWorld();
    const before = await find();
    world.keys.v1 = 'better.mp3';
    await expect(find()).resolves.toEqual(before);
    await second();
    await expect(titleAndFile()).resolves.toEqual(['one of v1', '{"a.mp3":"better.mp3"}']);
    expect((await find())?.[2]).not.toBe(before?.[2]);
    world.published = 'v2';
    await second();
    await expect(titleAndFile()).resolves.toEqual(['one of v2', '{"a.mp3":"new.mp3"}']);
    world.published = null;
    await second();
    await expect(find()).resolves.toBeNull();
  });

  it('shows what was committed at once after forget', async () => {
    const { titleAndFile, forget, world } = createWorld();
    await titleAndFile();
    world.published = 'v2';
    forget();
    await expect(titleAndFile()).resolves.toEqual(['one of v2', '{"a.mp3":"new.mp3"}']);
  });

  it('asks for the version of the learner only while another one than the published is in use', async () => {
    const { titleAndFile, sawVersion, world, asked } = createWorld();
    await expect(titleAndFile('v2')).resolves.toEqual(['one of v1', '{"a.mp3":"old.mp3"}']);
    world.published = 'v2';
    world.hasOtherVersions = true;
    sawVersion('one', 'v1');
    await expect(titleAndFile('v1')).resolves.toEqual(['one of v1', '{"a.mp3":"old.mp3"}']);
    sawVersion('one', 'v2');
    await expect(titleAndFile('v1')).resolves.toEqual(['one of v1', '{"a.mp3":"old.mp3"}']);
    await expect(titleAndFile()).resolves.toEqual(['one of v2', '{"a.mp3":"new.mp3"}']);
    asked();
    await second();
    await titleAndFile('v1');
    expect(asked()).toEqual(['place one', 'media v1']);
  });

  it('finds nothing that the version does not have', async () => {
    const { find } = createPublishedReads({
      findPlaces: async () => [{ id: 'two', versionId: 'v1', hasOtherVersions: false, media: null }],
      findContent: async () => null,
      findMedia: async () => '{}',
      isSourceDown: () => false,
      maxBytes: 1_000_000,
    });
    await expect(find('two', async () => null)).resolves.toBeNull();
  });

  it('lets learners read for thirty seconds while the source is down', async () => {
    const { find, world } = createWorld();
    const before = await find();
    world.isDown = true;
    await jest.advanceTimersByTimeAsync(29_000);
    await expect(find()).resolves.toEqual(before);
    await jest.advanceTimersByTimeAsync(2_000);
    await expect(find()).rejects.toBe(down);
    world.isDown = false;
    await expect(find()).resolves.toEqual(before);
  });
});
