import type { ShardSummary } from './assemble-shard.ts';
import { countObjects, listObjects, readJson, requireJson } from './bucket.ts';
import { type IndexedMetadata, type InputIndex, MAX_TOLD } from './input-index.ts';
import { numberOfKey, runKeys } from './keys.ts';
import { countOpenParts } from './open-shards.ts';
import type { ShardPlan } from './plan-shards.ts';
import type { RunDescription } from './run-description.ts';
import { corpusValues, costOf } from './run-cost.ts';
import { type RunState, attemptsOf, readState } from './run-state.ts';
import type { DeadTask, RunCost, RunStatus, RunSummary } from './run-status.ts';

export function summaryOf(
  { id, request, encoder, createdAt }: RunDescription,
  { phase, updatedAt, error, result }: RunState,
): RunSummary {
  return {
    id,
    dataset: request.dataset,
    encoder: { id: encoder.id, fingerprint: encoder.fingerprint },
    phase,
    createdAt,
    updatedAt: updatedAt === '' ? createdAt : updatedAt,
    error,
    result,
  };
}

/**
 * How far a run is, counted from its markers: what they say beside their bytes is listed, a thousand a call, and only those of what is
 * told by name are read.
 * @returns null when there is no such run
 */
export async function readStatus(runs: R2Bucket, id: string, now: number): Promise<RunStatus | null> {
  const run = await readJson<RunDescription>(runs, runKeys.run(id));
  if (run === null) return null;
  const state = await readState(runs, id);
  const { inputs, plan, encoding } = state;
  const [indexed, done, dead] = await Promise.all([
    readIndexed(runs, id, state),
    readDone(runs, run, state),
    readDead(runs, id),
  ]);
  const pairs = done.pairs + done.openPairs;
  const seconds = encoding === null ? 0 : (now - Date.parse(encoding.since)) / 1000;
  const isEncoding = state.phase === 'encoding' && encoding !== null;
  const rate = isEncoding && seconds > 0 ? Math.max(0, pairs - encoding.pairs) / seconds : null;
  const left = plan === null ? null : plan.pairs - pairs;
  return {
    ...summaryOf(run, state),
    attempts: attemptsOf(run, state),
    inputs: inputs === null ? null : { done: indexed.count, total: inputs },
    shards: plan === null ? null : { done: done.shards, total: plan.shards },
    pairs: plan === null ? null : { done: pairs, total: plan.pairs },
    skipped: {
      count: done.skipped + (plan?.skipped ?? 0),
      rows: await readSkipped(runs, [...indexed.skipping, ...done.skipping]),
    },
    dead,
    rate: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft:
      left === 0 ? 0 : left === null || rate === null || rate === 0 ? null : Math.ceil(left / rate),
    cost: await readCost(runs, run, state, {
      inputs: indexed.count,
      isListing: indexed.isListing,
      pairs,
      done,
    }),
  };
}

/** A marker that names what was left out, and how many of it. */
interface Skipping {
  readonly key: string;
  readonly count: number;
}

interface Indexed {
  readonly count: number;
  /** Whether pictures are objects of their own. */
  readonly isListing: boolean;
  readonly skipping: readonly Skipping[];
}

async function readIndexed(runs: R2Bucket, id: string, { inputs }: RunState): Promise<Indexed> {
  const skipping: Skipping[] = [];
  let [count, isListing] = [0, false];
  if (inputs === null) return { count, isListing, skipping };
  for await (const { key, customMetadata } of listObjects(runs, runKeys.indexedPrefix(id), {
    metadata: true,
  })) {
    const { kind, skipped }: Partial<IndexedMetadata> = customMetadata ?? {};
    count++;
    isListing ||= kind === 'listing';
    // Markers of before do not say: it may be all.
    if (skipped !== '0') skipping.push({ key, count: Number(skipped ?? 1) });
  }
  return { count, isListing, skipping };
}

interface Done {
  readonly shards: number;
  readonly parts: number;
  readonly pairs: number;
  readonly openPairs: number;
  readonly skipped: number;
  readonly skipping: readonly Skipping[];
}

