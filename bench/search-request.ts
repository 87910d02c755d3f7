import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../src/core/random.ts';
import { type BenchRow, type Spread, limitRow, onCurve, spreadOf } from './measure.ts';
import { type BuiltWorker, buildWorker } from './workerd/build-worker.ts';
import { type RawAnswer, dataOf, openClient } from './workerd/client.ts';
import { CORPUS_DIM, CORPUS_ENCODER, corpusRecord, writeCorpusFolder } from './workerd/corpus-folder.ts';
import { cpuMicroseconds, cpuPerRequest } from './workerd/cpu.ts';
import { type ProcessMemory, memoryOf } from './workerd/process-memory.ts';
import { entriesOf } from './workerd/score-requests.ts';
import { type KvEntry, type RunningWorkerd, startWorkerd } from './workerd/start-workerd.ts';

interface Case {
  readonly name: string;
  readonly count: number;
  readonly plan: 'full' | 'compact';
  readonly rerank: number;
  readonly requests: number;
  /** CPU of a search, in milliseconds; null: no target. */
  readonly mostMs: number | null;
}

const COLD_STARTS = 3;
const ROUNDS = 5;
const CASES: readonly Case[] = [
  { name: 'full', count: 10_000, plan: 'full', rerank: 0, requests: 200, mostMs: null },
  { name: 'compact', count: 10_000, plan: 'compact', rerank: 0, requests: 200, mostMs: null },
  { name: 'compact', count: 200_000, plan: 'compact', rerank: 0, requests: 100, mostMs: 10 },
  {
    name: 'compact, 200 re-ranked',
    count: 200_000,
    plan: 'compact',
    rerank: 200,
    requests: 60,
    mostMs: null,
  },
  { name: 'compact', count: 1_000_000, plan: 'compact', rerank: 0, requests: 40, mostMs: null },
];
/** What the platform gives an isolate. Held against what searching adds to the process; ORT's and workerd's own code come on top. */
const ISOLATE_MEGABYTES = 128;

const SEARCH = `query ($corpus: String!, $text: TextInput!, $rerank: Int) {
  search(corpus: $corpus, text: $text, rerank: $rerank, first: 10) {
    complete scanned reranked edges { id score cosine probability }
  }
}`;

/**
 * `search` by a given vector over HTTP through the whole Worker in raw workerd: CPU a request once the corpus is in memory, the
 * first search of a new process, and memory.
 */
export async function benchSearchRequest(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-search-request-'));
  try {
    const worker = buildWorker(folder);
    const entries = await entriesOf(corpusRecord());
    const rows: BenchRow[] = [];
    for (const [i, one] of CASES.entries()) {
      tell(`search-request: ${one.name}, ${one.count} vectors`);
      const corpora = join(folder, `corpora-${i}`);
      await writeCorpusFolder(corpora, { ...one, name: 'made' });
      rows.push(...(await measureCase(one, { worker, entries, corpora })));
      rmSync(corpora, { recursive: true });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Place {
  readonly worker: BuiltWorker;
  readonly entries: Readonly<Record<string, KvEntry>>;
  readonly corpora: string;
}

async function measureCase(one: Case, place: Place): Promise<BenchRow[]> {
  const size = `search of ${one.count.toLocaleString('en')} vectors, ${one.name}`;
  const body = JSON.stringify({ query: SEARCH, variables: variablesOf(one) });
  const firsts: { ms: number; cpuMs: number }[] = [];
  for (let start = 1; start < COLD_STARTS; start++) {
    firsts.push(await withWorkerd(place, (workerd) => firstSearch(workerd, body, one)));
  }
  return withWorkerd(place, async (workerd) => {
    const idle = await idleMemory(workerd);
    firsts.push(await firstSearch(workerd, body, one));
    const { search } = await cpuPerRequest(
      { search: workerd },
      body,
      { rounds: ROUNDS, requests: one.requests },
      (answer) => assertFound(answer, one),
    );
    const full = memoryOf(workerd.pid);
    const inMs = { median: search.median / 1000, min: search.min / 1000, max: search.max / 1000 };
    const row = limitRow(size, 'CPU time', 'ms', inMs, one.mostMs);
    return [
      one.rerank === 0 && one.plan === 'compact'
        ? onCurve(row, { chart: 'search-request', name: 'search, 64 bytes', x: one.count, xUnit: 'vectors' })
        : row,
      limitRow(`first ${size}, new process`, 'time', 'ms', spreadOf(firsts.map(({ ms }) => ms)), null),
      limitRow(
        `first ${size}, new process`,
        'CPU time',
        'ms',
        spreadOf(firsts.map(({ cpuMs }) => cpuMs)),
        null,
      ),
      limitRow(`${size}, above idle`, 'private', 'MB', once(full.own - idle.own), ISOLATE_MEGABYTES),
      limitRow(`${size}, all of workerd`, 'peak resident', 'MB', once(full.peak), null),
    ];
  });
}

function once(value: number): Spread {
  return { median: value, min: value, max: value };
}

/** Of the Worker once it has answered something: ORT's compiled wasm is a good part of it. */
async function idleMemory({ url, pid }: RunningWorkerd): Promise<ProcessMemory> {
  const client = openClient(url);
  try {
    dataOf(await client.post(JSON.stringify({ query: '{ __typename }' })));
    return memoryOf(pid);
  } finally {
    client.close();
  }
}

async function withWorkerd<T>(place: Place, work: (workerd: RunningWorkerd) => Promise<T>): Promise<T> {
  const vars = {
    ENCODER_ID: CORPUS_ENCODER.id,
    ENCODER_DIM: String(CORPUS_DIM),
    ENCODER_FINGERPRINT: CORPUS_ENCODER.fingerprint,
    TEXT_ROUTE: 'ai',
    CORPUS_MEMORY_MIB: '64',
  };
  const workerd = await startWorkerd({ ...place, vars, aiDim: CORPUS_DIM });
  try {
    return await work(workerd);
  } finally {
    await workerd.stop();
  }
}

/** What the request costs that reads the corpus. */
async function firstSearch(
  { url, pid }: RunningWorkerd,
  body: string,
  one: Case,
): Promise<{ ms: number; cpuMs: number }> {
  const client = openClient(url);
  try {
    const cpuBefore = cpuMicroseconds(pid);
    const start = performance.now();
    assertFound(await client.post(body), one);
    return { ms: performance.now() - start, cpuMs: (cpuMicroseconds(pid) - cpuBefore) / 1000 };
  } finally {
    client.close();
  }
}

function variablesOf({ rerank }: Case): object {
  const random = createRandom(77);
  const numbers = Float32Array.from({ length: CORPUS_DIM }, () => random.nextGaussian());
  const embedding = { vector: Buffer.from(numbers.buffer).toString('base64'), encoder: CORPUS_ENCODER.id };
  return { corpus: 'made', rerank, text: { embedding } };
}

/** A partial answer is fast too. */
function assertFound(answer: RawAnswer, { count, rerank }: Case): void {
  const { search } = dataOf(answer) as {
    search: { complete: boolean; scanned: number; reranked: number; edges: unknown[] };
  };
  if (search.complete && search.scanned === count && search.edges.length === 10 && search.reranked <= rerank)
    return;
  throw new Error(`expected all of ${count} vectors scanned, got ${answer.text.slice(0, 200)}`);
}
