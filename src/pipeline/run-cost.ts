import { ITEMS_PER_PAGE } from '../format/corpus-items.ts';
import { type CorpusPlan, chunkCapacity } from '../format/corpus-manifest.ts';
import type { RunCost } from './run-status.ts';

/** List prices in US dollars of 2026-11, without what is free each month. */
export const PRICES = {
  /** A million of operations: a message is written, read and deleted, each in units of 64 KB. */
  queueOperations: 0.4,
  /** A million: writes and lists. */
  r2ClassA: 4.5,
  /** A million: reads. */
  r2ClassB: 0.36,
  /** A million. */
  workerRequests: 0.3,
  /** A million milliseconds of CPU. */
  workerCpuMs: 0.02,
  /** A million. */
  kvWrites: 5,
} as const;

const MILLION = 1e6;

/** CPU of this Worker, ms a pair: a Worker is not told what it has used. More than was measured in Node (docs/scale.md). */
export const ASSUMED_CPU_MS = {
  /** To find it in a tar, read, hash and send its picture, and write its vectors. */
  encode: 1,
  /** Of 512 numbers, both kinds of statistics. */
  sum: 0.5,
  /** Of 512 numbers, into a corpus. */
  pack: 0.2,
} as const;

/** What was done so far, or is to be. */
export interface RunCounts {
  readonly inputs: number;
  readonly parts: number;
  /** Of pictures in tars; those that lie side by side come by one. */
  readonly pictureReads: number;
  readonly shards: number;
  /** Shards that the sample was taken out of. */
  readonly samples: number;
  /** Shards whose statistics were summed. */
  readonly sums: number;
  readonly pairs: number;
  /** Pictures of a corpus that was packed, and the values that it was written as. */
  readonly packed: { readonly pictures: number; readonly values: number } | null;
  /** By which the Workflow looks how far it is; 0 where nobody has counted them. */
  readonly lists: number;
}

/** Operations of a task, with what its failures and repetitions do not count. The state and the request are read for each. */
export const OPERATIONS = {
  queue: 3,
  /** The markers and the input's list are read; the pages are counted with the parts. */
  index: { a: 2, b: 6 },
  /** The page and the part are written, the shard's parts are listed; assembled, it is read. Its pictures come beside. */
  part: { a: 3, b: 6 },
  /** Four files, their summary and the marker; listed when it is sent. The keys are read for the bound. */
  shard: { a: 7, b: 5 },
  /** Both matrices and the table are read, what is sampled is written, and read twice later. */
  sample: { a: 1, b: 9 },
  /** The same, with the plan of the sums; merged later. */
  sum: { a: 1, b: 9 },
  /** Rows that bring a picture are kept twice; keys, tables and images are read for them, for the coding, and for a segment or two. */
  pack: { a: 2, b: 15 },
} as const;

/** What no count of a run tells. */
const LEAVES_OUT =
  'the encoder, storage, the looks and steps of the Workflow, deliveries that were repeated, and free amounts; CPU is estimated from the pairs';

/** At list prices, from what was done. */
export function costOf(counts: RunCounts): RunCost {
  const { inputs, parts, pictureReads, shards, samples, sums, pairs, packed, lists } = counts;
  const packedShards = packed === null ? 0 : shards;
  const operations = (kind: 'a' | 'b'): number =>
    inputs * OPERATIONS.index[kind] +
    parts * OPERATIONS.part[kind] +
    shards * OPERATIONS.shard[kind] +
    samples * OPERATIONS.sample[kind] +
    sums * OPERATIONS.sum[kind] +
    packedShards * OPERATIONS.pack[kind];
  const messages = inputs + parts + shards + samples + sums;
  const summedShare = shards === 0 ? 0 : sums / shards;
  const cpuMs =
    pairs * (ASSUMED_CPU_MS.encode + summedShare * ASSUMED_CPU_MS.sum) +
    (packed?.pictures ?? 0) * ASSUMED_CPU_MS.pack;
  const queues = (messages * OPERATIONS.queue * PRICES.queueOperations) / MILLION;
  const r2 =
    ((operations('a') + lists) * PRICES.r2ClassA + (operations('b') + pictureReads) * PRICES.r2ClassB) /
    MILLION;
  const workers = (messages * PRICES.workerRequests + cpuMs * PRICES.workerCpuMs) / MILLION;
  const kv = ((packed?.values ?? 0) * PRICES.kvWrites) / MILLION;
  return { queues, r2, workers, kv, total: queues + r2 + workers + kv, leavesOut: LEAVES_OUT };
}

/** Values of KV that a corpus is written as, its manifest among them: nearly, since segments are not all as full. */
export function corpusValues({
  count,
  segments,
  plan,
  hasFields,
  dim,
}: {
  readonly count: number;
  readonly segments: number;
  readonly plan: CorpusPlan;
  readonly hasFields: boolean;
  readonly dim: number;
}): number {
  const rows = count / segments;
  const chunks = plan === 'compact' ? Math.ceil(rows / chunkCapacity(dim)) : 0;
  return segments * (1 + (hasFields ? 1 : 0) + Math.ceil(rows / ITEMS_PER_PAGE) + chunks) + 1;
}
