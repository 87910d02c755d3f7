/**
 * A varied, reproducible part of a list: groups take turns, and within a group the picks are spread evenly over it.
 * @param groupOf rows with the same answer are of one kind
 * @param count at most so many rows; all rows when there are no more
 * @returns rows in the order they took turns
 */
export function chooseVaried<Row>(
  rows: readonly Row[],
  groupOf: (row: Row) => string,
  count: number,
): readonly Row[] {
  const groups = [...Map.groupBy(rows, groupOf).values()];
  const shares = shareOut(
    groups.map((group) => group.length),
    count,
  );
  const picks = groups.map((group, index) => spread(group, shares[index] ?? 0));
  const chosen: Row[] = [];
  for (let turn = 0; chosen.length < Math.min(count, rows.length); turn++) {
    for (const pick of picks) {
      const row = pick[turn];
      if (row !== undefined) chosen.push(row);
    }
  }
  return chosen;
}

/** How many each group gives: one a turn until `count` is reached or all are empty. */
function shareOut(sizes: readonly number[], count: number): number[] {
  const shares = sizes.map(() => 0);
  let left = Math.min(
    count,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    for (const [index, size] of sizes.entries()) {
      if (left === 0 || shares[index] === size) continue;
      shares[index] += 1;
      left -= 1;
    }
  }
  return shares;
}

function spread<Row>(rows: readonly Row[], count: number): Row[] {
  return Array.from({ length: count }, (_, index) => rows[Math.floor(((index + 0.5) * rows.length) / count)]);
}
