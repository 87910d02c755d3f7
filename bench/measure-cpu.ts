import { type Spread, assertSink, measureInTurn } from './measure.ts';

/** CPU of this process so far, all threads; bench/workerd/cpu.ts has that of another. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * CPU milliseconds of this process for every side, the sides in turn and the order reversed every other round: what others do
 * on the machine counts less than in time on the clock. One unmeasured run of each comes first.
 * @param sides each returns a number that depends on its work
 * @param runs of a side between two looks at the clock, for what takes less than some milliseconds; figures are for one
 * @throws Error when a side gave NaN: it did not do its work
 */
export function measureCpuInTurn(rounds: number, sides: readonly (() => number)[], runs = 1): Spread[] {
  const spreads = measureInTurn(rounds, sides, ownCpuMs, runs);
  assertSink();
  return spreads;
}
