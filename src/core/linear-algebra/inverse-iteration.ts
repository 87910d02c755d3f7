import { createRandom } from '../random.ts';
import { dot } from '../vector.ts';
import { blockEnd, implicitQl } from './tridiagonal-ql.ts';

/** Eigenvalues nearer to each other than this share of the norm: their vectors are made orthogonal (LAPACK dstein). */
const CLUSTER_SHARE = 1e-3;
const ITERATIONS = 3;
/** Vectors further than this from orthogonal, or from solving their equation, are given up. */
const MAX_DEFECT = 1e-12;

interface Block {
  readonly first: number;
  readonly last: number;
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  readonly norm: number;
  /** Descending. */
  readonly values: Float64Array;
}

/**
 * All eigenvalues of a symmetric tridiagonal matrix, and the eigenvectors of the largest by inverse iteration: each is
 * the solution of (T − λ)x = b, solved again with itself on the right, kept orthogonal to those of near eigenvalues.
 * @param offDiagonal entry i between rows i and i + 1
 * @param wanted eigenvectors
 * @param negligible off-diagonal entries up to this split the matrix
 * @returns values descending and vectors [wanted, size]; null when a vector fails its check of residual and
 *   orthogonality, so that the caller takes a method that cannot fail
 * O(size² + wanted²·size). Source: LAPACK dstein.
 */
export function inverseIteration(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  wanted: number,
  negligible: number,
): { values: Float64Array; vectors: Float64Array } | null {
  const size = diagonal.length;
  const blocks = splitBlocks(diagonal, offDiagonal, negligible);
  const found = blocks
    .flatMap((block) => Array.from(block.values, (value, rank) => ({ value, block, rank })))
    .sort((a, b) => b.value - a.value);
  const vectors = new Float64Array(wanted * size);
  const known = new Map<Block, KnownVector[]>();
  for (let i = 0; i < wanted; i++) {
    const { block, value } = found[i];
    const earlier = known.get(block) ?? [];
    known.set(block, earlier);
    const vector = solveVector(block, value, earlier);
    if (vector === null) return null;
    vectors.set(vector, i * size + block.first);
  }
  return { values: Float64Array.from(found, ({ value }) => value), vectors };
}

function splitBlocks(diagonal: Float64Array, offDiagonal: Float64Array, negligible: number): Block[] {
  const blocks: Block[] = [];
  for (let first = 0; first < diagonal.length;) {
    const last = blockEnd(diagonal, offDiagonal, first, negligible);
    const d = diagonal.slice(first, last + 1);
    const e = offDiagonal.slice(first, last + 1);
    e[e.length - 1] = 0;
    const values = d.slice();
    implicitQl(values, e.slice(), null, negligible);
    values.sort().reverse();
    const norm = Math.max(Math.abs(values[0]), Math.abs(values[values.length - 1]));
    blocks.push({ first, last, diagonal: d, offDiagonal: e, norm, values });
    first = last + 1;
  }
  return blocks;
}

interface KnownVector {
  readonly value: number;
  readonly vector: Float64Array;
}

/** One more vector of a block, added to `earlier`; null when it fails its check. */
function solveVector(block: Block, value: number, earlier: KnownVector[]): Float64Array | null {
  const size = block.diagonal.length;
  const previous = earlier.at(-1)?.value ?? Infinity;
  // Equal shifts would give equal vectors up to what orthogonality removes; a few roundings apart, they still differ.
  const step = 10 * Number.EPSILON * block.norm;
  const shift = previous - value < step && Number.isFinite(previous) ? value - step : value;
  const cluster = clusterOf(value, earlier, CLUSTER_SHARE * block.norm);
  const factors = factorize(block, shift);
  const random = createRandom(earlier.length);
  const x = new Float64Array(size);
  for (let i = 0; i < size; i++) x[i] = random.next() - 0.5;
  for (let i = 0; i < ITERATIONS; i++) {
    solve(factors, x);
    rescale(x);
    // Twice, because the first pass leaves what cancellation hid.
    for (let pass = 0; pass < 2; pass++) {
      for (const { vector } of cluster) subtractProjection(x, vector);
      if (!normalize(x)) return null;
    }
  }
  if (residual(block, value, x) > MAX_DEFECT * block.norm) return null;
  if (earlier.some(({ vector }) => Math.abs(dot(x, 0, vector, 0, size)) > MAX_DEFECT)) return null;
  earlier.push({ value, vector: x });
  return x;
}