/** As a status counts them: of shards that are done, and of parts that are made. */
export async function encodedPairs(runs: R2Bucket, run: RunDescription, plan: ShardPlan): Promise<number> {
  const { pairs, openPairs } = await readDone(runs, run, { plan });
  return pairs + openPairs;
}

async function readDone(
  runs: R2Bucket,
  { id, request }: RunDescription,
  { plan }: Pick<RunState, 'plan'>,
): Promise<Done> {
  const whole = new Set<number>();
  const skipping: Skipping[] = [];
  let [pairs, skipped] = [0, 0];
  if (plan === null) return { shards: 0, parts: 0, pairs, openPairs: 0, skipped, skipping };
  for await (const { key, customMetadata = {} } of listObjects(runs, runKeys.shardPrefix(id), {
    metadata: true,
  })) {
    const count = Number(customMetadata.skipped);
    whole.add(numberOfKey(key));
    skipped += count;
    pairs += Number(customMetadata.pairs) + count;
    if (count > 0) skipping.push({ key, count });
  }
  const open: number[] = [];
  for (let shard = 0; shard < plan.shards; shard++) if (!whole.has(shard)) open.push(shard);
  const { parts, full } = await countOpenParts(runs, id, open);
  const { pairsPerPart } = request;
  const left = Math.max(0, plan.pairs - pairs);
  // Of shards that are full the pairs are not read: as many as the others have.
  const fullPairs = open.length === 0 ? 0 : Math.round((full / open.length) * left);
  const openPairs = Math.min(left, fullPairs + parts * pairsPerPart);
  return {
    shards: whole.size,
    parts: Math.ceil((pairs + fullPairs) / pairsPerPart) + parts,
    pairs,
    openPairs,
    skipped,
    skipping,
  };
}

/** The first hundred, from as many markers as it takes. */
async function readSkipped(
  runs: R2Bucket,
  skipping: readonly Skipping[],
): Promise<RunStatus['skipped']['rows']> {
  const keys: string[] = [];
  for (let i = 0, rows = 0; i < skipping.length && rows < MAX_TOLD; i++) {
    keys.push(skipping[i].key);
    rows += skipping[i].count;
  }
  const read = await Promise.all(keys.map((key) => requireJson<InputIndex | ShardSummary>(runs, key)));
  return read.flatMap(({ skipped }) => skipped).slice(0, MAX_TOLD);
}

async function readDead(runs: R2Bucket, id: string): Promise<DeadTask[]> {
  const keys: string[] = [];
  for await (const { key } of listObjects(runs, runKeys.deadPrefix(id))) {
    keys.push(key);
    if (keys.length === MAX_TOLD) break;
  }
  return Promise.all(keys.map((key) => requireJson<DeadTask>(runs, key)));
}

interface Counted {
  readonly inputs: number;
  readonly isListing: boolean;
  readonly pairs: number;
  readonly done: Done;
}

async function readCost(
  runs: R2Bucket,
  { id, encoder }: RunDescription,
  { plan, result }: RunState,
  { inputs, isListing, pairs, done }: Counted,
): Promise<RunCost> {
  // Both come once all shards are whole.
  const isEncoded = plan !== null && done.shards === plan.shards;
  const countOf = async (prefix: string): Promise<number> => (isEncoded ? countObjects(runs, prefix) : 0);
  const [samples, sums] = await Promise.all([
    countOf(runKeys.sampledPrefix(id)),
    countOf(runKeys.summedPrefix(id)),
  ]);
  const corpus = result?.corpus;
  return costOf({
    inputs,
    parts: done.parts,
    pictureReads: isListing ? pairs : done.parts,
    shards: done.shards,
    samples,
    sums,
    pairs,
    lists: 0,
    packed:
      corpus === undefined
        ? null
        : {
            pictures: corpus.count,
            values: corpusValues({ ...corpus, hasFields: corpus.fields.length > 0, dim: encoder.dim }),
          },
  });
}
