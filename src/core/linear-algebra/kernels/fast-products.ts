import type { Floats } from '../../vector.ts';
import { plainColumnSums, plainCrossScatter } from '../plain-products.ts';
import type { LinearKernels } from './load.ts';
import { createLayout, FLOAT64_BYTES, linearKernels } from './load.ts';
import { PANEL_WIDTH, packRows, stage, unpadded } from './panels.ts';
import { STRASSEN_MIN_DIM, STRASSEN_ROWS, strassenProduct } from './strassen.ts';

/**
 * Rows packed at once. A packed block of 512 columns takes 1 MB and stays in the second-level cache; half of it is odd, so
 * that the panels written side by side do not fall on the same lines of the first-level cache.
 */
const BLOCK_ROWS = 250;
/** Rows staged for a sum. */
const STAGED_ROWS = 64;

/**
 * Sum of every column, by WebAssembly where there is some; in the order of `plainColumnSums`, so equal to the last bit.
 * @param rows row-major, shape [count, dim]
 */
export function columnSums(rows: Floats, dim: number): Float64Array {
  const kernels = linearKernels();
  if (kernels === null) return plainColumnSums(rows, dim);
  const layout = createLayout();
  const sums = layout.reserve(dim * FLOAT64_BYTES);
  const source = layout.reserve(STAGED_ROWS * dim * FLOAT64_BYTES);
  const memory = layout.claim(kernels.memory);
  memory.fill(0, 0, dim);
  for (let at = 0; at < rows.length; at += STAGED_ROWS * dim) {
    const block = rows.subarray(at, at + STAGED_ROWS * dim);
    const wide = stage(kernels, block, source);
    kernels.addColumnSums(source, wide, block.length / dim, dim, sums);
  }
  return memory.slice(0, dim);
}

/**
 * `plainCrossScatter`, by WebAssembly where there is some: rows are centred and packed block by block, then multiplied in
 * tiles of 4×4 that stay in registers. Large products of two matrices go through one level of Strassen's scheme; errors
 * are then some roundings of the largest entry, not of each entry by itself.
 */
export function crossScatter(
  x: Floats,
  y: Floats,
  dim: number,
  meanX: Float64Array,
  meanY: Float64Array,
): Float64Array {
  const kernels = linearKernels();
  if (kernels === null) return plainCrossScatter(x, y, dim, meanX, meanY);
  if (y === x && meanY === meanX) return tiledProduct(kernels, x, null, dim, meanX, meanX);
  const split = dim < STRASSEN_MIN_DIM ? 0 : x.length - (x.length % (STRASSEN_ROWS * dim));
  if (split === 0) return tiledProduct(kernels, x, y, dim, meanX, meanY);
  const product = strassenProduct(kernels, x.subarray(0, split), y.subarray(0, split), dim, meanX, meanY);
  if (split === x.length) return product;
  const rest = tiledProduct(kernels, x.subarray(split), y.subarray(split), dim, meanX, meanY);
  for (let i = 0; i < product.length; i++) product[i] += rest[i];
  return product;
}

/** @param y null for x itself: only the tiles on and above the diagonal are then computed */
function tiledProduct(
  kernels: LinearKernels,
  x: Floats,
  y: Floats | null,
  dim: number,
  meanX: Float64Array,
  meanY: Float64Array,
): Float64Array {
  const panels = Math.ceil(dim / PANEL_WIDTH);
  const stride = panels * PANEL_WIDTH;
  const blockBytes = BLOCK_ROWS * stride * FLOAT64_BYTES;
  const layout = createLayout();
  const sums = layout.reserve(stride * stride * FLOAT64_BYTES);
  const means = [layout.reserve(dim * FLOAT64_BYTES), layout.reserve(dim * FLOAT64_BYTES)];
  const blocks = [layout.reserve(blockBytes), layout.reserve(blockBytes)];
  const source = layout.reserve(blockBytes);
  const memory = layout.claim(kernels.memory);
  memory.fill(0, sums / FLOAT64_BYTES, sums / FLOAT64_BYTES + stride * stride);
  memory.set(meanX, means[0] / FLOAT64_BYTES);
  memory.set(meanY, means[1] / FLOAT64_BYTES);
  const count = x.length / dim;
  for (let row = 0; row < count; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, count - row);
    packRows(kernels, x, dim, row, rows, means[0], source, blocks[0]);
    if (y !== null) packRows(kernels, y, dim, row, rows, means[1], source, blocks[1]);
    kernels.addProduct(blocks[0], blocks[y === null ? 0 : 1], rows, panels, sums, y === null ? 1 : 0);
  }
  const product = unpadded(memory.subarray(sums / FLOAT64_BYTES), stride, dim);
  if (y === null) mirrorTriangle(product, dim);
  return product;
}

function mirrorTriangle(product: Float64Array, dim: number): void {
  for (let i = 0; i < dim; i++) for (let j = 0; j < i; j++) product[i * dim + j] = product[j * dim + i];
}
