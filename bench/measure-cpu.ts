import type { Spread } from './measure.ts';
import { spreadOf } from './measure.ts';

/**
 * CPU milliseconds of this process, all threads, for every side, the sides in turn and the order reversed every other round:
 * what others do on the machine counts less than in time on the clock. One unmeasured run of each comes first.
 * @param sides each returns a number that depends on its work
 * @param runs of a side between two looks at the clock, for what takes less than some milliseconds; figures are for one
 * @throws Error when a side gave NaN: it did not do its work
 */
export function measureCpuInTurn(rounds: number, sides: readonly (() => number)[], runs = 1): Spread[] {
  const times = sides.map(() => new Array<number>());
  let sink = 0;
  for (const side of sides) sink += side();
  for (let round = 0; round < rounds; round++) {
    const order = sides.map((_, i) => (round % 2 === 0 ? i : sides.length - 1 - i));
    for (const i of order) {
      const start = process.cpuUsage();
      for (let run = 0; run < runs; run++) sink += sides[i]();
      const { user, system } = process.cpuUsage(start);
      times[i].push((user + system) / 1000 / runs);
    }
  }
  if (Number.isNaN(sink)) throw new Error('a timed function returned NaN');
  return times.map(spreadOf);
}
