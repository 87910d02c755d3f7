import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../src/core/random.ts';
import type { SelectionModel } from '../src/core/scoring/selection-model.ts';
import type { SelectionRecord } from '../src/format/selection-record.ts';
import { type Priced, fitOf } from './cost/fit.ts';
import { heldOutQueries } from './cost/held-out.ts';
import { type CostQuery, costQueries } from './cost/queries.ts';
import { type BenchRow, type Spread, limitRow, spreadOf } from './measure.ts';
import { buildWorker } from './workerd/build-worker.ts';
import { type Client, type RawAnswer, openClient } from './workerd/client.ts';
import { corpusRecord, writeCorpusFolder } from './workerd/corpus-folder.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { PLATT_CALIBRATOR } from './workerd/platt-calibrator.ts';
import { entriesOf } from './workerd/score-requests.ts';
import { type RunningWorkerd, startWorkerd } from './workerd/start-workerd.ts';

const ROUNDS = 5;
/** CPU of one query and round, at least, where one request takes less. */
const ROUND_MS = 60;
const MAX_REQUESTS = 200;
const K = 50;
/** How much more than it says a query may cost. */
const MOST_TIMES = 3;
const LEAST_SPEARMAN = 0.9;

interface Measured {
  readonly query: CostQuery;
  readonly declared: number;
  readonly cpuMs: Spread;
}

/**
 * CPU of forty queries, and of thirteen that no cost was fitted to, against the cost that they are declared to have: of the whole Worker, with the embedded encoder behind its AI
 * binding, two corpora, and nothing kept from one request to the next.
 */
