import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type EmbeddingCache,
  type InputHash,
  createEmbeddingCache,
} from '../../src/storage/embedding-cache.ts';
import type { ResponseCache } from '../../src/storage/shared-embeddings.ts';

const ENCODER = { fingerprint: 'f'.repeat(64), dim: 2 };
const HOST = 'api.example.com';
const UNIT = Float32Array.of(0.6, 0.8);
const input = (number: number, modality: InputHash['modality'] = 'text'): InputHash => ({
  modality,
  hash: number.toString(16).padStart(64, '0'),
});

/** The Cache API at its contract: bodies by address, calls counted, a fault on demand. */
class FakeCache implements ResponseCache {
  readonly bodies = new Map<string, Uint8Array>();
  readonly headers = new Map<string, Headers>();
  running = 0;
  mostAtOnce = 0;
  fault: (url: string) => Promise<void> | void = () => undefined;

  match(url: string): Promise<Response | undefined> {
    return this.#call(url, async () => {
      const body = this.bodies.get(url);
      return body && new Response(body as Uint8Array<ArrayBuffer>);
    });
  }

  put(url: string, response: Response): Promise<void> {
    return this.#call(url, async () => {
      this.bodies.set(url, new Uint8Array(await response.arrayBuffer()));
      this.headers.set(url, response.headers);
    });
  }

  async #call<T>(url: string, run: () => Promise<T>): Promise<T> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    try {
      await this.fault(url);
      return await run();
    } finally {
      this.running--;
    }
  }
}

let store: FakeCache;
let seconds: number;
let background: Promise<unknown>[];
const waitUntil = (work: Promise<unknown>): void => void background.push(work);

/** A cache as another isolate makes it: nothing of its own, the same store behind. */
function openCache(changes: Partial<Parameters<typeof createEmbeddingCache>[0]> = {}): EmbeddingCache {
  return createEmbeddingCache({
    mode: 'shared',
    encoder: ENCODER,
    waitMs: 1000,
    open: () => Promise.resolve(store),
    now: () => seconds * 1000,
    ...changes,
  });
}

async function keep(cache: EmbeddingCache, ...inputs: InputHash[]): Promise<void> {
  cache.keep(
    inputs.map((kept) => [kept, UNIT] as const),
    HOST,
    waitUntil,
  );
  await Promise.all(background);
}

