import type { VectorCoding } from '../core/search/vector-coding.ts';
import type { CorpusManifest } from '../format/corpus-manifest.ts';

/** The coding of a manifest, as typed arrays. O(dim). */
export function manifestCoding({ coding }: Pick<CorpusManifest, 'coding'>): VectorCoding {
  return { mean: Float32Array.from(coding.mean), spread: Float32Array.from(coding.spread) };
}
