import type { ListableKv } from '../../src/storage/kv-calls.ts';

/** What of KV is read here: a local server's, an account's. */
export interface ReadableKv extends ListableKv {
  get(key: string, options: { readonly type: 'arrayBuffer' }): Promise<ArrayBuffer | null>;
  /** Values that are text, many in one call; null: none is there. Only of a KV where a call takes long. */
  readonly getTexts?: (keys: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array | null>>;
}

/** At once: more would hold more in memory, and neither workerd nor wrangler is any faster for it. */
const AT_ONCE = 4;
/** What `getTexts` takes. */
const TEXTS_AT_ONCE = 100;

/** Told of every item that is done. */
export type OnDone = () => void;

/**
 * What `read` makes of each item, in their order, some at a time. After a failure none is begun any more: the first error is thrown once
 * those under way have ended.
 */
export async function readMany<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
  onDone: OnDone = () => undefined,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && errors.length === 0) {
      const at = next++;
      try {
        results[at] = await read(items[at]);
        onDone();
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (errors.length > 0) throw errors[0];
  return results;
}

/**
 * The same where every item has a value that is text: `read` is given a KV that has it at hand, if KV gives many of them in one call.
 * @param keyOf where it stands
 */
export async function readManyTexts<Kv extends ReadableKv, Item, Result>(
  kv: Kv,
  { items, keyOf }: { readonly items: readonly Item[]; readonly keyOf: (item: Item) => string },
  read: (kv: Kv, item: Item) => Promise<Result>,
  onDone?: OnDone,
): Promise<Result[]> {
  if (kv.getTexts === undefined) return readMany(items, (item) => read(kv, item), onDone);
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += TEXTS_AT_ONCE) {
    const part = items.slice(start, start + TEXTS_AT_ONCE);
    const near = withValues(kv, await kv.getTexts(part.map(keyOf)));
    results.push(...(await readMany(part, (item) => read(near, item), onDone)));
  }
  return results;
}

function withValues<Kv extends ReadableKv>(kv: Kv, values: ReadonlyMap<string, Uint8Array | null>): Kv {
  const get: ReadableKv['get'] = (key, options) => {
    const value = values.get(key);
    if (value === undefined || options.type !== 'arrayBuffer') return kv.get(key, options);
    return Promise.resolve(value && Uint8Array.from(value).buffer);
  };
  return { ...kv, get };
}
