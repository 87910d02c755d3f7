import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { openClient } from './workerd/client.ts';
import { memoryOf } from './workerd/process-memory.ts';
import { assertMixedAnswer, mixedCall } from './workerd/score-requests.ts';
import { withWorkers } from './workerd/with-workers.ts';

const REQUESTS = 10_000;
const SAMPLE_EVERY = 500;
const MOST_FLUSHES = 500;
/** Of the heap after a collection: a leak of 400 bytes a request would show. */
const MOST_HEAP_GROWTH_MB = 1;
/** Of the resident memory, which V8 and the allocator move up and down by about so much. */
const MOST_RESIDENT_GROWTH_MB = 10;

interface Sample {
  /** Held by JavaScript: the heap right after a collection. */
  readonly heap: number;
  /** Of the whole process, what V8 keeps for later included. */
  readonly resident: number;
}

/**
 * Memory of workerd, in MB, under mixed requests with ever new texts and documents. Flat means that the median of the last
 * quarter is that of the third, but for noise: by then the caches that a request can fill are full and V8 has sized its spaces.
 */
export async function benchMemory(tell: (line: string) => void): Promise<BenchRow[]> {
  const samples = await sampleMemory(tell);
  const at = (requests: number): Sample => samples[requests / SAMPLE_EVERY - 1];
  const quarter = (number: number, kind: keyof Sample): number => {
    const length = samples.length / 4;
    return spreadOf(samples.slice((number - 1) * length, number * length).map((sample) => sample[kind]))
      .median;
  };
  const growth = (kind: keyof Sample): number => quarter(4, kind) - quarter(3, kind);
  const row = (name: string, value: number, most: number | null = null): BenchRow =>
    limitRow(name, 'memory', 'MB', spreadOf([value]), most);
  return [
    row('heap held after 1,000 mixed requests', at(1_000).heap),
    row('heap held after 10,000', at(REQUESTS).heap),
    row('growth of the heap held, third quarter to last', growth('heap'), MOST_HEAP_GROWTH_MB),
    row('resident after 1,000 mixed requests', at(1_000).resident),
    row('resident after 10,000', at(REQUESTS).resident),
    row('growth of the resident, third quarter to last', growth('resident'), MOST_RESIDENT_GROWTH_MB),
  ];
}

async function sampleMemory(tell: (line: string) => void): Promise<Sample[]> {
  const resident: number[] = [];
  const heaps: number[] = [];
  let ours: string | null = null;
  const onLine = (line: string): void => {
    const told = /^\[(\S+)\].*Mark-Compact.* -> ([\d.]+) \([\d.]+\) MB.*testing/.exec(line);
    if (told === null) return;
    const [, isolate, megabytes] = told;
    // The Worker collects its own garbage first, then that of services.js.
    ours ??= isolate;
    if (isolate === ours) heaps.push(Number(megabytes));
  };
  const run = async ({ collectable: { url, pid } }: Record<'collectable', { url: string; pid: number }>) => {
    const client = openClient(url);
    for (let number = 0; number < REQUESTS; number++) {
      assertMixedAnswer(number, await client.post(JSON.stringify(mixedCall(number))));
      if ((number + 1) % SAMPLE_EVERY !== 0) continue;
      resident.push(memoryOf(pid).resident);
      await fetch(`${url}/collect`);
      tell(`${number + 1} requests: ${resident.at(-1)?.toFixed(1)} MB resident`);
    }
    client.close();
    // V8 prints a line a collection, into a buffer: more of them push out the last that count.
    for (let i = 0; i < MOST_FLUSHES && heaps.length < resident.length; i++) await fetch(`${url}/collect`);
  };
  await withWorkers(['collectable'], run, { v8Flags: ['--expose-gc', '--trace-gc'], onLine });
  if (heaps.length < resident.length)
    throw new Error(`V8 told of ${heaps.length} collections of ${resident.length}`);
  return resident.map((megabytes, i) => ({ heap: heaps[i], resident: megabytes }));
}
