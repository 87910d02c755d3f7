import { LRUCache } from 'lru-cache';

/** A query is text of people; one longer than this holds data (an image inline), which an isolate must not hoard. */
export const MAX_DOCUMENT_CHARACTERS = 16_384;
/** Of all sources together: a parsed document takes 70 bytes a character, 240 where every token is one letter, so 16 MB. */
export const MAX_CACHED_CHARACTERS = 65_536;

interface DocumentCache<Value> {
  get(source: string): Value | undefined;
  set(source: string, value: Value): void;
}

/** Parsed documents, or their errors, by source. The longest unused leave first; long sources are not kept at all. */
export function createDocumentCache<Value extends NonNullable<unknown>>(): DocumentCache<Value> {
  return new LRUCache<string, Value>({
    maxSize: MAX_CACHED_CHARACTERS,
    maxEntrySize: MAX_DOCUMENT_CHARACTERS,
    // A source without a character is as much work to keep as one with one.
    sizeCalculation: (_value, source) => Math.max(1, source.length),
  });
}
