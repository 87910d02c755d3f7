import type { Floats } from '../../vector.ts';
import type { LinearKernels } from './load.ts';
import { createLayout, FLOAT64_BYTES } from './load.ts';
import { PANEL_WIDTH, packRows } from './panels.ts';

/** Below this, what the products save does not pay for the sums. */
export const STRASSEN_MIN_DIM = 128;
const HALF_ROWS = 250;
/** Rows go through in whole blocks of this many. */
export const STRASSEN_ROWS = 2 * HALF_ROWS;

/** A quadrant, or a sum or difference of two: what a product is taken of. */
interface Operand {
  readonly first: Quadrant;
  readonly second?: Quadrant;
  readonly sign?: 1 | -1;
}
/** Half of the rows of a block, and half of the columns. */
type Quadrant = 'top left' | 'top right' | 'bottom left' | 'bottom right';

/** Strassen's seven products, for XᵀY: the transposed X has its rows and columns exchanged. */
const PRODUCTS: readonly { readonly x: Operand; readonly y: Operand }[] = [
  {
    x: { first: 'top left', second: 'bottom right', sign: 1 },
    y: { first: 'top left', second: 'bottom right', sign: 1 },
  },
  { x: { first: 'top right', second: 'bottom right', sign: 1 }, y: { first: 'top left' } },
  { x: { first: 'top left' }, y: { first: 'top right', second: 'bottom right', sign: -1 } },
  { x: { first: 'bottom right' }, y: { first: 'bottom left', second: 'top left', sign: -1 } },
  { x: { first: 'top left', second: 'bottom left', sign: 1 }, y: { first: 'bottom right' } },
  {
    x: { first: 'top right', second: 'top left', sign: -1 },
    y: { first: 'top left', second: 'top right', sign: 1 },
  },
  {
    x: { first: 'bottom left', second: 'bottom right', sign: -1 },
    y: { first: 'bottom left', second: 'bottom right', sign: 1 },
  },
];

/** Which of them add up to each quadrant of the result, row by row. */
const RESULTS: readonly (readonly (readonly [product: number, sign: 1 | -1])[])[] = [
  [
    [0, 1],
    [3, 1],
    [4, -1],
    [6, 1],
  ],
  [
    [2, 1],
    [4, 1],
  ],
  [
    [1, 1],
    [3, 1],
  ],
  [
    [0, 1],
    [1, -1],
    [2, 1],
    [5, 1],
  ],
];

/**
 * Σ (x − meanX)(y − meanY)ᵀ by one level of Strassen's scheme: seven products of half the size in place of eight. Each
 * product is summed over all blocks of rows; they are put together once, at the end.
 * @param x row-major, shape [count, dim], count a multiple of STRASSEN_ROWS
 * @param y same shape
 * @returns row-major, shape [dim, dim]; errors are some float64 roundings of the largest entry
 * Source: Strassen, Numerische Mathematik 13, 1969; its errors: Higham, Accuracy and Stability, 2nd ed., §23.2.2.
 */
export function strassenProduct(
  kernels: LinearKernels,
  x: Floats,
  y: Floats,
  dim: number,
  meanX: Float64Array,
  meanY: Float64Array,
): Float64Array {
  const panels = Math.ceil(dim / (2 * PANEL_WIDTH));
  const half = panels * PANEL_WIDTH;
  const quadrantBytes = HALF_ROWS * half * FLOAT64_BYTES;
  const layout = createLayout();
  const products = PRODUCTS.map(() => layout.reserve(half * half * FLOAT64_BYTES));
  const left = reserveQuadrants(layout.reserve, quadrantBytes);
  const right = reserveQuadrants(layout.reserve, quadrantBytes);
  const scratch = [layout.reserve(quadrantBytes), layout.reserve(quadrantBytes)];
  const means = [layout.reserve(dim * FLOAT64_BYTES), layout.reserve(dim * FLOAT64_BYTES)];
  const source = layout.reserve(HALF_ROWS * dim * FLOAT64_BYTES);
  const memory = layout.claim(kernels.memory);
  // Products start at zero, and so do the columns beyond dim, which packing leaves alone.
  memory.fill(0, 0, scratch[0] / FLOAT64_BYTES);
  memory.set(meanX, means[0] / FLOAT64_BYTES);
  memory.set(meanY, means[1] / FLOAT64_BYTES);
  const operand = (
    quadrants: Record<Quadrant, number>,
    { first, second, sign = 1 }: Operand,
    to: number,
  ): number => {
    if (second === undefined) return quadrants[first];
    kernels.combine(quadrants[first], quadrants[second], sign, quadrantBytes / FLOAT64_BYTES, to);
    return to;
  };
  const count = x.length / dim;
  for (let row = 0; row < count; row += STRASSEN_ROWS) {
    packRows(kernels, x, dim, row, HALF_ROWS, means[0], source, left['top left']);
    packRows(kernels, x, dim, row + HALF_ROWS, HALF_ROWS, means[0], source, left['bottom left']);
    packRows(kernels, y, dim, row, HALF_ROWS, means[1], source, right['top left']);
    packRows(kernels, y, dim, row + HALF_ROWS, HALF_ROWS, means[1], source, right['bottom left']);
    PRODUCTS.forEach((product, i) => {
      const a = operand(left, product.x, scratch[0]);
      const b = operand(right, product.y, scratch[1]);
      kernels.addProduct(a, b, HALF_ROWS, panels, products[i], 0);
    });
  }
  return putTogether(
    products.map((address) =>
      memory.subarray(address / FLOAT64_BYTES, address / FLOAT64_BYTES + half * half),
    ),
    half,
    dim,
  );
}

/** Left and right side by side: packing all columns at "left" fills both. */
function reserveQuadrants(reserve: (bytes: number) => number, bytes: number): Record<Quadrant, number> {
  const [topLeft, topRight, bottomLeft, bottomRight] = [0, 1, 2, 3].map(() => reserve(bytes));
  return {
    'top left': topLeft,
    'top right': topRight,
    'bottom left': bottomLeft,
    'bottom right': bottomRight,
  };
}

function putTogether(products: readonly Float64Array[], half: number, dim: number): Float64Array {
  const result = new Float64Array(dim * dim);
  RESULTS.forEach((terms, quadrant) => {
    const firstRow = quadrant < 2 ? 0 : half;
    const firstColumn = quadrant % 2 === 0 ? 0 : half;
    const columns = Math.min(half, dim - firstColumn);
    for (const [product, sign] of terms) {
      const values = products[product];
      for (let i = 0; i < half && firstRow + i < dim; i++) {
        const at = (firstRow + i) * dim + firstColumn;
        for (let j = 0; j < columns; j++) result[at + j] += sign * values[i * half + j];
      }
    }
  });
  return result;
}
