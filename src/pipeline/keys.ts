/**
 * Keys of the bucket RUNS. What was made of data is named by its content hash and shared by runs; what a run has done is under its id,
 * in markers whose names are functions of the task, so that a task that is delivered twice leaves what one delivery leaves.
 */

const WIDTH = 6;

/** Numbers in keys are of one width, so that keys list in their order. */
function padded(number: number): string {
  return String(number).padStart(WIDTH, '0');
}

export const RUNS_PREFIX = 'runs/';

export const runKeys = {
  /** What was asked. */
  run: (id: string) => `runs/${id}/run.json`,
  /** What it is at. */
  state: (id: string) => `runs/${id}/state.json`,
  /** Written while parts are made. */
  heartbeat: (id: string) => `runs/${id}/heartbeat`,
  inputs: (id: string, page: number) => `runs/${id}/inputs/${padded(page)}.json`,
  indexed: (id: string, input: number) => `runs/${id}/indexed/${padded(input)}`,
  indexedPrefix: (id: string) => `runs/${id}/indexed/`,
  plan: (id: string, page: number) => `runs/${id}/plan/${padded(page)}.json`,
  shard: (id: string, shard: number) => `runs/${id}/shards/${padded(shard)}`,
  shardPrefix: (id: string) => `runs/${id}/shards/`,
  /** Those that hold pairs. */
  shardList: (id: string) => `runs/${id}/shards.json`,
  /** What is sampled of a shard. */
  sampled: (id: string, shard: number) => `runs/${id}/sampled/${padded(shard)}`,
  sampledPrefix: (id: string) => `runs/${id}/sampled/`,
  /** What shards are summed under. */
  sumPlan: (id: string) => `runs/${id}/sum-plan`,
  /** The statistics of a shard. */
  summed: (id: string, shard: number) => `runs/${id}/summed/${padded(shard)}`,
  summedPrefix: (id: string) => `runs/${id}/summed/`,
  /** Those of the first shards together, how many says the number. */
  merged: (id: string, shards: number) => `runs/${id}/merged/${padded(shards)}`,
  /** Rows of a shard that bring a picture to the corpus, uint32. */
  pictures: (id: string, shard: number) => `runs/${id}/pictures/${padded(shard)}`,
  /** What the coding of the corpus is fitted to, of the first shards together. */
  fittedPictures: (id: string, shards: number) => `runs/${id}/fitted/${padded(shards)}.json`,
  /** How the corpus is stored, before its segments are. */
  outline: (id: string) => `runs/${id}/corpus.json`,
  dead: (id: string, task: string) => `runs/${id}/dead/${task}`,
  deadPrefix: (id: string) => `runs/${id}/dead/`,
  failure: (id: string, task: string) => `runs/${id}/failures/${task}`,
  record: (id: string) => `runs/${id}/selection.bin`,
} as const;

export const dataKeys = {
  /** What a tar holds. */
  index: (hash: string) => `indexes/${hash}.json`,
  /** Pictures and captions of one part. */
  page: (hash: string) => `pages/${hash}.json`,
  part: (shard: string, part: number) => `shards/${shard}/parts/${padded(part)}`,
  parts: (shard: string) => `shards/${shard}/parts/`,
  images: (shard: string) => `shards/${shard}/image.npy`,
  texts: (shard: string) => `shards/${shard}/text.npy`,
  metadata: (shard: string) => `shards/${shard}/metadata.parquet`,
  /** `sampleKey` of each pair that has a direction, float64. */
  keys: (shard: string) => `shards/${shard}/keys.bin`,
  /** Last written: what it names is there. */
  shard: (shard: string) => `shards/${shard}/shard.json`,
} as const;

/** The number at the end of a marker's key. */
export function numberOfKey(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}
