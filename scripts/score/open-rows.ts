import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { UserError } from '../cli/user-error.ts';
import { openEmbeddingFolder } from '../dataset/embedding-folder.ts';
import { openNpyPairs } from '../dataset/embedding-shard.ts';
import { loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import { checkDim, checkEncoder } from '../selection/check-encoder.ts';
import { rowMetrics } from './caption-metrics.ts';
import type { MetricName } from './metric-names.ts';
import { pictureRows } from './picture-rows.ts';
import type { RowSource } from './row-source.ts';
import { shardRows } from './shard-rows.ts';

/**
 * The rows that a person named, after checking that they are of the selection's encoder.
 * @param selection how the person named it, for messages
 * @param metrics what each row gets besides
 * @throws UserError for whatever is wrong with the files, or an encoder that is not the selection's
 */
export async function openRows(
  source: PairSourceOptions,
  record: SelectionRecord,
  selection: string,
  metrics: readonly MetricName[],
  tell: (line: string) => void,
): Promise<RowSource> {
  if (source.kind === 'dataset') return openPictures(source, record, selection, metrics, tell);
  if (metrics.includes('ref-clip-score')) {
    throw new UserError(
      '--metrics ref-clip-score compares captions, and embeddings have none that it could encode: give a dataset of pictures',
    );
  }
  const { encoderId: id, encoderFingerprint: fingerprint } = source;
  checkEncoder(record, { id, fingerprint }, selection);
  const rows = await openEmbeddings(source, metrics.length > 0, tell);
  checkDim(record, rows.dim, selection);
  return rows;
}

async function openEmbeddings(
  source: Exclude<PairSourceOptions, { readonly kind: 'dataset' }>,
  isMeasured: boolean,
  tell: (line: string) => void,
): Promise<RowSource> {
  if (source.kind === 'npy') {
    return shardRows([await openNpyPairs(source.imageEmbeddings, source.textEmbeddings)], isMeasured);
  }
  const { shards, notes } = await openEmbeddingFolder(source.path);
  for (const note of notes) tell(`note: ${note}`);
  return shardRows(shards, isMeasured);
}

async function openPictures(
  source: PairSourceOptions & { readonly kind: 'dataset' },
  record: SelectionRecord,
  selection: string,
  metrics: readonly MetricName[],
  tell: (line: string) => void,
): Promise<RowSource> {
  const { path, columns, cache: cacheFolder } = source;
  const { info, encoder } = await loadPairEncoder(source);
  checkEncoder(record, info, selection);
  const listing = await readDataset(path, columns);
  for (const note of listing.notes) tell(`note: ${note}`);
  const cache = await openCache(cacheFolder, info, tell);
  return pictureRows(
    listing,
    encoder,
    cache,
    metrics.length === 0 ? null : rowMetrics(listing.rows, metrics),
  );
}
