const MAX_DOCUMENTS = 512;
/** A query is text of people; one longer than this holds data (an image inline), which an isolate must not hoard. */
const MAX_DOCUMENT_CHARACTERS = 16_384;

interface DocumentCache<Value> {
  get(source: string): Value | undefined;
  set(source: string, value: Value): void;
}

/** Parsed documents, or their errors, by source. The longest unused leave first; long sources are not kept at all. */
export function createDocumentCache<Value>(): DocumentCache<Value> {
  const entries = new Map<string, Value>();
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
      entries.set(source, value);
      const oldest = entries.keys().next();
      if (entries.size > MAX_DOCUMENTS && !oldest.done) entries.delete(oldest.value);
    },
  };
}
