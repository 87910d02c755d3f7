/** A query is text of people; one longer than this holds data (an image inline), which an isolate must not hoard. */
export const MAX_DOCUMENT_CHARACTERS = 16_384;
/** Of all sources together: a parsed document takes 70 bytes a character, 240 where every token is one letter, so 16 MB. */
export const MAX_CACHED_CHARACTERS = 65_536;

interface DocumentCache<Value> {
  get(source: string): Value | undefined;
  set(source: string, value: Value): void;
}

/** Parsed documents, or their errors, by source. The longest unused leave first; long sources are not kept at all. */
export function createDocumentCache<Value>(): DocumentCache<Value> {
  const entries = new Map<string, Value>();
  let characters = 0;
  const remove = (source: string): void => {
    if (entries.delete(source)) characters -= source.length;
  };
  return {
    get(source) {
      const value = entries.get(source);
      if (value === undefined) return undefined;
      entries.delete(source);
      entries.set(source, value);
      return value;
    },
    set(source, value) {
      if (source.length > MAX_DOCUMENT_CHARACTERS) return;
      remove(source);
      entries.set(source, value);
      characters += source.length;
      for (const oldest of entries.keys()) {
        if (characters <= MAX_CACHED_CHARACTERS) return;
        remove(oldest);
      }
    },
  };
}
