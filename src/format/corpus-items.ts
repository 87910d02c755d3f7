import { isThumbnailId } from './kv-keys.ts';
import { corruptPart, decodeJson, decodeValue, encodeValue } from './corpus-value.ts';

/**
 * What is known of a vector besides its numbers. `metadata`: JSON of an object, or null. `thumbnail`: id of a small picture, which
 * is stored by itself; absent where there is none.
 */
export interface CorpusItem {
  readonly id: string;
  readonly metadata: string | null;
  readonly thumbnail?: string;
}

/** Items of one value: a page. The last page of a segment may hold fewer. */
export const ITEMS_PER_PAGE = 1024;

/** One page of items, in the order of the vectors. */
export function encodeItems(items: readonly CorpusItem[]): Uint8Array {
  const text = JSON.stringify(items.map(toArray));
  return encodeValue({ count: items.length, dim: 0, columns: 0 }, [new TextEncoder().encode(text)]);
}

/** @throws AppError STORAGE_FAILED when the value is damaged or holds another number of items */
export function decodeItems(bytes: Uint8Array, expectedCount: number): CorpusItem[] {
  const { payload } = decodeValue(bytes, 'items');
  const values = decodeJson(payload, 'items');
  if (!Array.isArray(values) || values.length !== expectedCount) {
    throw corruptPart('items', `no list of ${expectedCount} items`);
  }
  return values.map(toItem);
}

function toArray({ id, metadata, thumbnail }: CorpusItem): readonly (string | null)[] {
  if (thumbnail !== undefined) return [id, metadata, thumbnail];
  return metadata === null ? [id] : [id, metadata];
}

function toItem(value: unknown): CorpusItem {
  if (Array.isArray(value)) {
    const [id, metadata = null, thumbnail] = value as unknown[];
    if (typeof id === 'string' && (metadata === null || typeof metadata === 'string')) {
      if (thumbnail === undefined) return { id, metadata };
      if (typeof thumbnail === 'string' && isThumbnailId(thumbnail)) return { id, metadata, thumbnail };
    }
  }
  throw corruptPart('items', 'an item that is not [id], [id, metadata] or [id, metadata, thumbnail]');
}
