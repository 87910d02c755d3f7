import { allowedVectors } from '../../src/core/search/field-filter.ts';
import type { EngineReader, EngineRow } from '../../src/search/engine.ts';

/** What an engine is asked for, slow and obvious: inner products in float64 of all rows, in turn. */
export function exactEngine(rows: readonly EngineRow[]): EngineReader {
  return {
    query({ vector, topK, filters, segments }) {
      const candidates = rows
        .filter(({ id }) => segments.some((prefix) => id.startsWith(`${prefix}-`)))
        .filter(({ fields }) => {
          const columns = Object.entries(fields).map(([name, value]) => ({
            name,
            values: [value],
            codes: Uint32Array.of(1),
          }));
          return allowedVectors(columns, filters, 1)[0] === 1;
        })
        .map((row) => ({
          id: row.id,
          score: row.vector.reduce((sum, value, i) => sum + value * vector[i], 0),
        }))
        .sort((a, b) => b.score - a.score)
        .slice(0, topK);
      return Promise.resolve({ candidates, isComplete: true });
    },
  };
}
