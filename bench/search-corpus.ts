import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPairs } from '../scripts/precompute/load-pairs.ts';
import { readNpyPairs } from '../scripts/dataset/npy-pairs.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import type { PairSet, UniqueRows } from '../src/core/pairs/pair-set.ts';
import { uniqueRows } from '../src/core/pairs/pair-set.ts';
import { decodeVector } from '../src/core/search/vector-coding.ts';
import { codingOf, toCorpusRows } from '../scripts/corpus/fresh-vectors.ts';
import { createRandom, shuffle } from '../src/core/random.ts';
import { gatherRows } from '../src/core/vector.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Pictures to search, pairs to fit on, and what is asked, of groups that were not fitted on. */
export interface SearchCorpus {
  readonly source: string;
  readonly set: PairSet;
  readonly dim: number;
  /** All pictures, each once; row-major, [count, dim], unit rows. */
  readonly images: Float32Array;
  /** The same as a corpus stores them: rounded to int8 rows of a coding fitted to all. */
  readonly stored: Float32Array;
  readonly count: number;
  /** One a picture. */
  readonly groups: Int32Array;
  /** Numbers of the pairs to fit on: half of the groups. */
  readonly fitOn: Uint32Array;
  readonly queries: readonly [QuerySet, QuerySet];
}

export type QueryCounts = Readonly<Record<QuerySet['modality'], number>>;

/** Row-major, [count, dim], unit rows. */
export interface QuerySet {
  readonly modality: 'text' | 'image';
  readonly rows: Float32Array;
  readonly count: number;
  /** One a query: pictures of that group are what it is about. */
  readonly groups: Int32Array;
  /** The picture that each query is itself and that therefore is no answer; -1 for none. */
  readonly self: Int32Array;
}

/**
 * The embeddings that `scripts/train-tiny-clip/run.sh embeddings` leaves, or those of the sample pictures where it never
 * ran. @param queryCounts fewer are asked when there are not as many
 */
export async function loadSearchCorpus(
  queryCounts: QueryCounts,
  seed: number,
  tell: (line: string) => void,
): Promise<SearchCorpus> {
  const folder = process.env.ALIGNQL_EMOJI ?? join(ROOT, '.train/embeddings');
  const isThere = existsSync(join(folder, 'image_embeddings.npy'));
  if (!isThere) {
    tell(
      `no image_embeddings.npy in ${folder}: searching the few pictures of models/sample. For the real thing run ` +
        'scripts/train-tiny-clip/run.sh embeddings, or set ALIGNQL_EMOJI to the folder it wrote',
    );
  }
  const set = isThere ? await readFolder(folder) : await encodeSample();
  return splitCorpus(set, isThere ? folder : 'models/sample', queryCounts, seed);
}

function readFolder(folder: string): Promise<PairSet> {
  const groups = join(folder, 'groups.npy');
  return readNpyPairs({
    imageEmbeddings: join(folder, 'image_embeddings.npy'),
    textEmbeddings: join(folder, 'text_embeddings.npy'),
    groups: existsSync(groups) ? groups : null,
  });
}

/** The pictures of models/sample with their captions, by the embedded encoder. */
export async function encodeSample(): Promise<PairSet> {
  const cache = await mkdtemp(join(tmpdir(), 'alignql-bench-'));
  try {
    const source = { kind: 'dataset', path: join(ROOT, 'models/sample'), cache } as const;
    const silent = {
      startProgress: () => ({ add: () => undefined, stop: () => undefined }),
      tell: () => undefined,
    };
    return (await loadPairs(source, silent, () => undefined)).pairs;
  } finally {
    await rm(cache, { recursive: true });
  }
}

function splitCorpus(set: PairSet, source: string, queryCounts: QueryCounts, seed: number): SearchCorpus {
  const { dim, imageEmbeddings: images, groups } = set;
  const asked = groupedFolds(groups, 2, seed)[0];
  const texts = drawRows(uniqueRows(set.textRows, asked, groups), queryCounts.text, seed + 1);
  const pictures = drawRows(uniqueRows(set.imageRows, asked, groups), queryCounts.image, seed + 2);
  const textQueries: QuerySet = {
    modality: 'text',
    rows: gatherRows(set.textEmbeddings, dim, texts.rows),
    count: texts.rows.length,
    groups: texts.groups,
    self: new Int32Array(texts.rows.length).fill(-1),
  };
  const imageQueries: QuerySet = {
    modality: 'image',
    rows: gatherRows(images, dim, pictures.rows),
    count: pictures.rows.length,
    groups: pictures.groups,
    self: Int32Array.from(pictures.rows),
  };
  const count = images.length / dim;
  return {
    source,
    set,
    dim,
    images,
    stored: storedRows(images, dim),
    count,
    groups: groupOfRows(set.imageRows, groups, count),
    fitOn: remainingRows(groups.length, asked),
    queries: [textQueries, imageQueries],
  };
}

function storedRows(images: Float32Array, dim: number): Float32Array {
  const coding = codingOf(dim, images);
  const { rows, scales } = toCorpusRows(
    Array.from({ length: images.length / dim }, (_, row) => ({ id: String(row), metadata: null })),
    coding,
    images.slice(),
  );
  const stored = new Float32Array(images.length);
  for (let row = 0; row < scales.length; row++) {
    stored.set(decodeVector(coding, rows, row * dim, scales[row]), row * dim);
  }
  return stored;
}

function groupOfRows(rowOfPair: Uint32Array, groups: Int32Array, count: number): Int32Array {
  const groupOf = new Int32Array(count).fill(-1);
  rowOfPair.forEach((row, pair) => {
    groupOf[row] = groups[pair];
  });
  return groupOf;
}

function drawRows({ rows, groups }: UniqueRows, most: number, seed: number): UniqueRows {
  const order = Uint32Array.from(rows, (_, i) => i);
  shuffle(order, createRandom(seed));
  const drawn = order.subarray(0, most);
  return {
    rows: drawn.map((i) => rows[i]),
    groups: Int32Array.from(drawn, (i) => groups[i]),
  };
}
