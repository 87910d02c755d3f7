import type { Cells } from './markdown.ts';
import type { Meter, Usage } from './prices.ts';
import {
  CORPUS_BYTES,
  MAX_VALUE_BYTES,
  addUsage,
  corpusUsage,
  marginalCost,
  meterCost,
  monthlyBill,
  requestUsage,
  scanMs,
  vectorizeUsage,
} from './prices.ts';

/** What the tables are computed from; times are CPU in the Worker. */
export interface CostInputs {
  /** A month. */
  readonly requests: number;
  readonly vectors: number;
  readonly dim: number;
  readonly k: number;
  /** Of a packed vector of k: int8 and a scale. */
  readonly compactBytes: number;
  readonly requestCpuMs: number;
  readonly textCpuMs: number;
  readonly maskedMatrixCpuMs: number;
  readonly fullMatrixCpuMs: number;
  readonly scanGbPerSecond: number;
  readonly blockBytes: number;
  readonly searchesPerIsolate: number;
  /** Values of ids and metadata that one page of results lies in. */
  readonly itemReads: number;
  readonly rerankReads: number;
}

export const DEFAULT_INPUTS: CostInputs = {
  requests: 1_000_000,
  vectors: 1_000_000,
  dim: 512,
  k: 50,
  compactBytes: 54,
  requestCpuMs: 0.23,
  textCpuMs: 12,
  maskedMatrixCpuMs: 5.5,
  fullMatrixCpuMs: 6.4,
  scanGbPerSecond: 13,
  blockBytes: 4 * 2 ** 20,
  searchesPerIsolate: 1_000,
  itemReads: 5,
  rerankReads: 9,
};

/** Beside a full vector of int8: its scale, and where it is scanned the factor of its score. */
const SCALE_BYTES = 4;
const FACTOR_BYTES = 4;
/** As `npm run -s index` writes them: full vectors to re-rank by, ids and metadata. */
const CHUNK_BYTES = 64 * 2 ** 10;
const ITEMS_PER_PAGE = 1024;

/** Requests that score: what each kind costs beyond the allowances, and as the only ones of a month. */
export function requestTable(inputs: CostInputs): Cells {
  const { requests, dim, k, requestCpuMs, textCpuMs, maskedMatrixCpuMs, fullMatrixCpuMs } = inputs;
  const kinds: [string, Parameters<typeof requestUsage>[1]][] = [
    ['align, both sides given or cached in the isolate', { cpuMs: requestCpuMs }],
    ['align, both sides from a cache in KV', { cpuMs: requestCpuMs, kvReads: 2 }],
    ['align, text encoded, cached nowhere', { cpuMs: requestCpuMs + textCpuMs }],
    ['align, text encoded, then cached in KV', { cpuMs: requestCpuMs + textCpuMs, kvReads: 1, kvWrites: 1 }],
    [`alignMatrix 100×100, k = ${k} of ${dim}`, { cpuMs: requestCpuMs + maskedMatrixCpuMs }],
    [`alignMatrix 100×100, all ${dim}`, { cpuMs: requestCpuMs + fullMatrixCpuMs }],
  ];
  return [
    ['request', 'CPU ms', 'requests', 'CPU', 'KV reads', 'KV writes', 'total', 'month alone'],
    ...kinds.map(([name, per]) => {
      const usage = requestUsage(requests, per);
      return [
        name,
        figure(per.cpuMs),
        ...costCells(usage, ['requests', 'cpuMs', 'kvReads', 'kvWrites']),
        dollars(marginalCost(usage)),
        dollars(monthlyBill(usage)),
      ];
    }),
  ];
}

interface Plan {
  readonly name: string;
  readonly bytes: number | null;
  readonly cpuMs: number;
  readonly usage: Usage;
}

