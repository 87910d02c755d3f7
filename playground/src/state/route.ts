export const VIEWS = ['rank', 'matrix', 'search', 'explain', 'selection', 'runs'] as const;
export type View = (typeof VIEWS)[number];

/**
 * What the address says. `#matrix/mi-50?base-rate=0.2&caption=a+fox` is the matrix under the selection `mi-50` (`default` goes
 * without saying) at a base rate, with what that view asks.
 */
export interface Route {
  readonly view: View;
  readonly selection: string;
  /** Within (0, 1); null: the record's own. */
  readonly baseRate: number | null;
  /** What the view asks, form-urlencoded, as each view's inputs write it; empty: what it opens with. */
  readonly query: string;
}

export const DEFAULT_SELECTION = 'default';

/** A longer address is neither read nor written: every current browser keeps one of this length. */
export const MAX_HASH_CHARACTERS = 65_536;
/** No selection has a longer name. */
const MAX_SELECTION_CHARACTERS = 64;
const BASE_RATE = 'base-rate';

/** Whatever stands in a hand-made address: what is not understood is left out. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const [path = '', ...rest] = text.split('?');
  const [view = '', selection = ''] = path.slice(0, 1_000).split('/');
  const params = new URLSearchParams(isTooLong(hash) ? '' : rest.join('?'));
  const baseRate = readBaseRate(params.get(BASE_RATE));
  params.delete(BASE_RATE);
  return {
    view: VIEWS.find((known) => known === view) ?? 'rank',
    selection: decode(selection).slice(0, MAX_SELECTION_CHARACTERS) || DEFAULT_SELECTION,
    baseRate,
    query: String(params),
  };
}

export function formatRoute({ view, selection, baseRate, query }: Route): string {
  const path = selection === DEFAULT_SELECTION ? view : `${view}/${encodeURIComponent(selection)}`;
  const params = [baseRate === null ? '' : `${BASE_RATE}=${baseRate}`, query].filter((part) => part !== '');
  return params.length === 0 ? `#${path}` : `#${path}?${params.join('&')}`;
}

export function isTooLong(hash: string): boolean {
  return hash.length > MAX_HASH_CHARACTERS;
}

function readBaseRate(text: string | null): number | null {
  const rate = Number(text);
  return text !== null && rate > 0 && rate < 1 ? rate : null;
}

/** A hand-typed address may hold a stray `%`; it names no selection then, but must not stop the page. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (thrown) {
    if (thrown instanceof URIError) return part;
    throw thrown;
  }
}
