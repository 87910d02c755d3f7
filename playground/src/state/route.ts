import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['rank', 'matrix', 'search', 'selection'] as const;
export type View = (typeof VIEWS)[number];

/** What the address says: `#matrix/mi-50` is the matrix under the selection `mi-50`; `default` goes without saying. */
export interface Route {
  readonly view: View;
  readonly selection: string;
}

export const DEFAULT_SELECTION = 'default';

export function parseRoute(hash: string): Route {
  const [view = '', selection = ''] = hash.replace(/^#/, '').split('/');
  return {
    view: VIEWS.find((known) => known === view) ?? 'rank',
    selection: decode(selection) || DEFAULT_SELECTION,
  };
}

export function formatRoute({ view, selection }: Route): string {
  return selection === DEFAULT_SELECTION ? `#${view}` : `#${view}/${encodeURIComponent(selection)}`;
}

/** The route of the address bar. Links to `formatRoute` change it; back and forward do too. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
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