/** Earlier vectors linked to `value` by a chain of gaps of at most `reach`. */
function clusterOf(value: number, earlier: readonly KnownVector[], reach: number): KnownVector[] {
  let lowest = value;
  let first = earlier.length;
  while (first > 0 && earlier[first - 1].value - lowest <= reach) lowest = earlier[--first].value;
  return earlier.slice(first);
}

/** T − shift = P L U with row exchanges between neighbours. */
interface Factors {
  readonly upper: Float64Array;
  readonly upper1: Float64Array;
  readonly upper2: Float64Array;
  readonly multiplier: Float64Array;
  readonly swapped: Uint8Array;
}

function factorize({ diagonal, offDiagonal, norm }: Block, shift: number): Factors {
  const size = diagonal.length;
  const upper = diagonal.slice();
  for (let i = 0; i < size; i++) upper[i] -= shift;
  const upper1 = offDiagonal.slice();
  const upper2 = new Float64Array(size);
  const multiplier = new Float64Array(size);
  const swapped = new Uint8Array(size);
  for (let i = 0; i + 1 < size; i++) {
    const below = offDiagonal[i];
    if (Math.abs(upper[i]) >= Math.abs(below)) {
      multiplier[i] = below / upper[i];
      upper[i + 1] -= multiplier[i] * upper1[i];
      continue;
    }
    swapped[i] = 1;
    multiplier[i] = upper[i] / below;
    upper[i] = below;
    const next = upper[i + 1];
    upper[i + 1] = upper1[i] - multiplier[i] * next;
    upper1[i] = next;
    upper2[i] = upper1[i + 1];
    upper1[i + 1] *= -multiplier[i];
  }
  const floor = Number.EPSILON * norm || Number.MIN_VALUE;
  for (let i = 0; i < size; i++) if (Math.abs(upper[i]) < floor) upper[i] = floor;
  return { upper, upper1, upper2, multiplier, swapped };
}

function solve({ upper, upper1, upper2, multiplier, swapped }: Factors, x: Float64Array): void {
  const size = x.length;
  for (let i = 0; i + 1 < size; i++) {
    if (swapped[i] === 1) {
      const above = x[i];
      x[i] = x[i + 1];
      x[i + 1] = above - multiplier[i] * x[i];
    } else x[i + 1] -= multiplier[i] * x[i];
  }
  for (let i = size - 1; i >= 0; i--) {
    if (i + 1 < size) x[i] -= upper1[i] * x[i + 1];
    if (i + 2 < size) x[i] -= upper2[i] * x[i + 2];
    x[i] /= upper[i];
  }
}

/** To a largest magnitude of 1: a solution near a singular matrix is huge. */
function rescale(x: Float64Array): void {
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  for (let i = 0; i < x.length; i++) x[i] /= largest;
}

function subtractProjection(x: Float64Array, vector: Float64Array): void {
  const share = dot(x, 0, vector, 0, x.length);
  for (let i = 0; i < x.length; i++) x[i] -= share * vector[i];
}

/** @returns false when nothing is left to scale */
function normalize(x: Float64Array): boolean {
  const norm = Math.sqrt(dot(x, 0, x, 0, x.length));
  for (let i = 0; i < x.length; i++) x[i] /= norm;
  return norm > 0 && Number.isFinite(norm);
}

/** Largest entry of T x − λ x. */
function residual({ diagonal, offDiagonal }: Block, value: number, x: Float64Array): number {
  let worst = 0;
  for (let i = 0; i < x.length; i++) {
    const before = i === 0 ? 0 : offDiagonal[i - 1] * x[i - 1];
    const after = i + 1 === x.length ? 0 : offDiagonal[i] * x[i + 1];
    worst = Math.max(worst, Math.abs(before + (diagonal[i] - value) * x[i] + after));
  }
  return worst;
}
