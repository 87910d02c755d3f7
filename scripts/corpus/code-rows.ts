import { type VectorCoding, fitCoding, plainCoding } from '../../src/core/search/vector-coding.ts';
import type { StartProgress } from '../cli/progress.ts';
import { type CorpusRows, joinRows, rowVector } from '../../src/packing/corpus-rows.ts';
import { type FreshVectors, addToFit, encodeFresh, toCorpusRows } from './fresh-vectors.ts';

/** Stored rows, and how many vectors their coding was fitted to. */
export interface StoredRows {
  readonly rows: CorpusRows;
  readonly fittedOn: number;
}

/** All rows of one run, of one coding. */
export interface CodedRows {
  readonly coding: VectorCoding;
  readonly fittedOn: number;
  readonly stored: CorpusRows;
  readonly fresh: CorpusRows;
}

/** A coding that was fitted to half as many vectors is fitted anew; rows are then rounded again, a few times at most. */
const GROWTH = 2;

/**
 * Writes fresh vectors in the coding of the stored ones, or all of them in a new one: when there are none stored, or so few that
 * they say little of the others.
 * @param stored null when the corpus is new
 */
export async function codeRows(
  dim: number,
  stored: StoredRows | null,
  fresh: FreshVectors | null,
  startProgress: StartProgress,
): Promise<CodedRows> {
  const total = countTogether(stored, fresh);
  if (stored !== null && total < GROWTH * stored.fittedOn) {
    const { coding } = stored.rows;
    const added = await encodeOrNone(fresh, coding, startProgress);
    return { coding, fittedOn: stored.fittedOn, stored: stored.rows, fresh: added };
  }
  const fit = fitCoding(dim);
  if (stored !== null) {
    for (let i = 0; i < stored.rows.items.length; i++) fit.add(rowVector(stored.rows, i));
  }
  if (fresh !== null) await addToFit(fit, fresh);
  const coding = total === 0 ? plainCoding(dim) : fit.finish();
  const kept = stored === null ? joinRows(coding, []) : recode(stored.rows, coding);
  return { coding, fittedOn: total, stored: kept, fresh: await encodeOrNone(fresh, coding, startProgress) };
}

/** Ids in common count once. */
function countTogether(stored: StoredRows | null, fresh: FreshVectors | null): number {
  const known = new Set(stored?.rows.items.map(({ id }) => id));
  for (const { id } of fresh?.items ?? []) known.add(id);
  return known.size;
}

async function encodeOrNone(
  fresh: FreshVectors | null,
  coding: VectorCoding,
  startProgress: StartProgress,
): Promise<CorpusRows> {
  if (fresh === null) return joinRows(coding, []);
  const progress = startProgress('vectors', fresh.items.length);
  try {
    return await encodeFresh(fresh, coding, progress.add);
  } finally {
    progress.stop();
  }
}

function recode(rows: CorpusRows, coding: VectorCoding): CorpusRows {
  const parts = rows.items.map((item, i) => toCorpusRows([item], coding, rowVector(rows, i)));
  return joinRows(coding, parts);
}
