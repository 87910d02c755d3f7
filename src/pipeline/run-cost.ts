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
} as const;

const MILLION = 1e6;

/** What was done so far, or is to be. */
export interface RunCounts {
  readonly inputs: number;
  readonly parts: number;
  readonly shards: number;
  /** Pictures that are objects of their own; those of tars are read a part at a time. */
  readonly singlePictures: number;
  /** Of the pipeline Worker; the encoder's own is its operator's. */
  readonly cpuMs: number;
}

/** Operations of a task, with what its failures and repetitions do not count. */
export const OPERATIONS = {
  queue: 3,
  /** Markers and pages of an input are counted with its parts. */
  index: { a: 2, b: 4 },
  /** The page and the part are written, the shard's parts are listed. */
  part: { a: 3, b: 6 },
  /** Three files, their summary and the marker. Its parts are read with them. */
  shard: { a: 6, b: 6 },
} as const;

export function costOf({ inputs, parts, shards, singlePictures, cpuMs }: RunCounts): RunCost {
  const messages = inputs + parts + shards;
  const a = inputs * OPERATIONS.index.a + parts * OPERATIONS.part.a + shards * OPERATIONS.shard.a;
  const b =
    inputs * OPERATIONS.index.b +
    parts * (OPERATIONS.part.b + 1) +
    shards * OPERATIONS.shard.b +
    singlePictures;
  const queues = (messages * OPERATIONS.queue * PRICES.queueOperations) / MILLION;
  const r2 = (a * PRICES.r2ClassA + b * PRICES.r2ClassB) / MILLION;
  const workers = (messages * PRICES.workerRequests + cpuMs * PRICES.workerCpuMs) / MILLION;
  return { queues, r2, workers, total: queues + r2 + workers };
}
