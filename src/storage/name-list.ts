import { ownerOf, ownerPrefix } from '../format/kv-keys.ts';
import { type ListableKv, storageCall } from './kv-calls.ts';
import type { WaitUntil } from './shared-loads.ts';
import type { Sight } from './sight.ts';
import { StaleCache } from './stale-cache.ts';

/** Ascending. */
export interface Names {
  readonly names: readonly string[];
  /** Whether these are all; otherwise the first `MAX_NAMES` of each prefix in KV. */
  readonly isWhole: boolean;
}

export interface NameList {
  /**
   * The names in sight that begin with `prefix`, whether what they stand for can be read or not.
   * @throws AppError STORAGE_FAILED when KV does not list
   */
  names(sight: Sight, prefix?: string, waitUntil?: WaitUntil): Promise<Names>;
}

interface Options {
  readonly kv: ListableKv;
  /** In KV, of names that nobody owns: the present one and that of earlier versions. */
  readonly shared: readonly string[];
  /** In KV, of names with an owner. */
  readonly owned: string;
  readonly isName: (text: string) => boolean;
  readonly ttlMs: number;
  readonly maxStaleMs?: number;
  readonly now: () => number;
}

/** Of one prefix in KV: ten lists of a thousand. Whoever has more asks for names that begin alike. */
export const MAX_NAMES = 10_000;
/** In one isolate, of all lists: 5 MB. */
const MAX_KEPT_NAMES = 50_000;
const MAX_KEPT_LISTS = 256;

/** Names of one isolate. What an owner sees is listed under the owner's prefix: it costs no more for what others have. */
export function createNameList(options: Options): NameList {
  const { kv, shared, owned, isName, now, ...times } = options;
  const lists = new StaleCache<Names>({
    ...times,
    now,
    maxKeys: MAX_KEPT_LISTS,
    maxSize: MAX_KEPT_NAMES,
    sizeOf: ({ names }) => names.length + 1,
  });

  async function load(kvPrefix: string, begin: string): Promise<Names> {
    const names: string[] = [];
    let cursor: string | undefined;
    let seen = 0;
    do {
      const prefix = kvPrefix + begin;
      const page = await storageCall('list', () => kv.list({ prefix, ...(cursor && { cursor }) }));
      for (const { name: key } of page.keys) {
        const name = key.slice(kvPrefix.length);
        if (isName(name) && (ownerOf(name) !== null) === (kvPrefix === owned)) names.push(name);
      }
      cursor = page.list_complete ? undefined : page.cursor;
      // Keys that are no names count too: they are read as well.
      seen += page.keys.length;
    } while (cursor !== undefined && seen < MAX_NAMES);
    return { names, isWhole: cursor === undefined };
  }

  /** @param base what all names that are kept together begin with */
  async function under(
    kvPrefix: string,
    base: string,
    prefix: string,
    waitUntil?: WaitUntil,
  ): Promise<Names> {
    const kept = await lists.get(kvPrefix + base, () => load(kvPrefix, base), waitUntil);
    if (kept === null) throw new Error('a list of names is never absent');
    if (prefix === base) return kept;
    if (kept.isWhole || isBeforeLast(prefix, kept.names)) {
      return { names: kept.names.filter((name) => name.startsWith(prefix)), isWhole: true };
    }
    return under(kvPrefix, prefix, prefix, waitUntil);
  }

  /** Whether all that begin so come before the last of them. @param names ascending */
  function isBeforeLast(prefix: string, names: readonly string[]): boolean {
    const last = names.at(-1);
    return last !== undefined && last > prefix && !last.startsWith(prefix);
  }

  return {
    async names(sight, prefix = '', waitUntil) {
      const owner = ownerOf(prefix);
      const parts: Promise<Names>[] = [];
      if (owner === null) parts.push(...shared.map((each) => under(each, '', prefix, waitUntil)));
      if (sight === 'all') parts.push(under(owned, '', prefix, waitUntil));
      else if (sight.owner !== null) {
        const own = ownerPrefix(sight.owner);
        if (own.startsWith(prefix)) parts.push(under(owned, own, own, waitUntil));
        else if (prefix.startsWith(own)) parts.push(under(owned, own, prefix, waitUntil));
      }
      const found = await Promise.all(parts);
      return {
        names: [...new Set(found.flatMap(({ names }) => names))].sort(),
        isWhole: found.every(({ isWhole }) => isWhole),
      };
    },
  };
}
