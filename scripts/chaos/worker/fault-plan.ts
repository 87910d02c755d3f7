/** What the command asks of the Worker with every request, as JSON in the header x-chaos. */
export interface ChaosOrder {
  readonly seed: number;
  /** Requests of one isolate share its caches; the command sends them one after the other. */
  readonly isolate: string;
  /** The last request of its isolate. */
  readonly isLast: boolean;
  /** Share of the calls of a binding that go wrong, 0 to 1. */
  readonly rate: number;
  /** Values as they stood before the last change: never, in every read, or as one of the faults. */
  readonly stale: 'never' | 'always' | 'fault';
  readonly textRoute: 'worker' | 'ai';
  /** The model is away: every one of its calls goes wrong. */
  readonly isOutage: boolean;
  /** Which of the old values `stale` gives, where there are several of a key: those under the key, a blank and this. */
  readonly version?: string;
  /** In place of `rate`: one fault at every call of a binding, or of those whose name holds `calls`; nothing else goes wrong. */
  readonly only?: { readonly binding: string; readonly kind: string; readonly calls?: string };
  /** Variables and bindings in place of the Worker's; null: it has none. */
  readonly vars?: Readonly<Record<string, string | null>>;
}

/** Kinds of fault with their weights. */
export type FaultWeights<Kind extends string> = Readonly<Record<Kind, number>>;

/** The faults of one isolate. The n-th call of the same kind has the same fate in every run with the same seed. */
export class FaultPlan {
  /** The faults so far, as `binding:kind`. */
  readonly log: string[] = [];
  readonly order: ChaosOrder;
  readonly #calls = new Map<string, number>();

  constructor(order: ChaosOrder) {
    this.order = order;
  }

  /**
   * The fate of the next call.
   * @param call names the binding and what is asked of it; calls of the same name are counted
   * @returns null: it goes well
   */
  next<Kind extends string>(
    binding: string,
    call: string,
    weights: FaultWeights<Kind>,
    rate = this.order.rate,
  ): { readonly kind: Kind; readonly chance: number } | null {
    const { only } = this.order;
    if (only !== undefined) {
      const isMeant = only.binding === binding && only.kind in weights && call.includes(only.calls ?? '');
      return isMeant ? { kind: only.kind as Kind, chance: 0.5 } : null;
    }
    const name = `${binding} ${call}`;
    const count = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, count);
    const place = `${this.order.seed} ${this.order.isolate} ${name} ${count}`;
    if (chanceOf(`${place} goes wrong`) >= rate) return null;
    const kind = pick(weights, chanceOf(`${place} kind`));
    this.log.push(`${binding}:${kind}`);
    return { kind, chance: chanceOf(`${place} how`) };
  }
}

function pick<Kind extends string>(weights: FaultWeights<Kind>, chance: number): Kind {
  const kinds = Object.keys(weights) as Kind[];
  const total = kinds.reduce((sum, kind) => sum + weights[kind], 0);
  let left = chance * total;
  return kinds.find((kind) => (left -= weights[kind]) < 0) ?? kinds[0];
}

/** In [0, 1), by the text alone: FNV-1a with a final mix (MurmurHash3's). */
function chanceOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const never = (): Promise<never> => new Promise(() => undefined);
