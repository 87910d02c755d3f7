import { countObjects, exists, requireJson } from './bucket.ts';
import { SHARDS_A_PAGE } from './cut.ts';
import { dataKeys, runKeys } from './keys.ts';
import type { PlannedShard } from './plan-shards.ts';

/** Shards whose parts are counted, a list each, which R2 charges as a write. 250 consumers work on four of 64 parts. */
const MAX_LISTED = 8;
/** Of those, so many have not begun: where messages were retried, parts come out of order. */
const LISTED_AHEAD = 2;

/** Parts of shards that are not whole yet. */
export interface OpenParts {
  /** Counted, of the shards where work is. */
  readonly parts: number;
  /** Shards before those: all their parts are made, and wait to be assembled. */
  readonly full: number;
}

/**
 * How far the shards are that are not whole: they may be thousands, since messages that ask to assemble them come behind those of all
 * parts. Messages of parts go in the order of the shards, so where work is is found by halves.
 * @param open numbers of shards, in order
 */
export async function countOpenParts(
  runs: R2Bucket,
  id: string,
  open: readonly number[],
): Promise<OpenParts> {
  const plan = new PlanReader(runs, id);
  let begun = open.length;
  if (open.length > MAX_LISTED) {
    begun = 0;
    for (let end = open.length; begun < end;) {
      const middle = Math.floor((begun + end) / 2);
      const { hash } = await plan.shard(open[middle]);
      if (await exists(runs, dataKeys.part(hash, 0))) begun = middle + 1;
      else end = middle;
    }
  }
  const end = Math.min(open.length, begun + LISTED_AHEAD);
  const full = Math.max(0, end - MAX_LISTED);
  const counts = await Promise.all(
    open
      .slice(full, end)
      .map(async (shard) => countObjects(runs, dataKeys.parts((await plan.shard(shard)).hash))),
  );
  return { parts: counts.reduce((sum, count) => sum + count, 0), full };
}

/** Pages of the plan, each read once. */
class PlanReader {
  readonly #runs: R2Bucket;
  readonly #id: string;
  readonly #pages = new Map<number, Promise<readonly PlannedShard[]>>();

  constructor(runs: R2Bucket, id: string) {
    this.#runs = runs;
    this.#id = id;
  }

  async shard(number: number): Promise<PlannedShard> {
    const page = Math.floor(number / SHARDS_A_PAGE);
    const shards =
      this.#pages.get(page) ?? requireJson<PlannedShard[]>(this.#runs, runKeys.plan(this.#id, page));
    this.#pages.set(page, shards);
    return (await shards)[number % SHARDS_A_PAGE];
  }
}
