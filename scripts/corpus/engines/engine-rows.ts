import { dot } from '../../../src/core/vector.ts';
import type { Modality, SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import { engineRowId } from '../../../src/format/corpus-engine.ts';
import type { EngineRow } from '../../../src/search/engine.ts';
import type { CorpusRows } from '../../../src/packing/corpus-rows.ts';
import { fieldColumns } from '../../../src/packing/field-columns.ts';
import { projectStored } from '../../../src/packing/pack-segments.ts';

/** What rows of an engine are made by. */
export interface EngineForm {
  readonly model: SelectionModel;
  readonly modality: Modality;
  /** Metadata fields that filters know. */
  readonly fields: readonly string[];
}

/**
 * The rows of one segment as an engine keeps them, from its full int8 rows: so a corpus can move to an engine without the data that it came
 * from.
 * @param rows those of the segment, in its order
 */
export function engineRows(
  segment: { readonly id: string },
  rows: CorpusRows,
  { model, modality, fields }: EngineForm,
): EngineRow[] {
  const { k, fusion } = model;
  const projected = projectStored(rows, model, modality);
  // As rows of plan compact: weights belong to the lengths of vectors; without them only directions count.
  if (fusion.kind !== 'weighted') toUnitLength(projected, k);
  const columns = fieldColumns(rows.items, fields);
  return rows.items.map((_, i) => ({
    id: engineRowId(segment, i),
    vector: projected.subarray(i * k, (i + 1) * k),
    fields: Object.fromEntries(
      columns.flatMap(({ name, values, codes }) => (codes[i] === 0 ? [] : [[name, values[codes[i] - 1]]])),
    ),
  }));
}

/** In place. A vector of which the selection keeps nothing stays as it is, and scores 0. */
function toUnitLength(rows: Float32Array, dim: number): void {
  for (let start = 0; start < rows.length; start += dim) {
    const norm = Math.sqrt(dot(rows, start, rows, start, dim));
    if (norm > 0) for (let i = start; i < start + dim; i++) rows[i] /= norm;
  }
}
