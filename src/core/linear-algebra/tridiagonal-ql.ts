/**
 * An eigenvalue, over all of them: as LAPACK's dsteqr counts. A single one may take seventy where the matrix has many at 0, as the
 * covariance of fewer rows than coordinates has: of rounding errors alone the shift is lost on the way, and the next ones come the faster.
 */
const MAX_SWEEPS = 30;

/**
 * Eigenvalues of a symmetric tridiagonal matrix by QL with implicit shifts, and the eigenvectors when asked for.
 * @param diagonal overwritten by the eigenvalues, unsorted
 * @param offDiagonal entry i between rows i and i + 1; overwritten
 * @param vectors row-major, shape [size, size]; its rows, an orthonormal set, become the eigenvectors in that set. Null to
 *   find eigenvalues only
 * @param negligible off-diagonal entries up to this are taken for zero whatever stands beside them
 * @throws Error when eigenvalues take more than 30 sweeps each, all in all, which finite input does not do in practice
 * About 1.7 sweeps an eigenvalue: O(size²), with vectors O(3·size³). Source: EISPACK imtql2.
 */
export function implicitQl(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  vectors: Float64Array | null,
  negligible: number,
): void {
  const size = diagonal.length;
  let left = MAX_SWEEPS * size;
  for (let low = 0; low < size; low++) {
    for (;;) {
      const high = blockEnd(diagonal, offDiagonal, low, negligible);
      if (high === low) break;
      if (left-- === 0) throw new Error(`${size} eigenvalues took more than ${MAX_SWEEPS * size} sweeps`);
      sweepBlock(diagonal, offDiagonal, vectors, low, high);
    }
  }
}

/** The last row of the block that starts at `low`: no off-diagonal entry within it is negligible. */
export function blockEnd(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  low: number,
  negligible: number,
): number {
  let high = low;
  while (high < diagonal.length - 1) {
    const near = Number.EPSILON * (Math.abs(diagonal[high]) + Math.abs(diagonal[high + 1]));
    if (Math.abs(offDiagonal[high]) <= Math.max(near, negligible)) break;
    high++;
  }
  return high;
}

function sweepBlock(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  vectors: Float64Array | null,
  low: number,
  high: number,
): void {
  // Wilkinson's shift, from the upper corner.
  const slope = (diagonal[low + 1] - diagonal[low]) / (2 * offDiagonal[low]);
  const length = Math.sqrt(slope * slope + 1);
  let g = diagonal[high] - diagonal[low] + offDiagonal[low] / (slope + (slope < 0 ? -length : length));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * offDiagonal[i];
    const b = cosine * offDiagonal[i];
    const r = Math.sqrt(f * f + g * g);
    offDiagonal[i + 1] = r;
    if (r === 0) {
      // Underflow: the block has split here; the next sweep goes on with its parts.
      diagonal[i + 1] -= shift;
      offDiagonal[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = diagonal[i + 1] - shift;
    const change = (diagonal[i] - g) * sine + 2 * cosine * b;
    shift = sine * change;
    diagonal[i + 1] = g + shift;
    g = cosine * change - b;
    if (vectors !== null) rotateRows(vectors, i, diagonal.length, sine, cosine);
  }
  diagonal[low] -= shift;
  offDiagonal[low] = g;
  offDiagonal[high] = 0;
}

/** Turn rows `row` and `row + 1` into each other. */
function rotateRows(vectors: Float64Array, row: number, size: number, sine: number, cosine: number): void {
  const end = (row + 1) * size;
  for (let at = row * size; at < end; at++) {
    const upper = vectors[at];
    const lower = vectors[at + size];
    vectors[at + size] = sine * upper + cosine * lower;
    vectors[at] = cosine * upper - sine * lower;
  }
}
