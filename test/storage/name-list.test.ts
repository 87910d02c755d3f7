import { describe, expect, it } from 'vitest';
import { isSelectionName } from '../../src/format/kv-keys.ts';
import type { ListableKv } from '../../src/storage/kv-calls.ts';
import { MAX_NAMES, type NameList, createNameList } from '../../src/storage/name-list.ts';

const SHARED = 'shared:';
const OLD = 'old:';
const OWNED = 'owned:';

/** Keys in KV's order, a thousand a page, as KV lists them. */
function listable(keys: readonly string[]): { readonly kv: ListableKv; readonly lists: string[] } {
  const sorted = [...keys].sort();
  const lists: string[] = [];
  const kv: ListableKv = {
    async list({ prefix, cursor }) {
      lists.push(prefix);
      const found = sorted.filter((key) => key.startsWith(prefix));
      const start = Number(cursor ?? 0);
      const page = found.slice(start, start + 1_000).map((name) => ({ name }));
      return start + 1_000 < found.length
        ? { keys: page, list_complete: false, cursor: String(start + 1_000) }
        : { keys: page, list_complete: true };
    },
  };
  return { kv, lists };
}

function namesIn(keys: readonly string[]): { readonly list: NameList; readonly lists: string[] } {
  const { kv, lists } = listable(keys);
  const list = createNameList({
    kv,
    shared: [SHARED, OLD],
    owned: OWNED,
    isName: isSelectionName,
    ttlMs: 1_000,
    now: () => 0,
  });
  return { list, lists };
}

describe('names in sight', () => {
  const keys = ['shared:b', 'shared:a', 'old:c', 'old:a', 'owned:acme/x', 'owned:acme/y', 'owned:ac/z'];

  it.each([
    { sight: 'all', prefix: '', names: ['a', 'ac/z', 'acme/x', 'acme/y', 'b', 'c'] },
    { sight: { owner: null }, prefix: '', names: ['a', 'b', 'c'] },
    { sight: { owner: 'acme' }, prefix: '', names: ['a', 'acme/x', 'acme/y', 'b', 'c'] },
    { sight: { owner: 'ac' }, prefix: '', names: ['a', 'ac/z', 'b', 'c'] },
    { sight: { owner: 'acme' }, prefix: 'ac', names: ['acme/x', 'acme/y'] },
    { sight: { owner: 'acme' }, prefix: 'acme/y', names: ['acme/y'] },
    { sight: { owner: 'acme' }, prefix: 'ac/', names: [] },
    { sight: { owner: null }, prefix: 'acme/', names: [] },
    { sight: 'all', prefix: 'ac', names: ['ac/z', 'acme/x', 'acme/y'] },
    { sight: 'all', prefix: 'ac/', names: ['ac/z'] },
  ] as const)('of $sight that begin with "$prefix"', async ({ sight, prefix, names }) => {
    expect(await namesIn(keys).list.names(sight, prefix)).toEqual({ names, isWhole: true });
  });

  it('are none that stand where they do not belong', async () => {
    const { list } = namesIn(['shared:acme/x', 'owned:x', 'shared:Not A Name', 'owned:acme/x/y', 'owned:/x']);
    expect((await list.names('all')).names).toEqual([]);
  });

  it('of an owner are listed without what others have', async () => {
    const others = Array.from({ length: 5_000 }, (_, i) => `owned:globex/${i}`);
    const { list, lists } = namesIn([...others, 'owned:acme/x']);
    expect((await list.names({ owner: 'acme' })).names).toEqual(['acme/x']);
    expect(lists.sort()).toEqual(['old:', 'owned:acme/', 'shared:']);
    await list.names({ owner: 'acme' }, 'acme/x');
    expect(lists).toHaveLength(3);
  });

  it('are bounded where there are too many, and narrowed by what they begin with', async () => {
    const many = Array.from({ length: MAX_NAMES + 1_500 }, (_, i) => `shared:n${String(i).padStart(6, '0')}`);
    const { list, lists } = namesIn(many);
    const { names, isWhole } = await list.names('all');
    expect([names.length, isWhole]).toEqual([MAX_NAMES, false]);
    expect(lists.filter((prefix) => prefix === SHARED)).toHaveLength(MAX_NAMES / 1_000);
    expect(await list.names('all', 'n0114')).toEqual({
      names: Array.from({ length: 100 }, (_, i) => `n0114${String(i).padStart(2, '0')}`),
      isWhole: true,
    });
  });

  it('are listed again only where they lie behind what is kept, and then kept too', async () => {
    const many = Array.from({ length: 100_000 }, (_, i) => `shared:n${String(i).padStart(6, '0')}`);
    const { list, lists } = namesIn([...many, 'shared:a', 'shared:zz']);
    const namesOf = async (prefix: string): Promise<[number, boolean, number]> => {
      const before = lists.filter((each) => each.startsWith(SHARED)).length;
      const { names, isWhole } = await list.names({ owner: null }, prefix);
      expect(names.every((name) => name.startsWith(prefix))).toBe(true);
      return [names.length, isWhole, lists.filter((each) => each.startsWith(SHARED)).length - before];
    };
    expect(await namesOf('')).toEqual([MAX_NAMES, false, 10]);
    // Before the last of those that are kept, n009998.
    for (const [prefix, count] of [
      ['a', 1],
      ['n0099', 99],
      ['n0098', 100],
      ['b', 0],
    ] as const) {
      const isCut = prefix === 'n0099';
      expect([prefix, ...(await namesOf(prefix))]).toEqual([
        prefix,
        isCut ? 100 : count,
        true,
        isCut ? 1 : 0,
      ]);
    }
    // Page after page of them is one list, also where that is cut.
    expect(await namesOf('n05')).toEqual([MAX_NAMES, true, 10]);
    expect(await namesOf('n05')).toEqual([MAX_NAMES, true, 0]);
    expect(await namesOf('n')).toEqual([MAX_NAMES, false, 10]);
    expect(await namesOf('n')).toEqual([MAX_NAMES, false, 0]);
    expect(await namesOf('zz')).toEqual([1, true, 1]);
  });

  it('are looked for among so many keys, also where most are no names', async () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => `shared:No Name ${i}`);
    const { list, lists } = namesIn([...keys, 'shared:z']);
    expect(await list.names({ owner: null })).toEqual({ names: [], isWhole: false });
    expect(lists.filter((prefix) => prefix === SHARED)).toHaveLength(MAX_NAMES / 1_000);
  });
});
