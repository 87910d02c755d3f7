import * as v from 'valibot';
import { DEFAULT_CALIBRATION } from '../core/evaluation/calibrate.ts';
import { DEFAULT_KS } from '../core/evaluation/choose-strategy.ts';
import { DEFAULT_MISMATCHES } from '../core/pairs/mismatches.ts';
import { mostLeft, parseStrategy } from '../core/selection/strategy-names.ts';
import { AppError, quote } from '../errors.ts';
import { canonicalJson } from '../format/canonical-json.ts';
import { isCorpusName, isSelectionName, ownerOf } from '../format/kv-keys.ts';
import { MERGEABLE } from '../precompute/fit-statistics.ts';
import { FUSION_CHOICES, type RecordOptions } from '../precompute/options.ts';
import type { EncodeLimits } from './encode-part.ts';
import { hashText } from './hash.ts';
import { PLATFORM_LIMITS } from './limits.ts';
import { rowsInMemory } from './memory.ts';

/** Fewer than `precompute` takes by itself: one step has five minutes of CPU and 128 MB for them. */
export const DEFAULT_SAMPLE_PAIRS = 2_000;
/** Pairs of one message: with pictures of 100 KB they come to some megabytes, and to seconds of an encoder. */
export const DEFAULT_PAIRS_PER_PART = 64;
/** Pairs of one shard: 16 MiB of vectors of 512 numbers, of which one invocation joins and sums both modalities. */
export const DEFAULT_PAIRS_PER_SHARD = 4_096;
const MAX_PAIRS_PER_PART = 256;

const count = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const name = v.pipe(
  v.string(),
  v.check(
    isSelectionName,
    'expected 1 to 64 of a-z, 0-9, dot, underscore and hyphen, first a letter or digit',
  ),
  // Owners' names are counted against their quota where selections are published one by one.
  v.check((text) => ownerOf(text) === null, 'expected a shared name, without an owner and a slash'),
);

const schema = v.strictObject({
  dataset: v.pipe(
    v.string(),
    v.regex(/^r2:\/\/[a-z0-9][a-z0-9-]{1,62}(\/.*)?$/, 'expected r2://BUCKET/PREFIX'),
  ),
  selection: v.optional(v.nullable(name), null),
  /** Name of a new corpus that the pictures are packed into, for the published selection. */
  corpus: v.exactOptional(v.string()),
  /** Of the corpus, as `index` has it; left out, auto. */
  plan: v.exactOptional(v.picklist(['auto', 'full', 'compact'])),
  strategy: v.optional(v.string(), 'auto'),
  /** Compared with it; left out, those that are fitted on all shards. */
  strategies: v.optional(v.array(v.string()), [...MERGEABLE]),
  /** Pairs that everything is judged on where there are more. */
  sample: v.optional(count(2, 100_000), DEFAULT_SAMPLE_PAIRS),
  k: v.optional(count(1, 8192), 50),
  ks: v.optional(v.array(count(1, 8192)), DEFAULT_KS),
  fusion: v.optional(v.picklist(FUSION_CHOICES), 'auto'),
  folds: v.optional(count(2, 100), 5),
  seed: v.optional(count(0, 2 ** 32 - 1), 0),
  pairsPerPart: v.optional(count(1, MAX_PAIRS_PER_PART), DEFAULT_PAIRS_PER_PART),
  pairsPerShard: v.optional(count(1, 65_536), DEFAULT_PAIRS_PER_SHARD),
  /** Another run of the same dataset, such as one that has grown: what has not changed is not encoded again. */
  round: v.optional(count(0, 1_000_000), 0),
});

/** What a run is asked for, with every default filled in. */
export type RunRequest = v.InferOutput<typeof schema>;

/** @throws AppError BAD_INPUT naming the field, what was expected and what came */
export function parseRunRequest(value: unknown): RunRequest {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    const [{ path = [], message }] = parsed.issues;
    const field = path.map(({ key }) => String(key)).join('.') || 'the request';
    throw new AppError('BAD_INPUT', `${field}: ${message}`);
  }
  const request = parsed.output;
  if (request.pairsPerShard % request.pairsPerPart !== 0) {
    throw new AppError(
      'BAD_INPUT',
      `pairsPerShard: expected a multiple of pairsPerPart (${request.pairsPerPart}), got ${request.pairsPerShard}`,
    );
  }
  assertCorpus(request);
  if (request.sample < 2 * request.folds) {
    throw new AppError(
      'BAD_INPUT',
      `folds: expected at most half of the sample (${request.sample}), got ${request.folds}`,
    );
  }
  for (const strategy of [request.strategy, ...request.strategies]) {
    if (strategy !== 'auto') assertStrategy(strategy, request.k);
  }
  return request;
}

