/**
 * The key that a deployment with AUTH = "keys" asks for. The page and GraphiQL have it in common: it is kept for the tab, in
 * sessionStorage and nowhere else, and goes with every request of theirs.
 */
export interface Door {
  /** Null: none was given. */
  readonly key: string | null;
  /** Why the API asks for one, in its own words; null: it does not ask, or took `key`. */
  readonly asked: string | null;
  /** `key` was given and is not answered yet. */
  readonly checking: boolean;
}

const ENTRY = 'alignql:access-key';
/** What a header can carry and a key looks like to a person: one word of visible ASCII. */
const ONE_WORD = /^[!-~]+$/;
/** The public part, which stands in lists and logs. */
const KEY_ID = /^alignql_([0-9a-f]{16})_/;
/** What the API answers who sends no key, or not a valid one. Cloudflare Access has a realm of its own: no key helps there. */
const CHALLENGE = /^Bearer realm="alignql"/;

let door: Door = { key: readEntry(), asked: null, checking: false };
const listeners = new Set<() => void>();

export function readDoor(): Door {
  return door;
}

/** @returns what ends it */
export function subscribeDoor(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Uses a key from now on. @returns why it cannot be one; null: it is used */
export function giveKey(text: string): string | null {
  const key = text.trim();
  if (key === '') return 'Enter a key.';
  if (!ONE_WORD.test(key))
    return 'A key is one word of letters, digits and _: something else is in this one.';
  writeEntry(key);
  change({ ...door, key, checking: true });
  return null;
}

/** Nothing that came by the key may stay: the page begins anew. */
export function forgetKey(): void {
  writeEntry(null);
  location.reload();
}

/** The id of a key, which may be shown; null for what has none. */
export function keyIdOf(key: string): string | null {
  return KEY_ID.exec(key)?.[1] ?? null;
}

export function isKeyAsked({ status, headers }: Response): boolean {
  return status === 401 && CHALLENGE.test(headers.get('www-authenticate') ?? '');
}

/** `fetch` of something of the API, with the key where there is one and no other credentials are given. */
export async function fetchWithKey(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { key } = door;
  const headers = new Headers(init.headers);
  const isOwn = key !== null && !headers.has('authorization');
  if (isOwn) headers.set('authorization', `Bearer ${key}`);
  try {
    const response = await fetch(input, { ...init, headers });
    if (isOwn || !headers.has('authorization')) await note(response, key);
    return response;
  } catch (thrown) {
    if (door.key === key && door.checking) change({ ...door, checking: false });
    throw thrown;
  }
}

/** @param key what the request was sent with: an answer to an older one says nothing of the present one */
async function note(response: Response, key: string | null): Promise<void> {
  // Held before the key was looked at: nothing is known of it yet.
  if (response.status === 429 && door.checking) return;
  const asked = isKeyAsked(response) ? await wordsOf(response.clone()) : null;
  if (key === door.key && (door.checking || door.asked !== asked)) change({ key, asked, checking: false });
}

/** Of a GraphQL error, or of a problem (RFC 9457). */
async function wordsOf(response: Response): Promise<string> {
  const fallback = 'The key is not valid.';
  try {
    const body = (await response.json()) as { errors?: { message?: string }[]; detail?: string };
    return body.errors?.[0]?.message ?? body.detail ?? fallback;
  } catch {
    return fallback;
  }
}

function change(next: Door): void {
  door = next;
  for (const listener of listeners) listener();
}

function readEntry(): string | null {
  try {
    return sessionStorage.getItem(ENTRY);
  } catch {
    return null; // a browser that keeps nothing for this site
  }
}

function writeEntry(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(ENTRY);
    else sessionStorage.setItem(ENTRY, key);
  } catch {
    // The key then lasts as long as the page.
  }
}

// A page that the browser kept whole for "back" may have missed what was done in GraphiQL.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && readEntry() !== door.key) location.reload();
});
