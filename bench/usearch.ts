import { createRequire } from 'node:module';

/** As much of npm's `usearch` as is asked of it here. */
export interface Usearch {
  readonly MetricKind: { readonly IP: string };
  /** Distances of the inner product are 1 - product. */
  exactSearch(
    dataset: Int8Array,
    query: Int8Array,
    dim: number,
    count: number,
    metric: string,
    threads: number,
  ): { readonly keys: BigUint64Array; readonly distances: Float32Array };
}

/** @returns null, with a notice, where it has no binary for this machine */
export function loadUsearch(tell: (line: string) => void): Usearch | null {
  try {
    // Its entry for `import` of 2.26 does not resolve its own parts.
    const usearch: unknown = createRequire(import.meta.url)('usearch');
    if (!isUsearch(usearch)) throw new Error('expected exactSearch and MetricKind in usearch');
    return usearch;
  } catch (error) {
    tell(`usearch left out (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`);
    return null;
  }
}

function isUsearch(value: unknown): value is Usearch {
  return typeof value === 'object' && value !== null && 'exactSearch' in value && 'MetricKind' in value;
}
