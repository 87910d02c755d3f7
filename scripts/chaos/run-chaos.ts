import { readEmbeddedEncoder } from '../kv/deployment.ts';
import { createRandom } from '../../src/core/random.ts';
import { type Answered, type Verdict, checkAnswer } from './check-answer.ts';
import { type PooledQuery, makePool } from './query-pool.ts';
import type { ChaosOrder } from './worker/fault-plan.ts';

export interface ChaosOptions {
  /** Of all seeds together. */
  readonly queries: number;
  readonly seeds: readonly number[];
  readonly faults: number;
}

/** How often faults of a kind were met, and how their requests were answered. */
export interface ChaosRow {
  readonly name: string;
  requests: number;
  exact: number;
  partial: number;
  refused: number;
  wrong: number;
  malformed: number;
  readonly times: number[];
}

export interface ChaosRun {
  readonly all: ChaosRow;
  readonly bySeed: ReadonlyMap<string, ChaosRow>;
  readonly byQuery: ReadonlyMap<string, ChaosRow>;
  readonly byFault: ReadonlyMap<string, ChaosRow>;
  readonly faultCount: number;
  /** The first of what was wrong. */
  readonly problems: readonly string[];
}

/** Requests of one simulated isolate, whose caches they share. */
const ISOLATE_REQUESTS = 8;
const POOL = 180;
/** Isolates that run at the same time. */
const CONCURRENCY = 6;
/** One isolate in this many has no model at all. */
const OUTAGE_EVERY = 20;
/** Far beyond any deadline: what has not come by then never does. */
const HANGS_MS = 120_000;

const PLAIN: Omit<ChaosOrder, 'isolate' | 'textRoute' | 'stale' | 'seed'> = {
  isLast: false,
  rate: 0,
  isOutage: false,
};

/** Sends the queries of every seed through the faults, and checks each answer. */
export async function runChaos(
  origin: string,
  { queries, seeds, faults }: ChaosOptions,
  onAnswer: () => void,
): Promise<ChaosRun> {
  const encoder = await readEmbeddedEncoder();
  const tally = new Tally();
  const count = Math.ceil(queries / seeds.length);
  for (const seed of seeds) {
    const pool = await makePool(Math.min(POOL, count), seed, encoder);
    const oracles = await askOracles(origin, seed, pool);
    const random = createRandom(seed);
    const isolates = Array.from({ length: Math.ceil(count / ISOLATE_REQUESTS) }, (_, i) => ({
      name: String(i),
      textRoute: i % 2 === 0 ? ('worker' as const) : ('ai' as const),
      isOutage: i % OUTAGE_EVERY === OUTAGE_EVERY - 1,
      picks: Array.from({ length: Math.min(ISOLATE_REQUESTS, count - i * ISOLATE_REQUESTS) }, () =>
        random.nextInt(pool.length),
      ),
    }));
    await inParallel(isolates, CONCURRENCY, async ({ name, textRoute, isOutage, picks }) => {
      for (const [n, pick] of picks.entries()) {
        const order: ChaosOrder = {
          seed,
          isolate: name,
          isLast: n === picks.length - 1,
          rate: faults,
          stale: 'fault',
          textRoute,
          isOutage,
        };
        const asked = await ask(origin, pool[pick], order);
        const right = oracles[textRoute].map((answers) => answers[pick]);
        const verdict: Verdict =
          typeof asked === 'string' ? { kind: 'malformed', why: asked } : checkAnswer(asked, right);
        tally.add(seed, pool[pick], verdict, asked);
        onAnswer();
      }
    });
  }
  return tally;
}

type Asked = Answered & { readonly ms: number; readonly faults: readonly string[] };

/** The data of the right answers, by the place of the texts' encoder: as KV is, and as it was before the last change. */
async function askOracles(
  origin: string,
  seed: number,
  pool: readonly PooledQuery[],
): Promise<Record<ChaosOrder['textRoute'], unknown[][]>> {
  const answersOf = async (
    textRoute: ChaosOrder['textRoute'],
    stale: ChaosOrder['stale'],
  ): Promise<unknown[]> => {
    const order: ChaosOrder = { ...PLAIN, seed, isolate: `oracle ${textRoute} ${stale}`, textRoute, stale };
    const answers: unknown[] = [];
    for (const query of pool) answers.push(await askOracle(origin, query, order));
    return answers;
  };
  const both = async (textRoute: ChaosOrder['textRoute']): Promise<unknown[][]> => [
    await answersOf(textRoute, 'never'),
    await answersOf(textRoute, 'always'),
  ];
  return { worker: await both('worker'), ai: await both('ai') };
}

/** On a busy machine a deadline may pass without any fault: such an answer is no oracle. */
const FAULT_CODE = /"code":"(ENCODER|STORAGE)_/;
const ORACLE_TRIES = 10;

async function askOracle(origin: string, query: PooledQuery, order: ChaosOrder): Promise<unknown> {
  let told = '';
  for (let tries = 0; tries < ORACLE_TRIES; tries++) {
    const asked = await ask(origin, query, order);
    told = typeof asked === 'string' ? asked : asked.body;
    const { data, errors } =
      typeof asked === 'string' ? {} : (JSON.parse(told) as { data?: unknown; errors?: unknown });
    if (errors === undefined && data !== undefined && !FAULT_CODE.test(told)) return data;
  }
  throw new Error(`no right answer to ${query.kind}: ${told.slice(0, 500)}`);
}

/** A text: why there was no answer. */
async function ask(
  origin: string,
  { query, variables }: PooledQuery,
  order: ChaosOrder,
): Promise<Asked | string> {
  const started = performance.now();
  try {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        'x-chaos': JSON.stringify(order),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(HANGS_MS),
    });
    const body = await response.text();
    const faults = (response.headers.get('x-chaos-faults') ?? '').split(',').filter(Boolean);
    const contentType = response.headers.get('content-type') ?? 'none';
    return { status: response.status, contentType, body, ms: performance.now() - started, faults };
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
}

class Tally implements ChaosRun {
  readonly all = newRow('all');
  readonly bySeed = new Map<string, ChaosRow>();
  readonly byQuery = new Map<string, ChaosRow>();
  readonly byFault = new Map<string, ChaosRow>();
  readonly problems: string[] = [];
  faultCount = 0;

  add(seed: number, { kind }: PooledQuery, verdict: Verdict, asked: Asked | string): void {
    const faults = typeof asked === 'string' ? [] : asked.faults;
    this.faultCount += faults.length;
    const rows = [
      this.all,
      rowOf(this.bySeed, `seed ${seed}`),
      rowOf(this.byQuery, kind),
      ...(faults.length === 0 ? ['none'] : [...new Set(faults)]).map((fault) => rowOf(this.byFault, fault)),
    ];
    for (const row of rows) {
      row.requests++;
      row[verdict.kind]++;
      if (typeof asked !== 'string') row.times.push(asked.ms);
    }
    if ('why' in verdict)
      this.problems.push(`seed ${seed}, ${kind}, faults ${faults.join(' ')}: ${verdict.why}`);
  }
}

function rowOf(rows: Map<string, ChaosRow>, name: string): ChaosRow {
  const row = rows.get(name) ?? newRow(name);
  rows.set(name, row);
  return row;
}

function newRow(name: string): ChaosRow {
  return { name, requests: 0, exact: 0, partial: 0, refused: 0, wrong: 0, malformed: 0, times: [] };
}

async function inParallel<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const pending = [...items];
  const worker = async (): Promise<void> => {
    for (let item = pending.shift(); item !== undefined; item = pending.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
