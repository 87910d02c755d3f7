/** Spread of one measurement over its repetitions. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What a figure is held against, in the same run. */
export interface Rival extends Spread {
  readonly name: string;
  /** Of Python's: the linear algebra that it ran on, such as `OpenBLAS 0.3.21 Cooperlake`. */
  readonly kernel?: string;
}

/** Where a row stands on a curve; `bench/plot.ts` draws one picture a `chart`, one line a `name`. */
export interface Series {
  /** Which picture: the file's name, in kebab-case. Its rows share metric, unit and xUnit. */
  readonly chart: string;
  readonly name: string;
  readonly x: number;
  /** What x counts, in the plural: vectors, connections. */
  readonly xUnit: string;
}

/**
 * A row of `bench --json`: ours against a named rival in the same run; `ratio` = rival median / our median. `target` is the
 * least ratio; in rows of a metric without a rival it is the most that ours may come to, in `unit`. What is held against
 * several rivals, or against a rival and a limit, has a row for each.
 */
export interface BenchRow {
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly rival: Rival | null;
  readonly ratio: number | null;
  readonly target: number | null;
  readonly met: boolean | null;
  readonly series?: Series;
}

/** What timed functions return, so that none of their work can be left out. */
let sink = 0;

/** Milliseconds of `run`, after one unmeasured run to warm up. @param run returns a number that depends on its work */
export function measureMs(repetitions: number, run: () => number): Spread {
  sink += run();
  return spreadOf(
    Array.from({ length: repetitions }, () => {
      const start = performance.now();
      sink += run();
      return performance.now() - start;
    }),
  );
}

/**
 * Milliseconds of both sides in turn, the order reversed every other round, so that neither a machine that slows down nor
 * a warm cache favours one; after one unmeasured run of each.
 * @param rounds an even number gives both the same share of first places
 * @param ours returns a number that depends on its work, and so `rival`
 */
export function measurePair(
  rounds: number,
  ours: () => number,
  rival: () => number,
): { readonly ours: Spread; readonly rival: Spread } {
  const [first, second] = measureInTurn(rounds, [ours, rival], () => performance.now());
  return { ours: first, rival: second };
}

/**
 * What a clock counts while each side runs, the sides in turn as in `measurePair`.
 * @param clock milliseconds since whenever
 * @param runs of a side between two looks at the clock; figures are for one
 */
export function measureInTurn(
  rounds: number,
  sides: readonly (() => number)[],
  clock: () => number,
  runs = 1,
): Spread[] {
  const timed = sides.map((run) => ({ run, times: new Array<number>() }));
  for (const { run } of timed) sink += run();
  for (let round = 0; round < rounds; round++) {
    for (const { run, times } of inTurn(timed, round)) {
      const start = clock();
      for (let i = 0; i < runs; i++) sink += run();
      times.push((clock() - start) / runs);
    }
  }
  return timed.map(({ times }) => spreadOf(times));
}

/** `measurePair` of what takes turns with other threads or waits for answers. */
export async function measurePairAsync(
  rounds: number,
  ours: () => Promise<number>,
  rival: () => Promise<number>,
): Promise<{ readonly ours: Spread; readonly rival: Spread }> {
  const sides = [ours, rival].map((run) => ({ run, times: new Array<number>() }));
  for (const { run } of sides) sink += await run();
  for (let round = 0; round < rounds; round++) {
    for (const { run, times } of inTurn(sides, round)) {
      const start = performance.now();
      sink += await run();
      times.push(performance.now() - start);
    }
  }
  return { ours: spreadOf(sides[0].times), rival: spreadOf(sides[1].times) };
}

/** A B, B A, A B, and so on. */
export function inTurn<T>(sides: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? sides : sides.toReversed();
}

/** @param values at least one; of an even number of them the median is the mean of the middle two */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const median = (sorted[last >> 1] + sorted[(last + 1) >> 1]) / 2;
  return { median, min: sorted[0], max: sorted[last] };
}

/** @param rival null where it cannot run here; the row then says nothing about the target */
export function benchRow(name: string, ours: Spread, rival: Rival | null, target: number | null): BenchRow {
  const ratio = rival === null ? null : rival.median / ours.median;
  const met = ratio === null || target === null ? null : ratio >= target;
  return { name, metric: 'time', unit: 'ms', ours, rival, ratio, target, met };
}

/** A row without a rival. @param most what ours may come to, or null for no target */
export function limitRow(
  name: string,
  metric: string,
  unit: string,
  ours: Spread,
  most: number | null,
): BenchRow {
  const met = most === null ? null : ours.median <= most;
  return { name, metric, unit, ours, rival: null, ratio: null, target: most, met };
}

/** The same row as a point of a curve. */
export function onCurve(row: BenchRow, series: Series): BenchRow {
  return { ...row, series };
}

/** @throws Error when a timed function gave NaN: it did not do its work */
export function assertSink(): void {
  if (Number.isNaN(sink)) throw new Error('a timed function returned NaN');
}
