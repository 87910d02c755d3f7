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
  return takeTurns(picks);
}

/**
 * As `chooseVaried` within each kind, where kinds take turns: about as many of each, as far as they go.
 * @param first chosen whatever else is; their kind begins
 */
export function chooseByKind<Row>(
  { first, others }: { readonly first: readonly Row[]; readonly others: readonly Row[] },
  { kindOf, groupOf }: { readonly kindOf: (row: Row) => string; readonly groupOf: (row: Row) => string },
  count: number,
): readonly Row[] {
  const kinds = [...Map.groupBy([...first, ...others], kindOf).entries()];
  const shares = shareOut(
    kinds.map(([, rows]) => rows.length),
    count,
  );
  const lists = kinds.map(([kind], index) => {
    const begin = first.filter((row) => kindOf(row) === kind);
    const rest = others.filter((row) => kindOf(row) === kind);
    return [...begin, ...chooseVaried(rest, groupOf, (shares[index] ?? 0) - begin.length)];
  });
  return takeTurns(lists);
}

/** The first of each list, then the second of each, to the end of the longest. */
function takeTurns<Row>(lists: readonly (readonly Row[])[]): Row[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  ).flat();
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
