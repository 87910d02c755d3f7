import type { BenchRow, Spread } from './measure.ts';
import { spreadOf } from './measure.ts';
import { rowKey } from './merge-rounds.ts';

/** `faster` and `slower` of times, `less` and `more` of anything else: which of these is better depends on the metric. */
export type Verdict = 'faster' | 'slower' | 'less' | 'more' | 'within noise';

/** A row as the old and the new project gave it, several times over. */
export interface ComparedRow {
  readonly name: string;
  readonly metric: string;
  readonly unit: string;
  /** Whom ours took turns with: its name, or null for none. */
  readonly rival: string | null;
  readonly old: Spread;
  readonly new: Spread;
  /** New over old, of the two processes of a round, which ran one after the other. */
  readonly ratio: Spread;
  /** How far from 1 the ratio of two successive processes of one side came, at most: 0.1 is a tenth either way. */
  readonly noise: number;
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Rows that one side did not give, or gave twice, in every round. */
  readonly missing: readonly MissingRow[];
}

export interface MissingRow {
  readonly name: string;
  readonly metric: string;
  readonly rival: string | null;
  readonly side: 'old' | 'new';
}

/**
 * Round by round, in the order A B, B A, A B, ...: `inTurn`. In that order successive processes are of one side in between
 * rounds and of both sides within a round, equally far apart in time: so the former tell what the latter show by chance.
 * A verdict is given when the median ratio lies outside of the largest of them. Equal code gets one by chance in one row of
 * 13 at 4 rounds, of 60 at 6, of 270 at 8, if the noise is normal and independent.
 * @param old the rows of each process, at least two of them
 * @param current as many of the new project
 */
export function compareRounds(
  old: readonly (readonly BenchRow[])[],
  current: readonly (readonly BenchRow[])[],
): Comparison {
  const all = new Map([...old, ...current].flat().map((row) => [rowKey(row), row]));
  const rows: ComparedRow[] = [];
  const missing: MissingRow[] = [];
  for (const [key, row] of all) {
    const before = pick(old, key);
    const after = pick(current, key);
    const isMissing = (side: readonly (BenchRow | undefined)[]): boolean => side.includes(undefined);
    if (isMissing(before) || isMissing(after)) {
      const { name, metric, rival } = row;
      missing.push({ name, metric, rival: rival?.name ?? null, side: isMissing(before) ? 'old' : 'new' });
      continue;
    }
    rows.push(compareRow(row, medians(before), medians(after)));
  }
  return { rows, missing };
}

/** Of each process its one row of that key; older commits had two of some, and which is which cannot be told. */
function pick(rounds: readonly (readonly BenchRow[])[], key: string): (BenchRow | undefined)[] {
  return rounds.map((rows) => {
    const found = rows.filter((row) => rowKey(row) === key);
    return found.length === 1 ? found[0] : undefined;
  });
}

function medians(rows: readonly (BenchRow | undefined)[]): number[] {
  return rows.flatMap((row) => (row === undefined ? [] : [row.ours.median]));
}

function compareRow(
  { name, metric, unit, rival }: BenchRow,
  before: readonly number[],
  after: readonly number[],
): ComparedRow {
  const ratio = spreadOf(before.map((value, round) => over(after[round], value)));
  const noise = noiseOf(before, after);
  return {
    name,
    metric,
    unit,
    rival: rival?.name ?? null,
    old: spreadOf(before),
    new: spreadOf(after),
    ratio,
    noise,
    verdict: verdictOf(unit, ratio.median, noise),
  };
}

/** In A B, B A, A B the second of a round and the first of the next are of one side: new, then old, then new. */
function noiseOf(before: readonly number[], after: readonly number[]): number {
  const ratios = before.slice(1).map((_, round) => {
    const side = round % 2 === 0 ? after : before;
    return over(side[round + 1], side[round]);
  });
  return Math.max(...ratios.map((ratio) => Math.max(ratio, 1 / ratio) - 1));
}

function verdictOf(unit: string, ratio: number, noise: number): Verdict {
  if (Math.max(ratio, 1 / ratio) - 1 <= noise) return 'within noise';
  const isTime = ['ns', 'µs', 'ms', 's'].includes(unit);
  if (ratio < 1) return isTime ? 'faster' : 'less';
  return isTime ? 'slower' : 'more';
}

/** Two zeros are equal; something over nothing is infinite, which JSON shows as null. */
function over(a: number, b: number): number {
  return a === b ? 1 : a / b;
}
