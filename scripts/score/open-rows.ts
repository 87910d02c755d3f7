import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { UserError } from '../cli/user-error.ts';
import { openEmbeddingFolder } from '../dataset/embedding-folder.ts';
import { openNpyPairs } from '../dataset/embedding-shard.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { type PairSourceOptions, UNDECLARED_FINGERPRINT } from '../precompute/options.ts';
import { pictureRows } from './picture-rows.ts';
import type { RowSource } from './row-source.ts';
import { shardRows } from './shard-rows.ts';

/**
 * The rows that a person named, after checking that they are of the selection's encoder.
 * @param selection how the person named it, for messages
 * @throws UserError for whatever is wrong with the files, or an encoder that is not the selection's
 */
export async function openRows(
  source: PairSourceOptions,
  record: SelectionRecord,
  selection: string,
  tell: (line: string) => void,
): Promise<RowSource> {
  if (source.kind === 'dataset') return openPictures(source, record, selection, tell);
  checkDeclared(source, record, selection);
  const rows = await openEmbeddings(source, tell);
  if (rows.dim === record.model.dim) return rows;
  throw new UserError(
    `selection "${selection}" is for embeddings of ${record.model.dim} coordinates, these have ${rows.dim}`,
  );
}

async function openEmbeddings(
  source: Exclude<PairSourceOptions, { readonly kind: 'dataset' }>,
  tell: (line: string) => void,
): Promise<RowSource> {
  if (source.kind === 'npy') {
    return shardRows([await openNpyPairs(source.imageEmbeddings, source.textEmbeddings)]);
  }
  const { shards, notes } = await openEmbeddingFolder(source.path);
  for (const note of notes) tell(`note: ${note}`);
  return shardRows(shards);
}

async function openPictures(
  { path, model, cache: cacheFolder }: PairSourceOptions & { readonly kind: 'dataset' },
  { encoder }: SelectionRecord,
  selection: string,
  tell: (line: string) => void,
): Promise<RowSource> {
  const { info, encoder: ownEncoder } = await loadPairEncoder(model);
  const { id, fingerprint } = info;
  const advice = 'Name its encoder with --model, or another --selection.';
  if (encoder.id !== id) {
    throw new UserError(
      `selection "${selection}" is for encoder "${encoder.id}", the dataset would be encoded by "${id}". ${advice}`,
    );
  }
  if (encoder.fingerprint !== fingerprint) {
    throw new UserError(
      `selection "${selection}" is for fingerprint ${encoder.fingerprint} of "${id}", the dataset would be encoded by ${fingerprint}. ${advice}`,
    );
  }
  const listing = await readDataset(path);
  for (const note of listing.notes) tell(`note: ${note}`);
  return pictureRows(listing, ownEncoder, await openCache(cacheFolder, info, tell));
}

/** A fingerprint that nobody declared, here or in the record, cannot differ. */
function checkDeclared(
  { encoderId, encoderFingerprint }: Exclude<PairSourceOptions, { readonly kind: 'dataset' }>,
  { encoder }: SelectionRecord,
  selection: string,
): void {
  if (encoder.id !== encoderId) {
    throw new UserError(
      `selection "${selection}" is for encoder "${encoder.id}", the embeddings are of "${encoderId}". Vectors of different encoders cannot be compared: choose another --selection.`,
    );
  }
  const declared = [encoder.fingerprint, encoderFingerprint];
  if (declared.includes(UNDECLARED_FINGERPRINT) || encoder.fingerprint === encoderFingerprint) return;
  throw new UserError(
    `selection "${selection}" is for fingerprint ${encoder.fingerprint} of "${encoderId}", the embeddings are of ${encoderFingerprint}. Choose another --selection.`,
  );
}
