import { useEffect, useReducer, useRef } from 'preact/hooks';
import { type Route, VIEWS, type View, formatRoute, isTooLong, parseRoute } from './route.ts';

/** Browsers refuse to change the address more often than about 100 times in 30 s. */
const WRITE_EVERY_MS = 350;

/** The address as the page reads and writes it. */
export interface Address {
  readonly route: Route;
  /** What stood there was too long to be read. */
  readonly wasTooLong: boolean;
  /** What is asked now is too long to be written. */
  readonly isTooLongToWrite: boolean;
  /** For a link to a view as it stands. */
  readonly hrefOf: (view: View) => string;
  /** In the entry of the history that there is. */
  readonly change: (change: Partial<Pick<Route, 'baseRate' | 'query'>>) => void;
  /** As a new entry of the history. */
  readonly open: (change: Partial<Omit<Route, 'query'>>) => void;
}

type Queries = Readonly<Record<View, string>>;

/**
 * The address bar, where the page keeps what is asked: a reload, a link and the browser's back and forward find it there. What the
 * views ask that are not open lies in the history entry's state, which a reload keeps too. Opening a view or choosing a selection
 * makes a new entry; everything else changes the one that there is.
 */
class AddressBar implements Address {
  route: Route;
  wasTooLong: boolean;
  #queries: Queries;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writtenAtMs = -Infinity;
  readonly #listeners = new Set<() => void>();
  readonly #movers = new Set<(view: View) => void>();

  constructor() {
    this.route = parseRoute(location.hash);
    this.wasTooLong = isTooLong(location.hash);
    this.#queries = { ...readQueries(history.state), [this.route.view]: this.route.query };
    // Of the two, old browsers give only the second for an address typed by hand.
    for (const moved of ['popstate', 'hashchange']) addEventListener(moved, () => this.#follow());
    addEventListener('pagehide', () => this.#flush());
  }

  /** What a view asks, whether it is open or not. */
  queryOf(view: View): string {
    return this.#queries[view];
  }

  hrefOf(view: View): string {
    return formatRoute({ ...this.route, view, query: this.#queries[view] });
  }

  get isTooLongToWrite(): boolean {
    return isTooLong(formatRoute(this.route));
  }

  /** What a view asks has changed. */
  remember(view: View, query: string): void {
    if (query === this.#queries[view]) return;
    this.#queries = { ...this.#queries, [view]: query };
    if (view === this.route.view) this.change({ query });
  }

  change(change: Partial<Pick<Route, 'baseRate' | 'query'>>): void {
    this.wasTooLong = false;
    this.route = { ...this.route, ...change };
    const waitMs = this.#writtenAtMs + WRITE_EVERY_MS - performance.now();
    if (waitMs <= 0) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), waitMs);
    this.#tell();
  }

  open(change: Partial<Omit<Route, 'query'>>): void {
    this.#flush();
    const view = change.view ?? this.route.view;
    const route = { ...this.route, ...change, query: this.#queries[view] };
    if (formatRoute(route) === formatRoute(this.route)) return;
    this.route = route;
    this.wasTooLong = false;
    history.pushState(this.#state, '', this.#href);
    this.#tell();
  }

  /** Called at every change. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when somebody goes to an address, with the view that it opens. */
  onMove(listener: (view: View) => void): () => void {
    this.#movers.add(listener);
    return () => this.#movers.delete(listener);
  }

  /** Back, forward, a link or an address typed by hand. */
  #follow(): void {
    this.#cancel();
    this.route = parseRoute(location.hash);
    this.wasTooLong = isTooLong(location.hash);
    this.#queries = { ...this.#queries, [this.route.view]: this.route.query };
    for (const listener of this.#movers) listener(this.route.view);
    this.#tell();
  }

  #flush(): void {
    if (this.#timer !== null) this.#write();
  }

  #write(): void {
    this.#cancel();
    this.#writtenAtMs = performance.now();
    history.replaceState(this.#state, '', this.#href);
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  get #state(): { readonly queries: Queries } {
    return { queries: this.#queries };
  }

  get #href(): string {
    return this.isTooLongToWrite ? formatRoute({ ...this.route, query: '' }) : formatRoute(this.route);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const address = new AddressBar();

/** The state of a history entry is kept by the browser, but another version of the page may have written it. */
function readQueries(state: unknown): Queries {
  const kept: unknown = Reflect.get(Object(state), 'queries');
  const queryOf = (view: View): string => {
    const query: unknown = Reflect.get(Object(kept), view);
    return typeof query === 'string' && !isTooLong(query) ? query : '';
  };
  return Object.fromEntries(VIEWS.map((view) => [view, queryOf(view)])) as unknown as Queries;
}

/** The address, kept up with. */
export function useAddress(): Address {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useEffect(() => address.subscribe(() => render(undefined)), []);
  return address;
}

/**
 * Ties what a view asks to the address.
 * @param query what it asks now; empty: what it opens with
 * @param adopt takes what the address asks, when somebody goes there; called with the query of the view
 */
export function useAddressed(view: View, query: string, adopt: (params: URLSearchParams) => void): void {
  const latest = useRef({ query, adopt });
  latest.current = { query, adopt };
  useEffect(() => address.remember(view, query), [view, query]);
  useEffect(
    () =>
      address.onMove((moved) => {
        const asked = address.queryOf(view);
        if (moved === view && asked !== latest.current.query)
          latest.current.adopt(new URLSearchParams(asked));
      }),
    [view],
  );
}

/** What a view asks by the address when the page opens. */
export function addressedAtFirst(view: View): URLSearchParams {
  return new URLSearchParams(address.queryOf(view));
}