beforeEach(() => {
  store = new FakeCache();
  seconds = 1_795_000_000;
  background = [];
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('embeddings that were kept', () => {
  it('are in the isolate at once, before the shared cache has them', async () => {
    const cache = openCache();
    store.fault = () => new Promise(() => undefined);
    cache.keep([[input(1), UNIT]], HOST, waitUntil);
    expect(cache.inIsolate(input(1))).toBe(UNIT);
    expect(store.bodies.size).toBe(0);
  });

  it('are found by another isolate, with their age, and are its own from then on', async () => {
    await keep(openCache(), input(1));
    seconds += 120;
    const other = openCache();
    expect(other.inIsolate(input(1))).toBeNull();
    expect(await other.shared([input(2), input(1)], HOST)).toEqual([
      null,
      { embedding: UNIT, ageSeconds: 120 },
    ]);
    expect(other.inIsolate(input(1))).toEqual(UNIT);
  });

  it('have no negative age where clocks differ', async () => {
    await keep(openCache(), input(1));
    seconds -= 3;
    expect(await openCache().shared([input(1)], HOST)).toEqual([{ embedding: UNIT, ageSeconds: 0 }]);
  });

  it('are found under the same encoder and kind only', async () => {
    await keep(openCache(), input(1, 'image'));
    const otherEncoder = openCache({ encoder: { ...ENCODER, fingerprint: 'e'.repeat(64) } });
    expect(await otherEncoder.shared([input(1, 'image')], HOST)).toEqual([null]);
    expect(await openCache().shared([input(1, 'text')], HOST)).toEqual([null]);
    expect(openCache().inIsolate(input(1, 'text'))).toBeNull();
  });

  it('stay in the isolate when that is asked for', async () => {
    const cache = openCache({ mode: 'isolate', open: () => Promise.reject(new Error('must not be opened')) });
    await keep(cache, input(1));
    expect(cache.inIsolate(input(1))).toBe(UNIT);
    expect(await cache.shared([input(2)], HOST)).toEqual([null]);
    expect(console.warn).not.toHaveBeenCalled();
  });

  it('may be kept by a shared cache for a week', async () => {
    await keep(openCache(), input(1));
    expect([...store.headers.values()].map((headers) => headers.get('cache-control'))).toEqual([
      'public, max-age=604800, immutable',
    ]);
  });
});

describe('a shared cache in trouble', () => {
  const many = Array.from({ length: 40 }, (_, i) => input(i));

  it.each([
    { name: 'truncated', damage: (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1) },
    { name: 'empty', damage: () => new Uint8Array(0) },
    { name: 'a page of HTML', damage: () => new TextEncoder().encode('<html>') },
    {
      name: 'changed',
      damage: (bytes: Uint8Array) => bytes.map((byte, i) => (i === 17 ? byte ^ 1 : byte)),
    },
  ])('misses a value that is $name, says so, and gives the others', async ({ damage }) => {
    await keep(openCache(), input(1), input(2));
    const [first] = store.bodies.keys();
    store.bodies.set(first, damage(store.bodies.get(first) ?? new Uint8Array(0)));
    const found = await openCache().shared([input(1), input(2)], HOST);
    expect(found).toEqual([null, { embedding: UNIT, ageSeconds: 0 }]);
    expect(console.warn).toHaveBeenCalledWith(
      'Shared embeddings: 1 of 2 could not be read:',
      expect.objectContaining({ code: 'STORAGE_FAILED' }),
    );
  });

  it('misses a vector that another dim was declared for', async () => {
    await keep(openCache(), input(1));
    const [[url, body]] = store.bodies;
    store.bodies.set(url.replace('/2/', '/3/'), body);
    expect(await openCache({ encoder: { ...ENCODER, dim: 3 } }).shared([input(1)], HOST)).toEqual([null]);
    expect(console.warn).toHaveBeenCalledOnce();
  });

  it('gives by the deadline what it has, and begins nothing after it', async () => {
    await keep(openCache(), ...many);
    let begun = 0;
    vi.useFakeTimers();
    store.fault = () => (++begun <= 6 ? undefined : new Promise((resolve) => setTimeout(resolve, 90)));
    const reading = openCache({ waitMs: 50 }).shared(many, HOST);
    await vi.advanceTimersByTimeAsync(50);
    const found = await reading;
    expect(found).toHaveLength(40);
    expect(found.filter((entry) => entry !== null)).toHaveLength(6);
    const before = begun;
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toBe(before);
  });

  it('leaves no timer behind when it was in time', async () => {
    vi.useFakeTimers();
    await openCache().shared([input(1)], HOST);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('misses everything when it cannot be opened or every call fails', async () => {
    const closed = openCache({ open: () => Promise.reject(new Error('No Cache was configured')) });
    expect(await closed.shared([input(1), input(2)], HOST)).toEqual([null, null]);
    await keep(closed, input(1));
    store.fault = () => Promise.reject(new Error('down'));
    expect(await openCache().shared(many, HOST)).toEqual(many.map(() => null));
    // One line a batch, not one a call.
    expect(console.warn).toHaveBeenCalledTimes(3);
  });

  it.each([[Float32Array.of(NaN, 1)], [Float32Array.of(0, 0)], [Float32Array.of(3, 4)]])(
    'keeps nothing of a batch with %o in it, which no encoder gives',
    (broken) => {
      const cache = openCache();
      const entries = [[input(1), UNIT] as const, [input(2), broken] as const];
      expect(() => cache.keep(entries, HOST, waitUntil)).toThrow(RangeError);
      expect(cache.inIsolate(input(1))).toBeNull();
      expect(background).toEqual([]);
    },
  );

  it('holds at most three calls open at a time', async () => {
    store.fault = () => new Promise((resolve) => setTimeout(resolve, 1));
    await keep(openCache(), ...many);
    await openCache().shared(many, HOST);
    expect(store.mostAtOnce).toBe(3);
  });
});
