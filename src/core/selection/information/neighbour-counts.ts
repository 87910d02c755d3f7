/** Steps of plain search around a guess before bisection takes over. */
const NEAR_STEPS = 8;

/** One class within a sorted column. */
export interface ClassPoints {
  /** Values of the class, ascending. */
  readonly values: Float64Array;
  /** Where each of them stands in the sorted column, ascending. */
  readonly positions: Uint32Array;
}

/**
 * Σ ψ(m) over the points of one class, where m counts the points of all classes that are closer than the k-th neighbour
 * within the class, the point itself with them (Ross 2014, equation 4).
 * @param sorted the whole column, ascending
 * @param psi ψ at whole numbers up to the column's length
 * O(points), and a logarithm more where the classes lie apart.
 */
export function sumOfCounts(
  { values, positions }: ClassPoints,
  sorted: Float64Array,
  k: number,
  psi: Float64Array,
): number {
  const size = values.length;
  const isSmall = k >= Math.floor(size / 2);
  let sum = 0;
  let low = 0;
  for (let i = 0; i < size; i++) {
    const x = values[i];
    const at = positions[i];
    // The k + 1 nearest points, x with them, are a window that only moves up.
    while (low + k + 1 < size && values[low + k + 1] - x < x - values[low]) low++;
    const below = x - values[low];
    const above = values[low + k] - x;
    const radius = isSmall ? expandedRadius(values, x, k) : Math.max(below, above);
    // The window bounds what is counted, except for other classes and equal distances.
    const first = firstWithin(sorted, Math.min(at, positions[low] + (below < radius ? 0 : 1)), at, x, radius);
    const last = lastWithin(
      sorted,
      Math.max(at, positions[low + k] - (above < radius ? 0 : 1)),
      at,
      x,
      radius,
    );
    sum += psi[last - first + 1];
  }
  return sum;
}

/**
 * Distance to the k-th neighbour as scikit-learn has it for classes of at most 2k + 1 points: its brute-force search
 * expands (x − y)² to x² − 2xy + y², and the digits lost there decide whether the k-th neighbour itself is counted.
 */
function expandedRadius(points: Float64Array, x: number, k: number): number {
  const squares = points.map((y) => Math.max(0, x * x + -2 * (x * y) + y * y)).sort();
  return Math.sqrt(squares[k]);
}

/** First index whose value is closer to x than radius, or equal to x. @param guess at most `at`, an index of x */
function firstWithin(sorted: Float64Array, guess: number, at: number, x: number, radius: number): number {
  let inside = at;
  let outside = -1;
  if (isWithin(x - sorted[guess], radius)) {
    inside = guess;
    const near = Math.max(0, guess - NEAR_STEPS);
    while (inside > near && isWithin(x - sorted[inside - 1], radius)) inside--;
    if (inside > near || near === 0) return inside;
  } else {
    outside = guess;
    const near = Math.min(at, guess + NEAR_STEPS);
    while (outside < near && !isWithin(x - sorted[outside + 1], radius)) outside++;
    if (outside < near) return outside + 1;
  }
  while (inside - outside > 1) {
    const middle = (inside + outside) >> 1;
    if (isWithin(x - sorted[middle], radius)) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** Last index whose value is closer to x than radius, or equal to x. @param guess at least `at`, an index of x */
function lastWithin(sorted: Float64Array, guess: number, at: number, x: number, radius: number): number {
  const end = sorted.length;
  let inside = at;
  let outside = end;
  if (isWithin(sorted[guess] - x, radius)) {
    inside = guess;
    const near = Math.min(end - 1, guess + NEAR_STEPS);
    while (inside < near && isWithin(sorted[inside + 1] - x, radius)) inside++;
    if (inside < near || near === end - 1) return inside;
  } else {
    outside = guess;
    const near = Math.max(at, guess - NEAR_STEPS);
    while (outside > near && !isWithin(sorted[outside - 1] - x, radius)) outside--;
    if (outside > near) return outside - 1;
  }
  while (outside - inside > 1) {
    const middle = (inside + outside) >> 1;
    if (isWithin(sorted[middle] - x, radius)) inside = middle;
    else outside = middle;
  }
  return inside;
}

function isWithin(distance: number, radius: number): boolean {
  return distance < radius || distance === 0;
}
