import type { Floats } from '../../vector.ts';
import type { RowMatrix } from '../row-matrix.ts';
import { plainRowMatrix } from '../row-matrix.ts';
import type { LinearKernels } from './load.ts';
import { createLayout, FLOAT64_BYTES, newLinearKernels } from './load.ts';
import { PANEL_WIDTH } from './panels.ts';

/** Rows multiplied and added before the next: at 512 columns of float64 they take 256 KB of the second-level cache. */
const BLOCK_ROWS = 64;
/** Rows packed at once for `scatter`: 1 MB at 512 columns. */
const PACKED_ROWS = 250;
/** Columns left out stay in place, multiplied by 0, until fewer than this share of those in place are left. */
const DENSE = 0.75;
/** Beyond this a matrix stays where JavaScript has it: WebAssembly's memory ends at 4 GB. */
const MAX_BYTES = 2 ** 31;

/**
 * A `RowMatrix` by WebAssembly where there is some, in the precision of the features; sums are float64.
 * @param features row-major, shape [count, dim]; copied
 * About 0.2 ns an element of `multiplyAndAdd` from the cache on one core of an EPYC, beyond it what the memory gives.
 */
export function rowMatrix(features: Floats, count: number, dim: number): RowMatrix {
  const kernels = features.byteLength > MAX_BYTES ? null : newLinearKernels();
  return kernels === null
    ? plainRowMatrix(features, count, dim)
    : compiledRowMatrix(kernels, features, count, dim);
}

/** Where things lie in the memory of the kernels. */
interface Places {
  readonly vector: number;
  readonly sums: number;
  readonly products: number;
  readonly scales: number;
  readonly packed: number;
  readonly square: number;
  readonly rows: number;
}

function compiledRowMatrix(
  kernels: LinearKernels,
  features: Floats,
  count: number,
  columns: number,
): RowMatrix {
  const wide = features instanceof Float64Array ? 1 : 0;
  const Class = wide === 1 ? Float64Array : Float32Array;
  const at = placesFor(columns, features.byteLength);
  at.layout.claim(kernels.memory);
  const { buffer } = kernels.memory;
  const vectorRoom = new Float64Array(buffer, at.vector, columns + 1);
  const sumsRoom = new Float64Array(buffer, at.sums, columns + 1);
  const productsRoom = new Float64Array(buffer, at.products, PACKED_ROWS);
  const scalesRoom = new Float64Array(buffer, at.scales, PACKED_ROWS);
  const rows = new Class(buffer, at.rows, features.length);
  rows.set(features);
  /** Columns in place, and which of them are left. */
  let stride = columns;
  let left = Uint32Array.from({ length: columns }, (_, j) => j);

  const addressOf = (row: number): number => at.rows + row * stride * Class.BYTES_PER_ELEMENT;
  const strideBytes = (): number => stride * Class.BYTES_PER_ELEMENT;

  function forBlocks(size: number, visit: (first: number, last: number) => void): void {
    for (let first = 0; first < count; first += size) visit(first, Math.min(count, first + size));
  }

  function placeVector(vector: Float64Array): void {
    const dim = left.length;
    if (dim < stride) vectorRoom.fill(0, 0, stride);
    for (let j = 0; j < dim; j++) vectorRoom[left[j]] = vector[j];
    vectorRoom[stride] = vector[dim];
  }

  /** @returns their sum */
  function placeScales(scales: Float64Array, first: number, last: number): number {
    let sum = 0;
    for (let row = first; row < last; row++) {
      scalesRoom[row - first] = scales[row];
      sum += scales[row];
    }
    return sum;
  }

  function takeSums(sums: Float64Array): void {
    for (let j = 0; j < left.length; j++) sums[j] += sumsRoom[left[j]];
  }

  return {
    count,
    get dim() {
      return left.length;
    },
    addRows(scales, sums) {
      sumsRoom.fill(0);
      forBlocks(PACKED_ROWS, (first, last) => {
        sums[left.length] += placeScales(scales, first, last);
        kernels.addRows(addressOf(first), wide, strideBytes(), last - first, stride, at.scales, at.sums);
      });
      takeSums(sums);
    },
    multiplyAndAdd(vector, products, scale, scales, sums) {
      placeVector(vector);
      sumsRoom.fill(0);
      forBlocks(BLOCK_ROWS, (first, last) => {
        const from = addressOf(first);
        const size = last - first;
        kernels.multiplyRows(from, wide, strideBytes(), size, stride, at.vector, at.products);
        for (let row = first; row < last; row++) products[row] = productsRoom[row - first];
        scale(first, last);
        sums[left.length] += placeScales(scales, first, last);
        kernels.addRows(from, wide, strideBytes(), size, stride, at.scales, at.sums);
      });
      takeSums(sums);
    },
    addSquares(scales, sums) {
      sumsRoom.fill(0);
      forBlocks(PACKED_ROWS, (first, last) => {
        sums[left.length] += placeScales(scales, first, last);
        kernels.addSquares(addressOf(first), wide, strideBytes(), last - first, stride, at.scales, at.sums);
      });
      takeSums(sums);
    },
    scatter(scales) {
      const panels = Math.ceil((stride + 1) / PANEL_WIDTH);
      const side = panels * PANEL_WIDTH;
      const square = new Float64Array(buffer, at.square, side * side);
      square.fill(0);
      forBlocks(PACKED_ROWS, (first, last) => {
        placeScales(scales, first, last);
        kernels.packScaled(addressOf(first), wide, strideBytes(), last - first, stride, at.scales, at.packed);
        kernels.addProduct(at.packed, at.packed, last - first, panels, at.square, 1);
      });
      return symmetricPart(square, side, Uint32Array.of(...left, stride));
    },
    keepColumns(stay) {
      left = stay.map((j) => left[j]);
      const dim = left.length;
      if (dim > DENSE * stride) return;
      for (let row = 0; row < count; row++) {
        for (let j = 0; j < dim; j++) rows[row * dim + j] = rows[row * stride + left[j]];
      }
      stride = dim;
      left = left.map((_, j) => j);
    },
  };
}

function placesFor(
  columns: number,
  rowBytes: number,
): Places & { readonly layout: ReturnType<typeof createLayout> } {
  const layout = createLayout();
  const floats = (length: number): number => layout.reserve(length * FLOAT64_BYTES);
  const side = Math.ceil((columns + 1) / PANEL_WIDTH) * PANEL_WIDTH;
  return {
    layout,
    vector: floats(columns + 1),
    sums: floats(columns + 1),
    products: floats(PACKED_ROWS),
    scales: floats(PACKED_ROWS),
    packed: floats(PACKED_ROWS * side),
    square: floats(side * side),
    rows: layout.reserve(rowBytes),
  };
}

/** Some rows and columns of a symmetric matrix of which the upper triangle is known. @param places ascending */
export function symmetricPart(upper: Float64Array, stride: number, places: Uint32Array): Float64Array {
  const width = places.length;
  const part = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    const from = places[i] * stride;
    for (let j = i; j < width; j++) part[i * width + j] = upper[from + places[j]];
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) part[i * width + j] = part[j * width + i];
  return part;
}
