import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CORPORA,
  ENCODER,
  type RecordSize,
  SELECTIONS,
  selectionName,
  tenantEntries,
} from './made-tenants.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { type BuiltWorker, buildWorker } from './workerd/build-worker.ts';
import { type Client, type GraphqlCall, dataOf, openClient } from './workerd/client.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { memoryOf } from './workerd/process-memory.ts';
import { type KvEntry, startWorkerd } from './workerd/start-workerd.ts';

/** 107 KB a record: a hundred fit the isolate's 32 MiB three times. 498 KB: two in three fit. */
const SIZES = {
  '107 KB': { dim: 512, k: 50 },
  '498 KB': { dim: 768, k: 160 },
} as const satisfies Record<string, RecordSize>;
type Size = keyof typeof SIZES;

/** Rounds over all records before those that count: which stay has settled. */
const SETTLING = 8;
const ROUNDS = 6;
/** A list of corpora is a second old at most. */
const STALE_MS = 1_500;
/** What one read of a record that the isolate has not read may take: its name, and its bytes. */
const COLD_GETS = 2;
/** Of a hundred records, of which two in three fit: a third and a half of it. */
const ROTATION_GETS = 0.5;
/** Above idle, with a hundred records in rotation: 32 MiB of records, 4 of what lists tell of them, and as much again of garbage. */
const MOST_MEGABYTES = 72;

const MEMORY_ROUNDS = 3;
const COLLECT_EVERY = 4;

/** What requests have cost, a request. */
interface Cost {
  readonly gets: number;
  readonly lists: number;
  readonly cpuMs: number;
  readonly answerKilobytes: number;
}

/**
 * A hundred selections and a thousand corpora of ten owners in one deployment, in raw workerd: what it takes to read a record cold
 * and warm, to score by all in turn, and to list. KV is in the same process, so that its CPU counts too. Linux only.
 */