function assertCorpus({ corpus, plan, selection }: RunRequest): void {
  if (corpus === undefined) {
    if (plan === undefined) return;
    throw new AppError('BAD_INPUT', 'plan: it is how a corpus is stored: name the corpus too');
  }
  if (!isCorpusName(corpus) || ownerOf(corpus) !== null) {
    throw new AppError(
      'BAD_INPUT',
      `corpus: expected a name of a-z, 0-9, dot, underscore and hyphen, first a letter or digit, and without an owner, whose quotas only \`index\` counts, got ${quote(corpus)}`,
    );
  }
  if (selection === null)
    throw new AppError('BAD_INPUT', 'corpus: it is searched by the published record: name the selection too');
}

/**
 * What only the encoder's vectors say: more coordinates than it has, more rows of them than an isolate holds.
 * @throws AppError BAD_INPUT naming the field, what was expected and what came
 */
export function assertFits(
  request: RunRequest,
  encoder: { readonly id: string; readonly dim: number },
): void {
  const { id, dim } = encoder;
  const refuse = (field: string, most: number, got: number, of: string): never => {
    throw new AppError('BAD_INPUT', `${field}: expected at most ${most}, ${of}, got ${got}`);
  };
  const { k, ks, strategy, pairsPerShard, sample } = request;
  if (k > dim && strategy !== 'full') refuse('k', dim, k, `the numbers of ${id}`);
  // Those that are compared by themselves are, as far as its numbers go.
  const beyond = ks.find((other) => other > dim && !DEFAULT_KS.includes(other));
  if (beyond !== undefined) refuse('ks', dim, beyond, `the numbers of ${id}`);
  const { memoryBytes } = PLATFORM_LIMITS;
  const held = `what an isolate of ${memoryBytes / 1024 / 1024} MiB holds of ${dim} numbers each`;
  const most = rowsInMemory(dim);
  if (pairsPerShard > most.shard) refuse('pairsPerShard', most.shard, pairsPerShard, held);
  const mostSample = Math.max(most.sample, DEFAULT_SAMPLE_PAIRS);
  if (sample > mostSample) refuse('sample', mostSample, sample, held);
}

function assertStrategy(strategy: string, k: number): void {
  try {
    const most = mostLeft(parseStrategy(strategy));
    if (k > most) throw new RangeError(`its prefilters leave ${most} features, fewer than k (${k})`);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new AppError('BAD_INPUT', `strategy ${quote(strategy)}: ${cause.message}`, { cause });
  }
}

/** Bucket and prefix of r2://BUCKET/PREFIX; the prefix is empty or ends with a slash, unless it names one tar. */
export function parseDataset(dataset: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, path = ''] = /^r2:\/\/([^/]+)(?:\/(.*))?$/.exec(dataset) ?? [];
  const prefix = path === '' || path.endsWith('/') || path.endsWith('.tar') ? path : `${path}/`;
  return { bucket, prefix };
}

/** 32 hex digits: equal requests to one encoder, by which pictures of the same sizes pass, are one run. */
export async function runId(
  request: RunRequest,
  encoder: { readonly id: string; readonly fingerprint: string },
  { maxPixels, maxPixelPasses }: EncodeLimits,
): Promise<string> {
  const { id, fingerprint } = encoder;
  const limits = { maxPixels, maxPixelPasses };
  return hashText(canonicalJson({ request, encoder: { id, fingerprint }, limits }));
}

/** As `precompute` has it by itself. */
export function recordOptions({
  strategy,
  strategies,
  k,
  ks,
  fusion,
  folds,
  seed,
}: RunRequest): RecordOptions {
  return {
    strategy,
    strategies,
    k,
    ks,
    fusion,
    centred: true,
    mismatches: DEFAULT_MISMATCHES,
    calibration: DEFAULT_CALIBRATION,
    bootstrap: 0,
    folds,
    seed,
  };
}
