import type { CorpusData } from '../../api/search-operations.ts';

/** What the vectors of a corpus are of. */
export function nounOf({ modality }: Pick<CorpusData, 'modality'>): string {
  return modality === 'TEXT' ? 'text' : 'picture';
}
