/**
 * Cloudflare's public price list for the paid plan, in US dollars, read on 2026-11-25 from stored copies of
 * https://developers.cloudflare.com/workers/platform/pricing/ (Workers, KV) and
 * https://developers.cloudflare.com/vectorize/platform/pricing/. An account's allowances are shared by all that it runs.
 */
export const PRICES = {
  requests: { included: 10e6, each: 0.3 / 1e6 },
  cpuMs: { included: 30e6, each: 0.02 / 1e6 },
  kvReads: { included: 10e6, each: 0.5 / 1e6 },
  kvWrites: { included: 1e6, each: 5 / 1e6 },
  kvStoredGb: { included: 1, each: 0.5 },
  queriedDimensions: { included: 50e6, each: 0.01 / 1e6 },
  storedDimensions: { included: 10e6, each: 0.05 / 100e6 },
} as const;

/** The paid plan, a month. */
export const BASE_PRICE = 5;

export type Meter = keyof typeof PRICES;

/** What one month used; what is left out is zero. */
export type Usage = Readonly<Partial<Record<Meter, number>>>;

/** KV's limit of one value. */
export const MAX_VALUE_BYTES = 25 * 2 ** 20;

/** Of an isolate's 128 MB what a Worker gives to corpora at most, where texts are encoded behind `AI`: CORPUS_MEMORY_MIB = 64. */
export const CORPUS_BYTES = 64 * 2 ** 20;

/** Dollars of one meter beyond all allowances: what more of the same costs. */
export function meterCost(meter: Meter, amount: number): number {
  return amount * PRICES[meter].each;
}

/** Dollars beyond all allowances. */
export function marginalCost(usage: Usage): number {
  return sumOverMeters(usage, meterCost);
}

/** A month's bill of an account that runs nothing else: base price, and what exceeds the allowances. */
export function monthlyBill(usage: Usage): number {
  return BASE_PRICE + sumOverMeters(usage, billedCost);
}

function billedCost(meter: Meter, amount: number): number {
  return meterCost(meter, Math.max(0, amount - PRICES[meter].included));
}

function sumOverMeters(usage: Usage, cost: (meter: Meter, amount: number) => number): number {
  const meters = Object.keys(usage) as Meter[];
  return meters.reduce((sum, meter) => sum + cost(meter, usage[meter] ?? 0), 0);
}

/** @param per of one request */
export function requestUsage(
  requests: number,
  per: { readonly cpuMs: number; readonly kvReads?: number; readonly kvWrites?: number },
): Usage {
  return {
    requests,
    cpuMs: requests * per.cpuMs,
    kvReads: requests * (per.kvReads ?? 0),
    kvWrites: requests * (per.kvWrites ?? 0),
  };
}

/** What a corpus packed into blocks takes of KV: stored all month, written once. */
export function corpusUsage(vectors: number, bytesPerVector: number, blockBytes: number): Usage {
  const bytes = vectors * bytesPerVector;
  return { kvStoredGb: bytes / 1e9, kvWrites: Math.ceil(bytes / blockBytes) };
}

/** Milliseconds of CPU that reading every vector once takes. */
export function scanMs(vectors: number, bytesPerVector: number, gbPerSecond: number): number {
  return (vectors * bytesPerVector) / (gbPerSecond * 1e6);
}

/**
 * Vectorize bills the dimensions stored, and as queried those of the queries and of the stored vectors, once a month. A
 * query comes from a Worker, whose request and CPU are not in here.
 */
export function vectorizeUsage(vectors: number, dim: number, queries: number): Usage {
  return { queriedDimensions: (queries + vectors) * dim, storedDimensions: vectors * dim };
}

/** Of several usages in one month. */
export function addUsage(...usages: readonly Usage[]): Usage {
  const meters = [...new Set(usages.flatMap((usage) => Object.keys(usage) as Meter[]))];
  return Object.fromEntries(
    meters.map((meter) => [meter, usages.reduce((sum, usage) => sum + (usage[meter] ?? 0), 0)]),
  );
}
