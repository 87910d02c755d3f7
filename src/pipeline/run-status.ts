import type { CorpusDescription } from '../packing/describe-corpus.ts';

/** What a run is at. `failed` and `cancelled` can be resumed; what is done stays done. */
export const RUN_PHASES = [
  'listing',
  'indexing',
  'encoding',
  'sampling',
  'summing',
  'selecting',
  'publishing',
  'packing',
  'complete',
  'failed',
  'cancelled',
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** Those that a run does not leave by itself. */
export const ENDED_PHASES: ReadonlySet<RunPhase> = new Set(['complete', 'failed', 'cancelled']);

/** How far something is, of how many. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** What the platform charges for what was done, in US dollars at list prices: counted from what is there, not billed. */
export interface RunCost {
  readonly queues: number;
  /** Reads, writes and lists. */
  readonly r2: number;
  /** Requests, and CPU as it is estimated. */
  readonly workers: number;
  /** Writes of a corpus. */
  readonly kv: number;
  readonly total: number;
  /** What is not in it, for a person. */
  readonly leavesOut: string;
}

/** Of a batch that was given up, or a row that was left out. */
export interface DeadTask {
  /** Such as "encode shard 3, part 7". */
  readonly task: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What has come of a run. */
export interface RunResult {
  /** Of the record, 64 hex digits. */
  readonly id: string;
  readonly strategy: string;
  readonly k: number;
  /** Of all shards. */
  readonly pairs: number;
  /** Pairs that it was judged on: all of them, or a grouped sample. */
  readonly sampled: number;
  /** Name that it was published as; null where none was asked for. */
  readonly selection: string | null;
  /** What its pictures were packed into; absent where none was asked for. */
  readonly corpus?: PackedCorpus;
}

/** As `index` prints it. */
export interface PackedCorpus extends CorpusDescription {
  /** Its name. */
  readonly corpus: string;
}

/** A run as `GET /runs` lists it, the latest first. */
export interface RunSummary {
  /** 32 hex digits: the content hash of what was asked. The same start is the same run. */
  readonly id: string;
  /** r2://BUCKET/PREFIX */
  readonly dataset: string;
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly phase: RunPhase;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Why it failed; null where it did not. */
  readonly error: string | null;
  readonly result: RunResult | null;
}

/** A run as `GET /runs/ID` tells it. */
export interface RunStatus extends RunSummary {
  /** Starts and resumptions. */
  readonly attempts: number;
  /** Tars, or one listing. Known once they are listed. */
  readonly inputs: Progress | null;
  /** Embedding shards. Known once all inputs are indexed. */
  readonly shards: Progress | null;
  /** Known once all inputs are indexed; `done` counts encoded and skipped ones. */
  readonly pairs: Progress | null;
  /** Pairs that were left out, and the first hundred of them with the reason. */
  readonly skipped: {
    readonly count: number;
    readonly rows: readonly { readonly where: string; readonly reason: string }[];
  };
  /** Batches that were given up after all their deliveries. */
  readonly dead: readonly DeadTask[];
  /** Pairs a second since encoding began, in this attempt; null before. */
  readonly rate: number | null;
  /** Of encoding, at that rate; null before, and 0 after. */
  readonly secondsLeft: number | null;
  readonly cost: RunCost;
}
