import { createHash } from 'node:crypto';
import type { R2Bucket } from '@cloudflare/workers-types';

/** developers.cloudflare.com/r2/platform/limits, and R2 > API > Workers API reference: delete, list. */
const KEYS_A_DELETE = 1_000;
const OBJECTS_A_LIST = 1_000;

interface Stored {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly customMetadata: Record<string, string>;
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

interface Condition {
  readonly etagMatches?: string;
  /** `*`: there is none. */
  readonly etagDoesNotMatch?: string;
}

function holds(object: Stored | undefined, { etagMatches, etagDoesNotMatch }: Condition = {}): boolean {
  if (etagMatches !== undefined && object?.etag !== etagMatches) return false;
  return (
    etagDoesNotMatch === undefined || object === undefined || !['*', object.etag].includes(etagDoesNotMatch)
  );
}

/** Reads and writes that a test looks at, and what it is to find there. */
export interface MemoryBucket {
  readonly bucket: R2Bucket;
  readonly keys: () => string[];
  /** Of every write, in order. */
  readonly written: string[];
  /** Calls so far, which the platform charges for. */
  readonly asked: { get: number; head: number; list: number };
}

/** R2 in memory, as strict as the platform is: Miniflare deletes any number of keys at once. */
export function memoryBucket(): MemoryBucket {
  const objects = new Map<string, Stored>();
  const written: string[] = [];
  const asked = { get: 0, head: 0, list: 0 };
  const told = (key: string, { bytes, etag, customMetadata }: Stored) => ({
    key,
    etag,
    size: bytes.length,
    customMetadata,
  });
  const bucket = {
    put: async (
      key: string,
      value: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
      options: { readonly customMetadata?: Record<string, string>; readonly onlyIf?: Condition } = {},
    ) => {
      if (!holds(objects.get(key), options.onlyIf)) return null;
      written.push(key);
      const bytes = new Uint8Array(await new Blob([value]).arrayBuffer());
      const etag = createHash('md5').update(bytes).digest('hex');
      const object = { bytes, etag, customMetadata: options.customMetadata ?? {} };
      objects.set(key, object);
      return told(key, object);
    },
    head: (key: string) => {
      asked.head++;
      const object = objects.get(key);
      return Promise.resolve(object === undefined ? null : told(key, object));
    },
    get: (
      key: string,
      { range, onlyIf }: { readonly range?: Range; readonly onlyIf?: { readonly etagMatches: string } } = {},
    ) => {
      asked.get++;
      const object = objects.get(key);
      if (object === undefined) return Promise.resolve(null);
      if (onlyIf !== undefined && onlyIf.etagMatches !== object.etag)
        return Promise.resolve(told(key, object));
      const { offset, length } = range ?? { offset: 0, length: object.bytes.length };
      const response = new Response(object.bytes.slice(offset, offset + length));
      return Promise.resolve({
        ...told(key, object),
        body: response.body,
        text: () => response.text(),
        json: () => response.json(),
        arrayBuffer: () => response.arrayBuffer(),
      });
    },
    delete: (keys: string | readonly string[]) => {
      const all = typeof keys === 'string' ? [keys] : keys;
      if (all.length > KEYS_A_DELETE) {
        return Promise.reject(new Error(`delete: expected at most ${KEYS_A_DELETE} keys, got ${all.length}`));
      }
      for (const key of all) objects.delete(key);
      return Promise.resolve();
    },
    list: ({ prefix = '', delimiter, cursor = '' }: R2ListAsked = {}) => {
      asked.list++;
      const all: ReturnType<typeof told>[] = [];
      for (const [key, object] of objects)
        if (key.startsWith(prefix) && key > cursor) all.push(told(key, object));
      all.sort((a, b) => (a.key < b.key ? -1 : 1));
      const page = all.slice(0, OBJECTS_A_LIST);
      const isInside = ({ key }: { readonly key: string }): boolean =>
        delimiter !== undefined && key.slice(prefix.length).includes(delimiter);
      const folderOf = ({ key }: { readonly key: string }): string =>
        key.slice(0, key.indexOf(delimiter ?? '', prefix.length) + 1);
      return Promise.resolve({
        objects: page.filter((object) => !isInside(object)),
        delimitedPrefixes: [...new Set(page.filter(isInside).map(folderOf))],
        ...(all.length > page.length ? { truncated: true, cursor: page.at(-1)?.key } : { truncated: false }),
      });
    },
  };
  return { bucket: bucket as unknown as R2Bucket, keys: () => [...objects.keys()].sort(), written, asked };
}

interface R2ListAsked {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly cursor?: string;
}
