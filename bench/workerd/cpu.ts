import { readFileSync, readdirSync } from 'node:fs';
import { type Spread, inTurn, spreadOf } from '../measure.ts';
import { type RawAnswer, openClient } from './client.ts';
import { KEY } from './score-requests.ts';
import type { RunningWorkerd } from './start-workerd.ts';

interface Rounds {
  readonly rounds: number;
  /** Requests a round and side; of each side as many again are sent before the first round, to warm up. */
  readonly requests: number;
}

/**
 * CPU of the process so far, user and system over all its threads, in microseconds. Linux only: /proc counts in
 * nanoseconds there, /proc/PID/stat in hundredths of a second.
 */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1000;
}

/**
 * CPU microseconds a request of several running Workers, each sent the same body over one connection, one request after
 * the other. The sides take turns, so that a noisy minute of the machine falls on all.
 * @param check sees every answer of a side that differs from its first, and the first
 */
export async function cpuPerRequest<Side extends string>(
  sides: Readonly<Record<Side, RunningWorkerd>>,
  body: string,
  { rounds, requests }: Rounds,
  check: (answer: RawAnswer, side: Side) => void,
): Promise<Record<Side, Spread>> {
  const names = Object.keys(sides) as Side[];
  const costs = new Map<Side, number[]>(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of inTurn(names, round)) {
      const cost = await costOfRound(sides[name], body, requests, (answer) => check(answer, name));
      if (round >= 0) costs.get(name)?.push(cost);
    }
  }
  return Object.fromEntries(names.map((name) => [name, spreadOf(costs.get(name) ?? [])])) as Record<
    Side,
    Spread
  >;
}

async function costOfRound(
  { url, pid }: RunningWorkerd,
  body: string,
  requests: number,
  check: (answer: RawAnswer) => void,
): Promise<number> {
  const client = openClient(url, KEY.text);
  try {
    const first = await client.post(body);
    check(first);
    const before = cpuMicroseconds(pid);
    for (let i = 0; i < requests; i++) {
      const answer = await client.post(body);
      if (answer.text !== first.text || answer.status !== first.status) check(answer);
    }
    return (cpuMicroseconds(pid) - before) / requests;
  } finally {
    client.close();
  }
}
