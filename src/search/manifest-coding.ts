import type { VectorCoding } from '../core/search/vector-coding.ts';
import type { RowCodes } from '../core/search/code-rows.ts';
import type { CorpusManifest } from '../format/corpus-manifest.ts';

/** The coding of a manifest, as typed arrays. O(dim). */
export function manifestCoding({ coding }: Pick<CorpusManifest, 'coding'>): VectorCoding {
  return { mean: Float32Array.from(coding.mean), spread: Float32Array.from(coding.spread) };
}

/** What rows of codes stand for, as typed arrays; null where scanned rows are int8. O(k). */
export function manifestCodes({ codes }: Pick<CorpusManifest, 'codes'>): RowCodes | null {
  return codes === undefined ? null : { bits: codes.bits, steps: Float32Array.from(codes.steps) };
}
