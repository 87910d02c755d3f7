import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { assembleShard } from '../../src/pipeline/assemble-shard.ts';
import { requireJson, writeJson } from '../../src/pipeline/bucket.ts';
import { encodeOnePart } from '../../src/pipeline/encode-part.ts';
import { indexInput } from '../../src/pipeline/index-input.ts';
import type { IndexPage, InputIndex, RunInput } from '../../src/pipeline/input-index.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { type PlannedShard, planShards } from '../../src/pipeline/plan-shards.ts';
import type { RunDescription } from '../../src/pipeline/run-description.ts';
import { parseRunRequest } from '../../src/pipeline/run-request.ts';
import { AppError } from '../../src/errors.ts';
import { memoryBucket } from './memory-bucket.ts';

const local = { env: { DATASETS: memoryBucket().bucket, RUNS: memoryBucket().bucket } };

const PICTURE = readFileSync(new URL('../fixtures/images/alpha.png', import.meta.url));
const LIMITS = { maxPixels: 1_000_000, maxPixelPasses: 10_000_000 };

function runOf(id: string, request: object = {}): RunDescription {
  return {
    version: 1,
    id,
    request: parseRunRequest({ dataset: 'r2://data/set', ...request }),
    prefix: `${id}/`,
    encoder: { id: 'two-numbers', fingerprint: 'f', dim: 2 },
    limits: LIMITS,
    createdAt: '2026-01-01T00:00:00.000Z',
    attempts: 1,
  };
}

async function put(key: string, value: string | Uint8Array): Promise<R2Object> {
  const { DATASETS } = local.env;
  await DATASETS.put(key, value);
  const object = await DATASETS.head(key);
  if (object === null) throw new Error(`${key} was not kept`);
  return object;
}

/** Indexes a listing under the run's prefix. */
async function indexListing(run: RunDescription, table: string | Uint8Array): Promise<IndexPage> {
  const { RUNS } = local.env;
  const { key, etag, size } = await put(`${run.prefix}captions.csv`, table);
  await writeJson(RUNS, runKeys.inputs(run.id, 0), [{ kind: 'listing', key, etag, size } satisfies RunInput]);
  await indexInput(local.env, run, 0);
  const { pages } = await requireJson<InputIndex>(RUNS, runKeys.indexed(run.id, 0));
  return requireJson<IndexPage>(RUNS, dataKeys.page(pages[0].hash));
}

describe('a listing', () => {
  it.each([
    [
      'a column of labels',
      'image,caption,Label\na.jpg,a kite,0\n',
      /has a column label, which a run does not read/,
    ],
    [
      'another encoding',
      Buffer.from('image,caption\na.jpg,caf\u00e9\n', 'latin1'),
      /captions\.csv is not UTF-8 text/,
    ],
  ])('with %s is refused by name', async (name, table, message) => {
    await expect(indexListing(runOf(name.replaceAll(' ', '-')), table)).rejects.toThrow(message);
  });

  it('finds its pictures among others, after a byte order mark', async () => {
    const run = runOf('listed');
    const { etag } = await put('listed/in/a.jpg', 'four');
    await put('listed/in/b.jpg', 'not named');
    const { pairs } = await indexListing(run, '\uFEFFimage,caption\nin/a.jpg,caf\u00e9\nin/c.jpg,gone\n');
    expect(pairs).toEqual([
      {
        where: 'captions.csv row 1',
        image: 'listed/in/a.jpg',
        caption: 'caf\u00e9',
        place: { key: 'listed/in/a.jpg', etag, offset: 0, size: 4 },
      },
    ]);
  });
});

/** Vectors of two numbers; `refuses` says which pictures are none for it. */
function encoding(refuses: (bytes: Uint8Array) => boolean) {
  const vector = Float32Array.of(0.6, 0.8);
  return {
    dim: 2,
    images: {
      encodeImages: (pictures: readonly Uint8Array[]) =>
        Promise.resolve(
          pictures.map((bytes) => (refuses(bytes) ? new AppError('BAD_IMAGE', 'HTTP 415') : vector)),
        ),
    },
    text: { encodeTexts: (texts: readonly string[]) => Promise.resolve(texts.map(() => vector)) },
  };
}

async function planned(run: RunDescription): Promise<PlannedShard> {
  await planShards(local.env.RUNS, run);
  const [shard] = await requireJson<PlannedShard[]>(local.env.RUNS, runKeys.plan(run.id, 0));
  return shard;
}

describe('pictures that the encoder refuses', () => {
  const first = runOf('first');
  let shard: PlannedShard;
  const encode = (refuses: (bytes: Uint8Array) => boolean) => {
    const task = {
      kind: 'encode',
      run: first.id,
      shard: 0,
      part: 0,
      page: shard.pages[0],
      parts: 1,
    } as const;
    return encodeOnePart(local.env, { ...task, hash: shard.hash }, encoding(refuses), LIMITS);
  };
  beforeAll(async () => {
    await put('first/a.png', PICTURE);
    await indexListing(first, 'image,caption\na.png,a kite\n');
    shard = await planned(first);
  });

  it('are a failure where a plain one is refused too', async () => {
    await expect(encode(() => true)).rejects.toThrow(
      /refuses every picture.*\(HTTP 415\): check its settings/,
    );
    expect(await local.env.RUNS.head(dataKeys.part(shard.hash, 0))).toBeNull();
  });

  it('are skipped rows where a plain one is encoded, which a later round tries anew', async () => {
    const own = PICTURE.length;
    expect(await encode(({ length }) => length === own)).toEqual({ isNew: true, isLast: true });
    const task = { kind: 'assemble', run: first.id, shard: 0, hash: shard.hash, parts: 1 } as const;
    await assembleShard(local.env.RUNS, first, task);
    const other = async (changes: Partial<RunDescription>, request = {}) => {
      const run = { ...runOf('first', request), id: 'other', ...changes };
      const index = await requireJson(local.env.RUNS, runKeys.indexed(first.id, 0));
      await writeJson(local.env.RUNS, runKeys.indexed(run.id, 0), index);
      return (await planned(run)).hash;
    };
    expect(await other({}, { seed: 1 })).toBe(shard.hash);
    expect(await other({}, { round: 1 })).not.toBe(shard.hash);
    expect(await other({ limits: { ...LIMITS, maxPixels: 4 } })).not.toBe(shard.hash);
    // Its own shard is done: a resumption keeps it.
    expect((await planned(first)).hash).toBe(shard.hash);
  });
});
