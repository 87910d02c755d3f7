import type { RowCodes } from '../core/search/code-rows.ts';
import type { VectorCoding } from '../core/search/vector-coding.ts';
import type { CorpusManifest } from '../format/corpus-manifest.ts';

/** A coding as the manifest keeps it. @param fittedOn vectors */
export function writtenCoding({ mean, spread }: VectorCoding, fittedOn: number): CorpusManifest['coding'] {
  return { mean: Array.from(mean, shortest), spread: Array.from(spread, shortest), fittedOn };
}

/** Codes as the manifest keeps them. */
export function writtenCodes({ bits, steps }: RowCodes): NonNullable<CorpusManifest['codes']> {
  return { bits, steps: Array.from(steps, shortest) };
}

/** Six digits, as codings are fitted to: a float32 gives so many back. */
function shortest(value: number): number {
  return Number(value.toPrecision(6));
}
