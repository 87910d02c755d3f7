import { encodedBytes } from '../src/core/evaluation/vector-encoding.ts';
import { similarityOrder } from '../src/core/search/similarity-order.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import { createRandom, shuffle } from '../src/core/random.ts';
import { gatherRows } from '../src/core/vector.ts';
import type { Fit } from './compact-fits.ts';
import { ownCpuMs } from './measure-cpu.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import {
  compactRows,
  DEPTH,
  findTruth,
  meanOf,
  compactImages,
  recallCurve,
  SHORTLISTS,
  shortlists,
  type Truth,
} from './recall-curve.ts';
import { missedRow, TARGET_RECALL } from './recall-rows.ts';
import type { SearchCorpus } from './search-corpus.ts';
import { bestAmong, shareFound } from './shortlist.ts';

/** In which order the full vectors lie in storage, a chunk of them a value. */
const ORDERS = ['arrival', 'random', 'similarity'] as const;
type Order = (typeof ORDERS)[number];

const SEED = 0;
const CHUNK_KIBIBYTES = [16, 64];
const CANDIDATE_COUNTS = [20, 50, 100, 200];
const READ_BOUNDS = [4, 8, 16, 32];
/** Shares of the corpus, to see how many candidates a larger one asks for. */
const CORPUS_SHARES = [1 / 16, 1 / 4, 1];
/** A larger corpus, for the time that putting it in order takes. */
const MADE_COUNT = 100_000;
const ORDER_REPETITIONS = 3;

/** One line of the table of reads. `bound`: the most chunks that are read, null for all that candidates lie in. */
interface ReadPoint {
  readonly strategy: string;
  readonly order: Order;
  readonly kibibytes: number;
  readonly candidates: number;
  readonly bound: number | null;
  /** Of each query. */
  readonly reads: Float64Array;
  readonly recalls: Float64Array;
}

/**
 * Chunks of full vectors that a re-rank reads, by the order they are stored in, and what a bound on them costs.
 * @returns the rows of the bench and all points as CSV
 */
export function measureReads(
  corpus: SearchCorpus,
  fits: readonly Fit[],
  k: number,
  truth: Truth,
): { readonly rows: BenchRow[]; readonly csv: string } {
  const lists = fits.map(({ name, modelOf }) => {
    const model = modelOf(k);
    const compact = compactRows(truth.queries, model, compactImages(model, corpus));
    return { name, candidates: shortlists(compact, truth.queries, Math.max(...CANDIDATE_COUNTS)) };
  });
  const points = ORDERS.flatMap((order) =>
    CHUNK_KIBIBYTES.flatMap((kibibytes) => {
      const chunkSize = Math.floor((kibibytes * 1024) / encodedBytes('int8', corpus.dim));
      const chunkOf = chunkOfRows(corpus, order, chunkSize);
      return lists.flatMap(({ name, candidates }) =>
        readPoints(candidates, chunkOf, truth).map((point) => ({
          strategy: name,
          order,
          kibibytes,
          ...point,
        })),
      );
    }),
  );
  return { rows: points.filter(isTelling).map((point) => readRow(point, k)), csv: csvOf(points) };
}

function readPoints(
  lists: readonly Uint32Array[],
  chunkOf: Uint32Array,
  truth: Truth,
): Pick<ReadPoint, 'candidates' | 'bound' | 'reads' | 'recalls'>[] {
  return CANDIDATE_COUNTS.flatMap((candidates) => {
    const rows = lists.map((list) => list.subarray(0, candidates));
    return [null, ...READ_BOUNDS].map((bound) => ({
      candidates,
      bound,
      ...readAtMost(rows, chunkOf, bound ?? Infinity, truth),
    }));
  });
}

/** The chunk that each picture lies in. */
function chunkOfRows(corpus: SearchCorpus, order: Order, chunkSize: number): Uint32Array {
  const chunkOf = new Uint32Array(corpus.count);
  orderRows(corpus, order, chunkSize).forEach((row, place) => {
    chunkOf[row] = Math.floor(place / chunkSize);
  });
  return chunkOf;
}

function orderRows({ images, dim, count }: SearchCorpus, order: Order, chunkSize: number): Uint32Array {
  if (order === 'similarity') return similarityOrder(images, dim, { leafSize: chunkSize, seed: SEED });
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  if (order === 'random') shuffle(rows, createRandom(SEED));
  return rows;
}

/**
 * Chunks read and recall when no more than `bound` are: those of the best candidates, in their order. Candidates in other
 * chunks are neither scored again nor answered.
 */
