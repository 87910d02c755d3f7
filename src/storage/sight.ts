import { ownerOf } from '../format/kv-keys.ts';

/**
 * Whose names are seen: everybody's, or the shared ones and those of one owner (null: of none). A name out of sight is to whoever asks
 * as if it were not there.
 */
export type Sight = 'all' | { readonly owner: string | null };

/** @param name as `isSelectionName` or `isCorpusName` takes it; any other text is of no owner's, and names nothing */
export function isInSight(name: string, sight: Sight): boolean {
  if (sight === 'all') return true;
  const owner = ownerOf(name);
  return owner === null || owner === sight.owner;
}