/** Searches of one corpus in every form it may take, storage included. */
export function searchTable(inputs: CostInputs): Cells {
  const { dim, k, vectors, compactBytes } = inputs;
  const plans: Plan[] = [
    scanPlan(inputs, `k = ${k}, int8`, compactBytes, 0),
    rerankPlan(inputs),
    scanPlan(inputs, `all ${dim}, int8`, dim + SCALE_BYTES + FACTOR_BYTES, 0),
    scanPlan(inputs, `all ${dim}, float32`, 4 * dim, 0),
    vectorizePlan(inputs, k),
    vectorizePlan(inputs, dim),
    vectorizeEnginePlan(inputs),
  ];
  const meters: Meter[] = [
    'requests',
    'cpuMs',
    'kvReads',
    'kvStoredGb',
    'queriedDimensions',
    'storedDimensions',
  ];
  return [
    [
      'corpus',
      'GB',
      'CPU ms',
      'requests',
      'CPU',
      'KV reads',
      'KV stored',
      'queried',
      'stored',
      'total',
      'month alone',
      'written once',
    ],
    ...plans.map(({ name, bytes, cpuMs, usage }) => {
      const { kvWrites = 0, ...monthly } = usage;
      return [
        name,
        bytes === null ? '-' : figure((bytes * vectors) / 1e9),
        figure(cpuMs),
        ...costCells(monthly, meters),
        dollars(marginalCost(monthly)),
        dollars(monthlyBill(monthly)),
        dollars(meterCost('kvWrites', kvWrites)),
      ];
    }),
  ];
}

/** Blocks are read once an isolate where all of them fit its memory, else by every search, in values as large as may be. */
function scanPlan(inputs: CostInputs, name: string, bytes: number, moreReads: number): Plan {
  const { requests, vectors, requestCpuMs, scanGbPerSecond, searchesPerIsolate, itemReads } = inputs;
  const fits = vectors * bytes < CORPUS_BYTES;
  const blockBytes = fits ? inputs.blockBytes : MAX_VALUE_BYTES;
  const corpus = corpusUsage(vectors, bytes, blockBytes);
  const blocks = corpus.kvWrites ?? 0;
  const pages = { kvWrites: Math.ceil(vectors / ITEMS_PER_PAGE) };
  const cpuMs = requestCpuMs + scanMs(vectors, bytes, scanGbPerSecond);
  const kvReads = (fits ? blocks / searchesPerIsolate : blocks) + itemReads + moreReads;
  return { name, bytes, cpuMs, usage: addUsage(requestUsage(requests, { cpuMs, kvReads }), corpus, pages) };
}

function rerankPlan(inputs: CostInputs): Plan {
  const { vectors, dim, k, compactBytes, rerankReads } = inputs;
  const scan = scanPlan(inputs, `k = ${k}, int8, best re-ranked by all ${dim}`, compactBytes, rerankReads);
  const kept = dim + SCALE_BYTES;
  return {
    ...scan,
    bytes: compactBytes + kept,
    usage: addUsage(scan.usage, corpusUsage(vectors, kept, CHUNK_BYTES)),
  };
}

function vectorizePlan({ requests, vectors, requestCpuMs }: CostInputs, dim: number): Plan {
  return {
    name: `Vectorize, ${dim} dimensions`,
    bytes: null,
    cpuMs: requestCpuMs,
    usage: addUsage(requestUsage(requests, { cpuMs: requestCpuMs }), vectorizeUsage(vectors, dim, requests)),
  };
}

/** A corpus behind the engine `vectorize`: its neighbours, re-ranked by full vectors of KV, which keeps all that it keeps without an engine. */
function vectorizeEnginePlan(inputs: CostInputs): Plan {
  const { requests, vectors, dim, k, compactBytes, requestCpuMs, itemReads, rerankReads } = inputs;
  const kept = dim + SCALE_BYTES;
  return {
    name: `Vectorize, ${k} dimensions, best re-ranked by all ${dim}`,
    bytes: compactBytes + kept,
    cpuMs: requestCpuMs,
    usage: addUsage(
      requestUsage(requests, { cpuMs: requestCpuMs, kvReads: itemReads + rerankReads }),
      corpusUsage(vectors, compactBytes, inputs.blockBytes),
      corpusUsage(vectors, kept, CHUNK_BYTES),
      { kvWrites: Math.ceil(vectors / ITEMS_PER_PAGE) },
      vectorizeUsage(vectors, k, requests),
    ),
  };
}

function costCells(usage: Usage, meters: readonly Meter[]): string[] {
  return meters.map((meter) => dollars(meterCost(meter, usage[meter] ?? 0)));
}

/** To the cent, or to a tenth of it below ten cents. */
function dollars(amount: number): string {
  if (amount === 0) return '-';
  return amount < 0.0005 ? '<0.001' : amount.toFixed(amount < 0.1 ? 3 : 2);
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