function readAtMost(
  candidates: readonly Uint32Array[],
  chunkOf: Uint32Array,
  bound: number,
  { best, fullScores }: Truth,
): { readonly reads: Float64Array; readonly recalls: Float64Array } {
  const reads = new Float64Array(candidates.length);
  const recalls = Float64Array.from(candidates, (rows, query) => {
    const read = new Set<number>();
    const scored = rows.filter((row) => {
      if (read.size < bound) read.add(chunkOf[row]);
      return read.has(chunkOf[row]);
    });
    reads[query] = read.size;
    return shareFound(bestAmong(fullScores[query], scored, DEPTH), best[query]);
  });
  return { reads, recalls };
}

/** What the table of the bench shows: 64 KiB, a list as long as each strategy needs, a bound of 16. */
function isTelling({ strategy, order, kibibytes, candidates, bound }: ReadPoint): boolean {
  if (kibibytes !== 64 || candidates !== (strategy === 'pca' ? 100 : 20)) return false;
  return bound === null || (bound === 16 && order === 'similarity');
}

function readRow(
  { strategy, order, kibibytes, candidates, bound, reads, recalls }: ReadPoint,
  k: number,
): BenchRow {
  const plan = `${strategy}, ${encodedBytes('int8', k)} bytes and ${candidates} re-ranked`;
  const name = `search, ${plan}, chunks of ${kibibytes} KiB in ${order} order`;
  return bound === null
    ? limitRow(name, 'reads', 'chunks a query', spreadOf([...reads]), null)
    : missedRow(`${name}, at most ${bound}`, recalls, null);
}

function csvOf(points: readonly ReadPoint[]): string {
  const lines = points.map(({ strategy, order, kibibytes, candidates, bound, reads, recalls }) =>
    [
      strategy,
      order,
      kibibytes,
      candidates,
      bound ?? '',
      meanOf(reads).toFixed(2),
      Math.max(...reads),
      meanOf(recalls).toFixed(4),
    ].join(','),
  );
  return `strategy,order,kibibytes,candidates,bound,reads,mostReads,recall\n${lines.join('\n')}\n`;
}

/** The fewest candidates that reach the target in parts of the corpus and in the whole: how they grow with it. */
export function measureGrowth(corpus: SearchCorpus, model: UncalibratedModel, strategy: string): BenchRow[] {
  const [texts] = corpus.queries;
  const name = `search, ${strategy}, ${encodedBytes('int8', model.k)} bytes`;
  return CORPUS_SHARES.flatMap((share) => {
    const part = partOf(corpus, share);
    const truth = findTruth(part, texts);
    const compact = compactRows(texts, model, compactImages(model, part));
    const most = Math.min(part.count, SHORTLISTS[SHORTLISTS.length - 1]);
    const curve = recallCurve(name, model.k, shortlists(compact, texts, most), truth, part.groups);
    const reaching = curve.find(({ recalls }) => meanOf(recalls) >= TARGET_RECALL);
    if (reaching === undefined) return [];
    const row = `${name}: candidates for ${100 * TARGET_RECALL}% among ${part.count} pictures`;
    return [limitRow(row, 'candidates', 'vectors', spreadOf([reaching.reranked]), null)];
  });
}

function partOf(corpus: SearchCorpus, share: number): SearchCorpus {
  const rows = Uint32Array.from({ length: corpus.count }, (_, row) => row);
  shuffle(rows, createRandom(SEED));
  const kept = rows.subarray(0, Math.round(share * corpus.count)).sort();
  return {
    ...corpus,
    count: kept.length,
    groups: Int32Array.from(kept, (row) => corpus.groups[row]),
    images: gatherRows(corpus.images, corpus.dim, kept),
  };
}

/** The time that an order takes: of the corpus as it is, and of more rows made from it by noise. */
export function timeOrder({ images, dim, count }: SearchCorpus): BenchRow[] {
  const leafSize = Math.floor(65_536 / encodedBytes('int8', dim));
  const random = createRandom(SEED);
  const made = new Float32Array(MADE_COUNT * dim);
  for (let i = 0; i < made.length; i++) {
    made[i] = images[i % images.length] + 0.02 * random.nextGaussian();
  }
  return [[images, count] as const, [made, MADE_COUNT] as const].map(([rows, rowCount]) => {
    const times = Array.from({ length: ORDER_REPETITIONS }, () => {
      const start = ownCpuMs();
      similarityOrder(rows, dim, { leafSize, seed: SEED });
      return ownCpuMs() - start;
    });
    const name = `similarity order of ${rowCount}×${dim}, leaves of ${leafSize}`;
    return limitRow(name, 'CPU time', 'ms', spreadOf(times), null);
  });
}
