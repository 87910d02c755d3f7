import { type FaultPlan, type FaultWeights, never, pause } from './fault-plan.ts';
import { stream } from './faulty-ai.ts';

/** The part of a namespace that the Worker reads by. */
export interface Kv {
  get(key: string, options?: { type: string }): Promise<unknown>;
  getWithMetadata(key: string, options: { type: string }): Promise<{ value: unknown; metadata: unknown }>;
  list(options: object): Promise<{ keys: readonly object[]; list_complete: boolean }>;
}

type KvFault =
  | 'fails'
  | 'absent'
  | 'slow'
  | 'no-answer'
  | 'stale'
  | 'truncated'
  | 'bit-flipped'
  | 'digit-changed'
  | 'swapped'
  | 'stream-breaks'
  | 'stream-hangs';

const WEIGHTS: FaultWeights<KvFault> = {
  fails: 4,
  absent: 2,
  slow: 4,
  'no-answer': 0.5,
  stale: 4,
  truncated: 3,
  'bit-flipped': 3,
  'digit-changed': 3,
  swapped: 3,
  'stream-breaks': 1,
  'stream-hangs': 0.2,
};
const LIST_WEIGHTS: FaultWeights<'fails' | 'slow' | 'no-answer'> = { fails: 4, slow: 4, 'no-answer': 0.5 };

/** Values as they stood before the last change, base64 by key. */
export type OldValues = Readonly<Record<string, string>>;

interface Found {
  readonly value: Uint8Array | null;
  readonly metadata: unknown;
}

/** A KV namespace with its faults, at its contract: what is read, never what is stored. */
export function faultyKv(real: Kv, binding: string, old: OldValues, plan: FaultPlan): Kv {
  async function read(key: string): Promise<Found> {
    const { value, metadata } = await real.getWithMetadata(key, { type: 'arrayBuffer' });
    return { value: value instanceof ArrayBuffer ? new Uint8Array(value) : null, metadata };
  }

  function before(key: string, now: Found): Found {
    const { version } = plan.order;
    const bytes = old[version === undefined ? key : `${key} ${version}`];
    return bytes === undefined
      ? now
      : { ...now, value: Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)) };
  }

  /** The value of another key of the same kind, as large as this one where there is such. */
  async function ofAnother(key: string, chance: number, { value, metadata }: Found): Promise<Found> {
    const prefix = key.slice(0, key.lastIndexOf(':', key.length - 3) + 1).replace(/[0-9a-f]{64}:$/, '');
    const part = /:(vectors|fields|items:\d+|full:\d+|thumbnails:\d+)$/.exec(key)?.[0] ?? '';
    const { keys } = await real.list({ prefix });
    const names = keys
      .map((entry) => (entry as { name: string }).name)
      .filter((name) => name !== key && name.endsWith(part));
    if (names.length === 0) return { value, metadata };
    return read(names[Math.floor(chance * names.length)]);
  }

  async function fetchValue(key: string): Promise<{ found: Found; end: 'ends' | 'breaks' | 'hangs' }> {
    const fault = plan.next(binding, key, WEIGHTS);
    if (fault?.kind === 'no-answer') return never();
    if (fault?.kind === 'fails') throw new Error('KV GET failed: 500 Internal Server Error');
    if (fault?.kind === 'slow') await pause(20 + fault.chance * 480);
    const now = await read(key);
    const end =
      fault?.kind === 'stream-breaks' ? 'breaks' : fault?.kind === 'stream-hangs' ? 'hangs' : 'ends';
    if (plan.order.stale === 'always') return { found: before(key, now), end };
    if (fault === null || now.value === null) return { found: now, end };
    const { chance, kind } = fault;
    if (kind === 'absent') return { found: { value: null, metadata: null }, end };
    if (kind === 'stale') return { found: before(key, now), end };
    if (kind === 'swapped') return { found: await ofAnother(key, chance, now), end };
    return { found: { ...now, value: spoil(now.value, kind, chance) }, end };
  }

  return {
    async get(key, { type } = { type: 'text' }) {
      const { found, end } = await fetchValue(key);
      return as(type, found.value, end);
    },
    async getWithMetadata(key, { type }) {
      const { found, end } = await fetchValue(key);
      return { value: await as(type, found.value, end), metadata: found.metadata };
    },
    async list(options) {
      const fault = plan.next(binding, 'list', LIST_WEIGHTS);
      if (fault?.kind === 'no-answer') return never();
      if (fault?.kind === 'fails') throw new Error('KV LIST failed: 500 Internal Server Error');
      if (fault?.kind === 'slow') await pause(20 + fault.chance * 480);
      return real.list(options);
    },
  };
}

function spoil(value: Uint8Array, kind: KvFault, chance: number): Uint8Array {
  const copy = value.slice();
  const at = Math.floor(chance * copy.length);
  if (kind === 'truncated') return copy.slice(0, at);
  if (kind === 'bit-flipped') copy[at] ^= 1 << (at % 8);
  if (kind === 'digit-changed') {
    const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
    const places = Array.from(copy.keys()).filter((place) => isDigit(copy[place]));
    const place = places[Math.floor(chance * places.length)];
    if (place !== undefined) copy[place] = 0x30 + ((copy[place] - 0x30 + 1 + (at % 9)) % 10);
  }
  return copy;
}

/** As a namespace gives it. What breaks off does so for whoever reads it as a whole, too. */
async function as(
  type: string,
  value: Uint8Array | null,
  end: 'ends' | 'breaks' | 'hangs',
): Promise<unknown> {
  if (value === null) return null;
  if (type === 'stream') return stream(value, end);
  if (end === 'hangs') return never();
  if (end === 'breaks') throw new Error('Network connection lost.');
  if (type === 'text') return new TextDecoder().decode(value);
  if (type === 'json') return JSON.parse(new TextDecoder().decode(value)) as unknown;
  return value.slice().buffer;
}
