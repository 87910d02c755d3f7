import { type BenchRow, type Rival, type Spread, inTurn, limitRow, onCurve, spreadOf } from './measure.ts';
import { dataOf } from './workerd/client.ts';
import { type LoadRun, quantile, runLoad } from './workerd/load-run.ts';
import { alignCall, assertMixedAnswer, mixedCall } from './workerd/score-requests.ts';
import { withWorkers } from './workerd/with-workers.ts';

const SECONDS = 3;
const ROUNDS = 3;
const MIXED_REQUESTS = 100;
const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64];

/**
 * Load on raw workerd over loopback, the client in this process: the mixed requests at 1 to 64 connections, then what
 * `align` of embeddings gives a second beside yoga and bare graphql with constants.
 */
export async function benchLoad(tell: (line: string) => void): Promise<BenchRow[]> {
  return withWorkers(['ours', 'yoga', 'bare'], async (workers) => {
    const loads = CONNECTIONS.map((connections) => ({ connections, runs: [] as LoadRun[] }));
    for (let round = 0; round < ROUNDS; round++) {
      tell(`mixed load, round ${round + 1} of ${ROUNDS}, ${CONNECTIONS.length * SECONDS} s`);
      for (const { connections, runs } of inTurn(loads, round))
        runs.push(await mixedLoad(workers.ours.url, connections));
    }
    const rows = loads.flatMap(({ connections, runs }) => loadRows(connections, runs));
    return [...rows, ...(await alignRates(workers, tell))];
  });
}

function mixedLoad(url: string, connections: number): Promise<LoadRun> {
  const requests = Array.from({ length: MIXED_REQUESTS }, (_, number) => ({
    body: JSON.stringify(mixedCall(number)),
    check: (status: number, text: string) => assertMixedAnswer(number, { status, text }),
  }));
  return runLoad(url, requests, { connections, seconds: SECONDS });
}

function loadRows(connections: number, runs: readonly LoadRun[]): BenchRow[] {
  const name = `mixed, connections: ${connections}`;
  const at = { x: connections, xUnit: 'connections' };
  const latencies = [50, 95, 99].map((percent) => {
    const spread = spreadOf(runs.map((run) => quantile(run.latencies, percent / 100)));
    const row = limitRow(`${name}, p${percent}`, 'latency', 'ms', spread, null);
    return onCurve(row, { chart: 'load-latency', name: `p${percent}`, ...at });
  });
  const rate = limitRow(name, 'rate', 'requests/s', spreadOf(runs.map((run) => run.requestsPerSecond)), null);
  return [...latencies, onCurve(rate, { chart: 'load-throughput', name: 'mixed', ...at })];
}

async function alignRates(
  workers: Readonly<Record<'ours' | 'yoga' | 'bare', { readonly url: string }>>,
  tell: (line: string) => void,
): Promise<BenchRow[]> {
  const body = JSON.stringify(alignCall());
  const check = (status: number, text: string): void => void dataOf({ status, text });
  const rates = { ours: [] as number[], yoga: [] as number[], bare: [] as number[] };
  tell(`align of embeddings at 8 connections, ${3 * ROUNDS * SECONDS} s`);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of inTurn(['ours', 'yoga', 'bare'] as const, round)) {
      const { requestsPerSecond } = await runLoad(workers[side].url, [{ body, check }], {
        connections: 8,
        seconds: SECONDS,
      });
      rates[side].push(requestsPerSecond);
    }
  }
  return [
    rateRow(spreadOf(rates.ours), { name: 'yoga, constants', ...spreadOf(rates.yoga) }),
    rateRow(spreadOf(rates.ours), { name: 'bare graphql, constants', ...spreadOf(rates.bare) }),
  ];
}

/** Of rates more is better, so the ratio is ours over the rival's. */
function rateRow(ours: Spread, rival: Rival): BenchRow {
  return {
    name: 'align of embeddings, 8 connections',
    metric: 'rate',
    unit: 'requests/s',
    ours,
    rival,
    ratio: ours.median / rival.median,
    target: null,
    met: null,
  };
}