export async function benchCost(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-cost-'));
  try {
    const own = ownEncoder();
    const corpora = join(folder, 'corpora');
    mkdirSync(corpora);
    await writeCorpusFolder(corpora, { name: 'small', count: 10_000, plan: 'full', rerank: 0 });
    await writeCorpusFolder(corpora, { name: 'large', count: 200_000, plan: 'compact', rerank: 0 });
    const workerd = await startWorkerd({
      worker: buildWorker(folder),
      encoder: buildWorker(folder, { config: 'wrangler.encoder.toml' }),
      entries: { ...(await entriesOf(recordOf(own))), ...(await entriesOf(corpusRecord(), 'corpora')) },
      corpora,
      vars: VARS,
    });
    try {
      const queries = costQueries(own);
      const measured = await measureAll(workerd, [...queries, ...heldOutQueries(own)], tell);
      return rowsOf(measured.slice(0, queries.length), measured.slice(queries.length));
    } finally {
      await workerd.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const VARS = {
  AUTH: 'open',
  AI_MAX_IMAGES: '16',
  MAX_IMAGE_PIXELS: '2500000',
  CORPUS_MEMORY_MIB: '64',
  EMBEDDING_CACHE: 'off',
  MAX_COST: '1000000',
  REQUEST_LOG: 'off',
};

interface OwnEncoder {
  readonly id: string;
  readonly dim: number;
  readonly fingerprint: string;
}

function ownEncoder(): OwnEncoder {
  return JSON.parse(
    readFileSync(new URL('../models/tiny-clip/encoder.json', import.meta.url), 'utf8'),
  ) as OwnEncoder;
}

/** A mask of 50 coordinates with its relevance, as `precompute` makes one. */
function recordOf({ id, fingerprint, dim }: OwnEncoder): SelectionRecord {
  const random = createRandom(5);
  const mean = Float32Array.from({ length: dim }, () => random.nextGaussian() / 100);
  const model: SelectionModel = {
    dim,
    k: K,
    imageMean: mean,
    textMean: mean,
    projection: { kind: 'mask', indices: Uint32Array.from({ length: K }, (_, i) => i * 5) },
    fusion: { kind: 'identity' },
    calibrator: PLATT_CALIBRATOR,
  };
  return {
    encoder: { id, fingerprint },
    strategy: 'mutual-information',
    params: { neighbours: 3 },
    model,
    relevance: Float32Array.from({ length: dim }, () => random.next()),
    metrics: { auc: 0.9 },
    seed: 0,
  };
}

/** Every query in every round, so that a noisy minute of the machine falls on all. */
async function measureAll(
  workerd: RunningWorkerd,
  queries: readonly CostQuery[],
  tell: (line: string) => void,
): Promise<Measured[]> {
  const client = openClient(workerd.url);
  try {
    const costs = queries.map(() => new Array<number>());
    const declared: number[] = [];
    const requests: number[] = [];
    for (const [i, query] of queries.entries()) {
      declared[i] = declaredOf(query, await client.post(JSON.stringify(query.call(0))));
      const cpuMs = await cpuOf(workerd, client, query, { from: 1, count: 2 });
      requests[i] = Math.max(1, Math.min(MAX_REQUESTS, Math.ceil(ROUND_MS / cpuMs)));
    }
    for (let round = 0; round < ROUNDS; round++) {
      tell(`cost: round ${round + 1} of ${ROUNDS}`);
      for (const [i, query] of queries.entries()) {
        const from = 10 + round * MAX_REQUESTS;
        costs[i].push(await cpuOf(workerd, client, query, { from, count: requests[i] }));
      }
    }
    return queries.map((query, i) => ({ query, declared: declared[i], cpuMs: spreadOf(costs[i]) }));
  } finally {
    client.close();
  }
}

/** CPU milliseconds a request. */
async function cpuOf(
  { pid }: RunningWorkerd,
  client: Client,
  query: CostQuery,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<number> {
  const bodies = Array.from({ length: count }, (_, i) => JSON.stringify(query.call(from + i)));
  const before = cpuMicroseconds(pid);
  for (const body of bodies) await client.post(body);
  return (cpuMicroseconds(pid) - before) / 1000 / count;
}

/** @throws Error unless the answer is data alone, without an error of an item: a refusal costs little */
function declaredOf({ name }: CostQuery, { status, text }: RawAnswer): number {
  const answer = JSON.parse(text) as {
    readonly errors?: unknown;
    readonly extensions?: { readonly cost?: { readonly asked: number } };
  };
  const asked = answer.extensions?.cost?.asked;
  if (status !== 200 || answer.errors !== undefined || asked === undefined || /"code":"/.test(text)) {
    throw new Error(`${name}: expected an answer without errors and its cost, got ${text.slice(0, 300)}`);
  }
  return asked;
}

/** @param heldOut judged by the unit that fits the others */
function rowsOf(measured: readonly Measured[], heldOut: readonly Measured[]): BenchRow[] {
  const { msPerUnit, spearman } = fitOf(measured.map(pricedOf));
  return [
    ...[...measured, ...heldOut].map(({ query, declared, cpuMs }): BenchRow => {
      const says = declared * msPerUnit;
      const most = MOST_TIMES * says;
      return {
        name: `${query.name}, ${declared} units`,
        metric: 'CPU time',
        unit: 'ms',
        ours: cpuMs,
        rival: { name: 'declared', median: says, min: says, max: says },
        ratio: says / cpuMs.median,
        target: 1 / MOST_TIMES,
        met: cpuMs.median <= most,
      };
    }),
    limitRow('forty queries, a unit of cost', 'CPU time', 'ms', once(msPerUnit), null),
    ...summaryRows('forty queries', measured, msPerUnit, spearman),
    ...summaryRows('thirteen held out', heldOut, msPerUnit, fitOf(heldOut.map(pricedOf)).spearman),
  ];
}

function pricedOf({ query, declared, cpuMs }: Measured): Priced {
  return { name: query.name, declared, measured: cpuMs.median };
}

function summaryRows(
  what: string,
  measured: readonly Measured[],
  msPerUnit: number,
  spearman: number,
): BenchRow[] {
  const times = measured.map(({ declared, cpuMs }) => cpuMs.median / declared / msPerUnit);
  return [
    limitRow(
      `${what}, dearest for what it says`,
      'measured over declared',
      'times',
      once(Math.max(...times)),
      MOST_TIMES,
    ),
    {
      ...limitRow(`${what}, declared and measured`, 'Spearman', '', once(spearman), null),
      target: LEAST_SPEARMAN,
      met: spearman >= LEAST_SPEARMAN,
    },
  ];
}

function once(value: number): Spread {
  return { median: value, min: value, max: value };
}
