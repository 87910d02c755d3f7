import { createRandom, shuffle } from '../random.ts';
import type { Random } from '../random.ts';

/**
 * Split rows into folds so that no group is in two of them: groups in random order, each to the fold with the fewest
 * rows so far.
 * @param groups one a row
 * @returns the rows held out by each fold, ascending; together every row once
 * @throws RangeError for fewer than two folds, or fewer groups than folds
 */
export function groupedFolds(groups: Int32Array | Uint32Array, folds: number, seed: number): Uint32Array[] {
  if (!Number.isInteger(folds) || folds < 2) throw new RangeError(`expected at least 2 folds, got ${folds}`);
  const members = rowsByGroup(groups);
  if (members.length < folds) {
    throw new RangeError(`expected at least ${folds} groups for ${folds} folds, got ${members.length}`);
  }
  const order = Uint32Array.from(members, (_, i) => i);
  shuffle(order, createRandom(seed));
  const held: number[][] = Array.from({ length: folds }, () => []);
  for (const group of order) {
    const smallest = held.reduce((best, rows) => (rows.length < best.length ? rows : best));
    for (const row of members[group]) smallest.push(row);
  }
  return held.map((rows) => Uint32Array.from(rows).sort());
}

/** The rows that are not in `held`, ascending. @param held ascending */
export function remainingRows(count: number, held: Uint32Array): Uint32Array {
  const remaining = new Uint32Array(count - held.length);
  let next = 0;
  for (let row = 0, at = 0; row < count; row++) {
    if (held[next] === row) next++;
    else remaining[at++] = row;
  }
  return remaining;
}

/**
 * For each row, a random other of another group: the caption for a mismatched pair.
 * @param rows the rows that need one
 * @param groups one a row of the whole set
 * @param among the rows that partners come from
 * @returns same length and order as `rows`
 * @throws RangeError when all rows of `among` are of one group
 */
export function randomNegatives(
  rows: Uint32Array,
  groups: ArrayLike<number>,
  random: Random,
  among = rows,
): Uint32Array {
  assertTwoGroups(among, groups);
  return rows.map((row) => {
    for (;;) {
      const other = among[random.nextInt(among.length)];
      if (groups[other] !== groups[row]) return other;
    }
  });
}

function rowsByGroup(groups: Int32Array | Uint32Array): number[][] {
  const members = new Map<number, number[]>();
  groups.forEach((group, row) => {
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [row]);
    else rows.push(row);
  });
  return [...members.values()];
}

/** @throws RangeError unless the rows belong to two groups at least: otherwise there is no mismatch to draw */
export function assertTwoGroups(rows: Uint32Array, groups: ArrayLike<number>): void {
  if (!rows.some((row) => groups[row] !== groups[rows[0]])) {
    throw new RangeError(
      `expected rows of at least 2 groups to draw mismatches from, got ${Math.min(1, rows.length)}`,
    );
  }
}
