import { type VectorizeSpec, isSameEngine } from '../../../src/format/corpus-engine.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';
import type { VectorizeIndex } from '../../../src/search/vectorize/vectorize-calls.ts';
import { createVectorizeEngine } from '../../../src/search/vectorize/vectorize-engine.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Deployment } from '../../kv/deployment.ts';
import { collectionName } from './collection-name.ts';
import type { EngineFacts } from './engines.ts';
import { openVectorizeApi } from './vectorize-api.ts';
import { readVectorizeAccess } from './vectorize-access.ts';

/**
 * Where the rows of a corpus go: one namespace for a corpus, whatever its selection, in an index whose dimensions it need not fill.
 * Fields keep the places that they have or had, also while filters do not know them: rows that are there were written by them.
 * @throws UserError when no index is named, or the fusion weighs lengths, which a cosine does not see
 */
export async function vectorizeSpec(
  { corpus, model, fields, numbers, previous, retired }: EngineFacts,
  deployment: Deployment,
  { vectorizeIndex }: { readonly vectorizeIndex?: string },
): Promise<VectorizeSpec> {
  if (model.fusion.kind === 'weighted') {
    throw new UserError(
      'the selection has a weighted fusion, whose scores depend on the lengths of vectors; Vectorize compares by cosine, which does not. Choose --engine isolate or postgres, or a --selection of another fusion',
    );
  }
  const kept = previous?.kind === 'vectorize' ? previous : null;
  const index = namedIndex(vectorizeIndex ?? kept?.index ?? deployment.vectorizeIndex);
  const { dimensions } = await apiOf(index, deployment).config();
  const collection = collectionName(corpus);
  const here: VectorizeSpec = { kind: 'vectorize', collection, index, dimensions, texts: [], numbers: [] };
  const before = [...retired, ...(previous === undefined ? [] : [previous])].findLast((spec) =>
    isSameEngine(spec, here),
  );
  const places = before?.kind === 'vectorize' ? before.numbers : [];
  return {
    kind: 'vectorize',
    collection,
    index,
    dimensions,
    texts: [...fields],
    numbers: [...places, ...numbers.filter((field) => !places.includes(field))],
  };
}

/** The rows that a corpus may have, when only its name is known. @throws UserError when no index is named */
export async function leftInVectorize(
  corpus: string,
  deployment: Deployment,
  { vectorizeIndex }: { readonly vectorizeIndex?: string },
): Promise<VectorizeSpec> {
  const index = namedIndex(vectorizeIndex ?? deployment.vectorizeIndex);
  const { dimensions } = await apiOf(index, deployment).config();
  return { kind: 'vectorize', collection: collectionName(corpus), index, dimensions, texts: [], numbers: [] };
}

function namedIndex(index: string | undefined): string {
  if (index !== undefined) return index;
  throw new UserError(
    'no index of Vectorize is named: put a [[vectorize]] binding VECTORS into wrangler.toml (docs/deploy.md), or give --vectorize-index',
  );
}

function apiOf(index: string, { accountId }: Deployment): VectorizeIndex {
  return openVectorizeApi(readVectorizeAccess(accountId), index);
}

/** @throws UserError without credentials */
export function openVectorize(spec: VectorizeSpec, deployment: Deployment): VectorEngine {
  return createVectorizeEngine(apiOf(spec.index, deployment), spec, Date.now);
}

/**
 * What of an index keeps a search from the rows of a corpus; null when nothing is known to.
 * @throws UserError without credentials, AppError STORAGE_FAILED when the account says nothing of the index
 */
export async function vectorizeMisfit(
  { index, dimensions }: VectorizeSpec,
  deployment: Deployment,
): Promise<string | null> {
  const config = await apiOf(index, deployment).config();
  if (config.dimensions === dimensions && config.metric === 'cosine') return null;
  return `it was written for ${dimensions} dimensions and cosine, the index "${index}" of Vectorize has ${config.dimensions} and ${config.metric}`;
}
