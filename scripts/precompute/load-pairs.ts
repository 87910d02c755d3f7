import { UserError } from '../cli/user-error.ts';
import { collectShards } from '../dataset/collect-shards.ts';
import { openEmbeddingFolder } from '../dataset/embedding-folder.ts';
import { encodePairs } from '../dataset/encode-pairs.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import { readNpyPairs } from '../dataset/npy-pairs.ts';
import type { PairSource, Skipped } from '../dataset/pair-source.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { refuseSkipped, tellSkipped } from '../dataset/skipped-rows.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import type { CommandOutput } from '../cli/output.ts';
import { reasonOf } from '../files/file-access.ts';

export interface LoadedPairs {
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly pairs: PairedEmbeddings;
  /** What the user named, for the report. */
  readonly source: string;
}

type Encoder = LoadedPairs['encoder'];

/**
 * The pairs of a dataset, encoded (from the cache where they are known), of a folder of embeddings, or of two .npy matrices.
 * @param listedIn where the rows that were skipped are, for a person
 * @param check gets encoder and dim before the long work, and may throw
 * @throws UserError for whatever is wrong with the files
 */
export async function loadPairs(
  source: PairSourceOptions,
  { startProgress, tell }: CommandOutput,
  check: (encoder: Encoder, dim: number) => void,
  listedIn = 'report.json',
): Promise<LoadedPairs> {
  if (source.kind === 'npy') {
    const pairs = await readNpyPairs(source);
    check({ id: source.encoderId, fingerprint: source.encoderFingerprint }, pairs.dim);
    tellCounts(pairs, source, tell, listedIn);
    return {
      encoder: { id: source.encoderId, fingerprint: source.encoderFingerprint },
      pairs,
      source: `${source.imageEmbeddings} and ${source.textEmbeddings}`,
    };
  }
  if (source.kind === 'shards') {
    const folder = await openEmbeddingFolder(source.path, source.kindColumn);
    check({ id: source.encoderId, fingerprint: source.encoderFingerprint }, folder.dim);
    for (const note of folder.notes) tell(`note: ${note}`);
    const pairs = await collectShards(folder);
    assertSomeMatch(source.path, pairs.groups.length, pairs.mismatches.groups.length);
    tellCounts(pairs, source, tell, listedIn);
    return {
      encoder: { id: source.encoderId, fingerprint: source.encoderFingerprint },
      pairs,
      source: source.path,
    };
  }
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
  const pairs = await encodePairs(listing, encoder, cache, startProgress);
  tellCounts(pairs, source, tell, listedIn);
  return { encoder: { id: info.id, fingerprint: info.fingerprint }, pairs, source: source.path };
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
  { skipped, mismatches }: PairedEmbeddings,
  { strict = false }: PairSourceOptions,
  tell: CommandOutput['tell'],
  listedIn: string,
): void {
  const marked = mismatches.groups.length;
  if (marked > 0)
    tell(`${marked} marked ${marked === 1 ? 'mismatch is' : 'mismatches are'} used as negatives`);
  tellSkipped(skipped, { strict, tell, listedIn });
}