export async function benchTenants(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-tenants-'));
  try {
    const worker = buildWorker(folder, { entry: 'bench/workerd/workers/counted.js' });
    const rows: BenchRow[] = [];
    for (const size of Object.keys(SIZES) as Size[]) rows.push(...(await measure(worker, size, tell)));
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(worker: BuiltWorker, size: Size, tell: (line: string) => void): Promise<BenchRow[]> {
  const entries = await tenantEntries(SIZES[size]);
  const ofRecords = `${SELECTIONS} selections of ${size}`;
  const all = Array.from({ length: SELECTIONS }, (_, i) => alignBy(selectionName(i), SIZES[size].dim));
  const rows: BenchRow[] = [];
  const note = (what: string, costs: readonly Cost[], most: Partial<Cost> = {}): void => {
    rows.push(...rowsOf(what, costs, most));
    tell(`tenants: ${what}`);
  };
  await withTenants(worker, entries, async (running) => {
    const costOf = (calls: readonly GraphqlCall[]): Promise<Cost> => costOfCalls(calls, running);
    note(`score by each of ${ofRecords}, the first time`, [await costOf(all)], { gets: COLD_GETS });
    for (let i = 0; i < SETTLING; i++) await costOf(all);
    const rounds: Cost[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await costOf(all));
    note(`score by each of ${ofRecords} in turn`, rounds, { gets: size === '107 KB' ? 0 : ROTATION_GETS });
    const listed = call('{ selections { name id k dim strategy encoder fusion createdAt } }');
    const listCosts = [await costOf([listed]), await costOf([listed]), await costOf([listed])];
    note(`list ${ofRecords}`, listCosts, { gets: SELECTIONS });
    if (size === '107 KB') await measureCorpora(costOf, note);
  });
  await withTenants(worker, entries, async (running) => {
    const held = spreadOf([await heldMegabytes(all, running)]);
    rows.push(limitRow(`${ofRecords} in rotation, above idle`, 'private', 'MB', held, MOST_MEGABYTES));
  });
  return rows;
}

interface Running {
  readonly url: string;
  readonly pid: number;
  readonly client: Client;
}

async function withTenants(
  worker: BuiltWorker,
  entries: Record<string, KvEntry>,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  const { url, pid, stop } = await startWorkerd({
    worker,
    entries,
    vars: { REQUEST_LOG: 'off' },
    v8Flags: ['--expose-gc'],
  });
  const client = openClient(url);
  try {
    const running = { url, pid, client };
    // What stands in for KV decodes all it has.
    await costOfCalls([call(`{ selection(name: "${selectionName(0)}") { id } }`)], running);
    await work(running);
  } finally {
    client.close();
    await stop();
  }
}

/** How much more the process has to itself after many requests, garbage collected again and again: V8 would let it lie about. */
async function heldMegabytes(calls: readonly GraphqlCall[], running: Running): Promise<number> {
  const collected = async (): Promise<number> => {
    await fetch(`${running.url}/collect`);
    return memoryOf(running.pid).own;
  };
  const idle = await collected();
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    for (let i = 0; i < calls.length; i += COLLECT_EVERY) {
      await costOfCalls(calls.slice(i, i + COLLECT_EVERY), running);
      await collected();
    }
  }
  return (await collected()) - idle;
}

async function measureCorpora(
  costOf: (calls: readonly GraphqlCall[]) => Promise<Cost>,
  note: (what: string, costs: readonly Cost[], most?: Partial<Cost>) => void,
): Promise<void> {
  const of = `of ${CORPORA.toLocaleString('en')} corpora`;
  const names = call(`{ corpusPage(first: ${CORPORA}) { names count } }`);
  const page = call(
    '{ corpusPage(first: 20) { count nodes { name count selection encoder bytesPerVector } } }',
  );
  const unpaged = call('{ corpora { name count selection encoder bytesPerVector } }');
  for (const [what, listing, gets] of [
    [`the names ${of}`, names, 0],
    [`a page of 20 ${of}`, page, 20],
    [`the first 100 ${of}, without pages`, unpaged, 100],
  ] as const) {
    const costs: Cost[] = [];
    for (let i = 0; i < 3; i++) {
      await sleep(STALE_MS);
      costs.push(await costOf([listing]));
    }
    note(`list ${what}`, costs, { gets });
  }
}

const call = (query: string, variables: object = {}): GraphqlCall => ({ query, variables });

function alignBy(name: string, dim: number): GraphqlCall {
  const numbers = Float32Array.from({ length: dim }, (_, i) => 1 + (i % 7));
  const embedding = { vector: Buffer.from(numbers.buffer).toString('base64'), encoder: ENCODER.id };
  return call(
    `query ($image: ImageInput!, $text: TextInput!, $name: String!) {
      align(image: $image, text: $text, selection: $name) { ... on Alignment { score } ... on ItemError { code } }
    }`,
    { image: { embedding }, text: { embedding }, name },
  );
}

async function costOfCalls(calls: readonly GraphqlCall[], { url, pid, client }: Running): Promise<Cost> {
  const readsSince = async () =>
    (await (await fetch(`${url}/reads`)).json()) as { readonly gets: number; readonly lists: number };
  await readsSince();
  const before = cpuMicroseconds(pid);
  let characters = 0;
  for (const each of calls) {
    const answer = await client.post(JSON.stringify(each));
    if (JSON.stringify(dataOf(answer)).includes('"code"'))
      throw new Error(`expected no error: ${answer.text}`);
    characters += answer.text.length;
  }
  const cpuMs = (cpuMicroseconds(pid) - before) / 1000 / calls.length;
  const { gets, lists } = await readsSince();
  return {
    gets: gets / calls.length,
    lists: lists / calls.length,
    cpuMs,
    answerKilobytes: characters / 1000 / calls.length,
  };
}

function rowsOf(what: string, costs: readonly Cost[], most: Partial<Cost>): BenchRow[] {
  const row = (metric: string, unit: string, part: keyof Cost): BenchRow =>
    limitRow(what, metric, unit, spreadOf(costs.map((cost) => cost[part])), most[part] ?? null);
  const lists = costs.some((cost) => cost.lists > 0) ? [row('KV lists', 'a request', 'lists')] : [];
  const answer = what.startsWith('list') ? [row('answer', 'KB', 'answerKilobytes')] : [];
  return [row('KV reads', 'a request', 'gets'), ...lists, row('CPU time', 'ms', 'cpuMs'), ...answer];
}
