import { type Floats, dot } from '../vector.ts';
import type { ProductKernels } from './kernels/product-kernels.ts';

const FLOAT64_BYTES = 8;
const PAGE_BYTES = 65_536;
/** Where the kernel finds its rows and leaves its products: a tile of `b` that stays in the second-level cache, one of `a`. */
const B_BYTES = 524_288;
const A_BYTES = 65_536;
const B_ROWS = 512;
const A_ROWS = 64;
const A_ADDRESS = B_BYTES;
const PRODUCTS_ADDRESS = A_ADDRESS + A_BYTES;
const MEMORY_BYTES = PRODUCTS_ADDRESS + FLOAT64_BYTES * A_ROWS * B_ROWS;
/** Longer rows do not fit the tiles: they are multiplied in plain code. */
const MOST_COORDINATES = A_BYTES / FLOAT64_BYTES;
/** Fewer multiplications than it takes to copy the rows. */
const LEAST_MULTIPLICATIONS = 2_048;

/**
 * Every row of `a` with every row of `b`, each product as `dot` gives it, to the bit, whichever way it is computed.
 * @param a rows of one length, that of `b`
 * @param kernels null for plain code, which takes seven times as long
 * @returns row-major, shape [a.length, b.length]
 * O(a·b·dim); accumulates in float64.
 */
export function matrixProduct(
  a: readonly Floats[],
  b: readonly Floats[],
  kernels: ProductKernels | null,
): Float64Array {
  const products = new Float64Array(a.length * b.length);
  if (products.length === 0) return products;
  const dim = a[0].length;
  const pays = products.length * dim >= LEAST_MULTIPLICATIONS && dim <= MOST_COORDINATES;
  if (kernels !== null && pays) multiplyInto(products, a, b, kernels);
  else multiplyPlainlyInto(products, a, b);
  return products;
}

function multiplyPlainlyInto(products: Float64Array, a: readonly Floats[], b: readonly Floats[]): void {
  const dim = a[0].length;
  let at = 0;
  for (const row of a) {
    for (const column of b) products[at++] = dot(row, 0, column, 0, dim);
  }
}

function multiplyInto(
  products: Float64Array,
  a: readonly Floats[],
  b: readonly Floats[],
  { memory, multiply }: ProductKernels,
): void {
  const missing = MEMORY_BYTES - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const numbers = new Float64Array(memory.buffer, 0, MEMORY_BYTES / FLOAT64_BYTES);
  const dim = a[0].length;
  const rowBytes = FLOAT64_BYTES * Math.max(1, dim);
  const mostColumns = Math.min(B_ROWS, Math.floor(B_BYTES / rowBytes));
  const mostRows = Math.min(A_ROWS, Math.floor(A_BYTES / rowBytes));
  for (let column = 0; column < b.length; column += mostColumns) {
    const columns = Math.min(mostColumns, b.length - column);
    copyRows(numbers, 0, b, column, columns);
    for (let row = 0; row < a.length; row += mostRows) {
      const rows = Math.min(mostRows, a.length - row);
      copyRows(numbers, A_ADDRESS / FLOAT64_BYTES, a, row, rows);
      multiply(A_ADDRESS, rows, 0, columns, dim, PRODUCTS_ADDRESS);
      for (let i = 0; i < rows; i++) {
        const from = PRODUCTS_ADDRESS / FLOAT64_BYTES + i * columns;
        products.set(numbers.subarray(from, from + columns), (row + i) * b.length + column);
      }
    }
  }
}

/** In float64, as they are multiplied: to widen them for every product would cost more. */
function copyRows(
  to: Float64Array,
  offset: number,
  rows: readonly Floats[],
  from: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to.set(rows[from + i], offset + i * rows[from + i].length);
}
