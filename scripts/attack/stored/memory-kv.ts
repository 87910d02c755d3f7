import type { ByteStream, WritableCorpusKv } from '../../../src/storage/corpus-kv.ts';
import type { SelectionKv } from '../../../src/storage/selection-kv.ts';

export interface StoredValue {
  readonly value: Uint8Array;
  readonly metadata: unknown;
}

export type MemoryKv = SelectionKv & WritableCorpusKv;

/** A KV namespace of this map, which whoever holds it may change. */
export function memoryKv(values: Map<string, StoredValue>): MemoryKv {
  const bytesOf = (key: string): Uint8Array<ArrayBuffer> | null => {
    const found = values.get(key);
    return found === undefined ? null : new Uint8Array(found.value);
  };
  const put = (key: string, value: string | Uint8Array, metadata: unknown = null): void => {
    values.set(key, { value: new Uint8Array(Buffer.from(value as Uint8Array)), metadata });
  };
  return {
    get: (async (key: string, { type }: { readonly type: string }) => {
      const bytes = bytesOf(key);
      if (bytes === null) return null;
      if (type === 'text') return Buffer.from(bytes).toString('utf8');
      return type === 'stream' ? streamOf(bytes) : bytes.buffer;
    }) as MemoryKv['get'],
    getWithMetadata: async (key) => ({
      value: bytesOf(key)?.buffer ?? null,
      metadata: values.get(key)?.metadata ?? null,
    }),
    put: async (key: string, value: string | Uint8Array, options?: { metadata?: unknown }) =>
      put(key, value, options?.metadata),
    putMany: async (entries) => entries.forEach(({ key, value }) => put(key, value)),
    deleteMany: async (keys) => keys.forEach((key) => values.delete(key)),
    list: async ({ prefix }) => ({
      keys: [...values.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name })),
      list_complete: true,
    }),
  };
}

function streamOf(bytes: Uint8Array): ByteStream {
  const stream = new ReadableStream({
    type: 'bytes',
    start(controller) {
      if (bytes.length > 0) controller.enqueue(new Uint8Array(bytes));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  return stream as unknown as ByteStream;
}
