import { readFileSync } from 'node:fs';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { openClient } from './workerd/client.ts';
import { assertMixedAnswer, mixedCall } from './workerd/score-requests.ts';
import { withWorkers } from './workerd/with-workers.ts';

const REQUESTS = 10_000;
const EARLY = 1_000;
const SAMPLE_EVERY = 50;
/** A collection of garbage moves the resident memory by about so much, up and down. */
const NOISE_MB = 10;

/**
 * Resident memory of workerd under mixed requests with ever new texts and documents. Flat means that the last quarter's median
 * is at most NOISE_MB above the second quarter's: by then every bounded cache that a request can fill is full.
 */
export async function benchMemory(tell: (line: string) => void): Promise<BenchRow[]> {
  const samples = await withWorkers(['ours'], async ({ ours }) => {
    const client = openClient(ours.url);
    const taken: number[] = [];
    for (let number = 0; number < REQUESTS; number++) {
      assertMixedAnswer(number, await client.post(JSON.stringify(mixedCall(number))));
      if ((number + 1) % SAMPLE_EVERY === 0) taken.push(residentMegabytes(ours.pid));
      if ((number + 1) % (REQUESTS / 4) === 0) tell(`${number + 1} requests: ${taken.at(-1)?.toFixed(1)} MB`);
    }
    client.close();
    return taken;
  });
  const between = (from: number, to: number): number[] =>
    samples.slice(Math.floor(from / SAMPLE_EVERY), to / SAMPLE_EVERY);
  const second = spreadOf(between(REQUESTS / 4, REQUESTS / 2));
  const last = spreadOf(between((REQUESTS * 3) / 4, REQUESTS));
  const growth = last.median - second.median;
  return [
    limitRow(
      'workerd after 1,000 mixed requests',
      'memory',
      'MB',
      spreadOf(between(EARLY - 250, EARLY)),
      null,
    ),
    limitRow('workerd after 10,000 mixed requests', 'memory', 'MB', last, null),
    limitRow('growth, second quarter to last', 'memory', 'MB', spreadOf([growth]), NOISE_MB),
  ];
}

/** Linux only. */
function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(kilobytes) / 1000;
}
