import type { Outliers } from '../../src/core/pairs/outliers.ts';
import type { ShardPlan } from '../../src/core/selection/shard-plan.ts';
import type { ShardStatistics } from '../../src/core/selection/shard-statistics.ts';
import { DEFAULT_SAMPLE_PAIRS } from '../../src/precompute/make-record-from-shards.ts';
import { UserError } from '../cli/user-error.ts';
import { collectShards } from '../dataset/collect-shards.ts';
import { openEmbeddingFolder } from '../dataset/embedding-folder.ts';
import { encodeListing } from '../dataset/encode-pairs.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import { collectNpyPairs, openNpyShard } from '../dataset/npy-pairs.ts';
import type { PairSource, Skipped } from '../dataset/pair-source.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { sampleInMemory } from '../dataset/sample-in-memory.ts';
import { type ShardedPairs, rowCount, sampleShards, sumShards } from '../dataset/sharded-pairs.ts';
import { refuseSkipped, tellSkipped } from '../dataset/skipped-rows.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import type { CommandOutput } from '../cli/output.ts';
import { loadOutliers } from './load-outliers.ts';
import { reasonOf } from '../files/file-access.ts';

export interface LoadedPairs {
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly pairs: PairedEmbeddings;
  /** What the user named, for the report. */
  readonly source: string;
  /** Encodes made outliers; absent where the embeddings were given and the encoder is not at hand. */
  readonly loadOutliers?: () => Promise<Outliers>;
  /** Where the pairs are a grouped sample of more; null where they are all. */
  readonly sampled: SampledFrom | null;
}

export interface SampledFrom {
  /** Matches in all. */
  readonly total: number;
  /** Of all of them. */
  readonly statistics: (plan: ShardPlan) => Promise<ShardStatistics>;
}

type Encoder = LoadedPairs['encoder'];
type Sampled = Pick<LoadedPairs, 'pairs' | 'sampled'>;

/** How pairs are loaded. */
interface LoadOptions {
  /** Where the rows that were skipped are, for a person. */
  readonly listedIn?: string;
  /** Most pairs in memory: of more a grouped sample is taken. */
  readonly sample?: number | undefined;
}

/**
 * The pairs of a dataset, encoded (from the cache where they are known), of a folder of embeddings, or of two .npy matrices; of very many a
 * grouped sample, which is told.
 * @param check gets encoder and dim before the long work, and may throw
 * @throws UserError for whatever is wrong with the files
 */
export async function loadPairs(
  source: PairSourceOptions,
  output: CommandOutput,
  check: (encoder: Encoder, dim: number) => void,
  { listedIn = 'report.json', sample = DEFAULT_SAMPLE_PAIRS }: LoadOptions = {},
): Promise<LoadedPairs> {
  const { tell } = output;
  if (source.kind === 'dataset') {
    const { encoder, ...rest } = await loadDataset(source, output, check, sample);
    tellCounts(rest, source, tell, listedIn);
    return { encoder, ...rest, source: source.path };
  }
  const encoder = { id: source.encoderId, fingerprint: source.encoderFingerprint };
  const opened = source.kind === 'npy' ? await openNpyShard(source) : await openFolder(source, tell);
  check(encoder, opened.dim);
  const loaded =
    rowCount(opened) > sample
      ? await sampleOf(opened, sample, output)
      : { pairs: await collectAll(source, opened), sampled: null };
  const { groups, mismatches } = loaded.pairs;
  if (source.kind === 'shards') assertSomeMatch(source.path, groups.length, mismatches.groups.length);
  tellCounts(loaded, source, tell, listedIn);
  return { encoder, ...loaded, source: opened.path };
}

async function openFolder(
  { path, kindColumn }: Extract<PairSourceOptions, { kind: 'shards' }>,
  tell: CommandOutput['tell'],
): Promise<ShardedPairs> {
  const folder = await openEmbeddingFolder(path, kindColumn);
  for (const note of folder.notes) tell(`note: ${note}`);
  return folder;
}

function collectAll({ kind }: PairSourceOptions, opened: ShardedPairs): Promise<PairedEmbeddings> {
  return kind === 'npy' ? collectNpyPairs(opened) : collectShards(opened);
}

async function sampleOf(
  opened: ShardedPairs,
  most: number,
  { startProgress }: CommandOutput,
): Promise<Sampled> {
  const { pairs, total, isWhole } = await sampleShards(opened, most, startProgress);
  const statistics = (plan: ShardPlan): Promise<ShardStatistics> => sumShards(opened, plan, startProgress);
  return { pairs, sampled: isWhole ? null : { total, statistics } };
}

async function loadDataset(
  source: Extract<PairSourceOptions, { kind: 'dataset' }>,
  { startProgress, tell }: CommandOutput,
  check: (encoder: Encoder, dim: number) => void,
  most: number,
): Promise<Sampled & Required<Pick<LoadedPairs, 'encoder' | 'loadOutliers'>>> {
  const listing = await readDataset(source.path, source.columns);
  for (const note of listing.notes) tell(`note: ${note}`);
  const matchCount = listing.pairs.filter(({ label }) => label !== 0).length;
  // Before the long work of encoding.
  if (source.strict === true && listing.skipped.length > 0)
    refuseSkipped([...listing.skipped, ...(await unreadablePictures(listing.pairs))]);
  assertSomeMatch(source.path, matchCount, listing.pairs.length - matchCount);
  const { info, encoder } = await loadPairEncoder(source);
  check(info, info.dim);
  const cache = await openCache(source.cache, info, tell);
  const { pairs, skipped } = await encodeListing(listing, encoder, cache, startProgress);
  const loaded = sampleInMemory(info.dim, pairs, skipped, most);
  const captions = listing.pairs.filter(({ label }) => label !== 0).map(({ caption }) => caption);
  return {
    encoder: { id: info.id, fingerprint: info.fingerprint },
    ...loaded,
    loadOutliers: async () => loadOutliers(encoder, captions, cache, startProgress),
  };
}

/** Pictures that are opened for the message of a refusal: so many are read in a moment. */
const MOST_OPENED = 1_000;

/** Whoever mends the captions is to hear of the pictures at once, though none was asked for yet. What is in them shows later. */
async function unreadablePictures(pairs: readonly PairSource[]): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  for (const { image, where } of pairs.slice(0, MOST_OPENED)) {
    const reason = await image.read().then(() => null, reasonOf);
    if (reason !== null) skipped.push({ where, reason: `${image.name}: ${reason}` });
  }
  return skipped;
}

function assertSomeMatch(path: string, matchCount: number, mismatchCount: number): void {
  if (matchCount > 0) return;
  throw new UserError(
    `every row of ${path} is marked as a mismatch (${mismatchCount} of ${mismatchCount}): there is nothing to learn a match from. ` +
      'Add rows of label 1, or rename the column label if it means something else.',
  );
}

function tellCounts(
  { pairs: { skipped, mismatches, groups }, sampled }: Sampled,
  { strict = false }: PairSourceOptions,
  tell: CommandOutput['tell'],
  listedIn: string,
): void {
  const marked = mismatches.groups.length;
  if (marked > 0)
    tell(`${marked} marked ${marked === 1 ? 'mismatch is' : 'mismatches are'} used as negatives`);
  tellSkipped(skipped, { strict, tell, listedIn });
  if (sampled === null) return;
  tell(
    `sampled: ${groups.length} of ${sampled.total} pairs, whole groups by a hash of their content; what is compared and judged is judged on these (--sample)`,
  );
}
