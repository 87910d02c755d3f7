import { similarityOrder } from '../core/search/similarity-order.ts';
import type { Modality, SelectionModel } from '../core/scoring/selection-model.ts';
import { chunkCapacity } from '../format/corpus-manifest.ts';
import { type CorpusRows, pickRows } from './corpus-rows.ts';
import { projectStored } from './pack-segments.ts';

/** Equal data must give equal segments. */
const SEED = 0;

/**
 * Rows in an order that lays near ones side by side, so that the candidates of a re-ranking lie in few chunks of full vectors. Near
 * is what the selection makes of them: it is what candidates are found by.
 * @param firstNew rows before it stay where they are: their segments are stored already
 */
export function arrangeRows(
  rows: CorpusRows,
  firstNew: number,
  model: SelectionModel,
  modality: Modality,
): CorpusRows {
  return pickRows(rows, placesOf(rows, firstNew, model, modality));
}

/** By itself, so that what it projects is gone before rows are copied. */
function placesOf(
  rows: CorpusRows,
  firstNew: number,
  model: SelectionModel,
  modality: Modality,
): Uint32Array {
  const projected = projectStored(rows, model, modality, { first: firstNew });
  const order = similarityOrder(projected, model.k, { leafSize: chunkCapacity(model.dim), seed: SEED });
  return Uint32Array.from({ length: rows.items.length }, (_, i) =>
    i < firstNew ? i : firstNew + order[i - firstNew],
  );
}
