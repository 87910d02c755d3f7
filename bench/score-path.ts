import { type BenchRow, type Spread, limitRow } from './measure.ts';
import { type GraphqlCall, type RawAnswer, dataOf } from './workerd/client.ts';
import { cpuPerRequest } from './workerd/cpu.ts';
import { alignCall, matrixCall, packedMatrixCall } from './workerd/score-requests.ts';
import type { RunningWorkerd } from './workerd/start-workerd.ts';
import { withWorkers } from './workerd/with-workers.ts';

interface Case {
  readonly name: string;
  readonly call: GraphqlCall;
  readonly rounds: number;
  readonly requests: number;
  /** CPU a request, in milliseconds. */
  readonly mostMs: number;
  /** Of yoga, and of yoga with our options, to ours. */
  readonly least: { readonly yoga: number; readonly lean: number | null };
}

/** Ours may add a quarter to what yoga takes. */
const LEAST = { yoga: 0.8, lean: 0.8 };
/**
 * Packed, a constant answer costs nothing, so that yoga with our options, which leave the body alone, only parses the request: what
 * ours computes has nothing to hide behind there.
 */
const LEAST_PACKED = { yoga: 1.5, lean: null };

/** CPU of raw workerd a request of embeddings, against yoga and bare graphql that answer constants to the same requests. */
export async function benchScorePath(): Promise<BenchRow[]> {
  const cases: Case[] = [
    { name: 'align of embeddings', call: alignCall(), rounds: 9, requests: 1000, mostMs: 2, least: LEAST },
    { name: 'alignMatrix 10×10', call: matrixCall(10), rounds: 9, requests: 300, mostMs: 2, least: LEAST },
    { name: 'alignMatrix 100×100', call: matrixCall(100), rounds: 7, requests: 40, mostMs: 20, least: LEAST },
    {
      name: 'alignMatrix 100×100, packed',
      call: packedMatrixCall(100),
      rounds: 7,
      requests: 40,
      mostMs: 20,
      least: LEAST_PACKED,
    },
  ];
  return withWorkers(['ours', 'logging', 'locked', 'budgeted', 'yoga', 'lean', 'bare'], async (workers) => {
    const rows = await doorRows(workers);
    for (const { name, call, rounds, requests, mostMs, least } of cases) {
      const costs = await cpuPerRequest(workers, JSON.stringify(call), { rounds, requests }, assertAnswered);
      rows.push(
        cpuRow(name, costs.ours, { name: 'yoga, constants', ...costs.yoga }, least.yoga),
        cpuRow(name, costs.ours, { name: 'yoga with our options, constants', ...costs.lean }, least.lean),
        cpuRow(name, costs.ours, { name: 'bare graphql, constants', ...costs.bare }, null),
        limitRow(name, 'CPU time', 'µs', costs.ours, mostMs * 1000),
      );
    }
    return rows;
  });
}

/** A key may add a tenth to what a request takes of a Worker that is open to all. */
const LEAST_OF_OPEN = 1 / 1.1;

type Doors = Record<'ours' | 'logging' | 'locked' | 'budgeted', RunningWorkerd>;

/** What each part of the door adds. */
async function doorRows({ ours, logging, locked, budgeted }: Doors): Promise<BenchRow[]> {
  const body = JSON.stringify(alignCall());
  const rounds = { rounds: 9, requests: 500 };
  const costs = await cpuPerRequest({ ours, logging, locked, budgeted }, body, rounds, assertAnswered);
  const open = { name: 'the same, open to all, without log', ...costs.ours };
  return [
    cpuRow('align of embeddings, with a line in the log', costs.logging, open, null),
    cpuRow('align of embeddings, by a key', costs.locked, open, LEAST_OF_OPEN),
    cpuRow('align of embeddings, by a key with a daily budget', costs.budgeted, open, LEAST_OF_OPEN),
  ];
}

/** A refusal is fast too. */
function assertAnswered(answer: RawAnswer): void {
  const [field] = Object.values(dataOf(answer)) as { __typename?: string }[];
  if (field.__typename === 'ItemError') throw new Error(`expected a score, got ${answer.text}`);
}

function cpuRow(
  name: string,
  ours: Spread,
  rival: Spread & { readonly name: string },
  target: number | null,
): BenchRow {
  const ratio = rival.median / ours.median;
  return {
    name,
    metric: 'CPU time',
    unit: 'µs',
    ours,
    rival,
    ratio,
    target,
    met: target === null ? null : ratio >= target,
  };
}
