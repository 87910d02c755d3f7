import { createLayout, FLOAT64_BYTES, linearKernels } from './load.ts';
import { PANEL_WIDTH } from './panels.ts';
import { symmetricPart } from './fast-rows.ts';

/** A symmetric matrix from which squares are subtracted. Another one must not be begun before it ends. */
export interface SymmetricDowndate {
  /** Write a row of it. */
  readRow(number: number, out: Float64Array, offset: number): void;
  /** Put another row, and column, in its place. */
  writeRow(number: number, values: Float64Array, offset: number): void;
  /** A −= BᵀB. @param rows B, row-major, at most `mostRows` rows */
  subtractSquare(rows: Float64Array): void;
  /** Its rows and columns at these places, which end it. @param places ascending */
  end(places: Uint32Array): Float64Array;
}

/**
 * @param matrix row-major, shape [width, width], symmetric; copied
 * @param mostRows of a square, a multiple of 4
 * `subtractSquare` is O(rows·width²/2), by WebAssembly where there is some.
 */
export function symmetricDowndate(matrix: Float64Array, width: number, mostRows: number): SymmetricDowndate {
  const kernels = linearKernels();
  const panels = Math.ceil(width / PANEL_WIDTH);
  const stride = kernels === null ? width : panels * PANEL_WIDTH;
  if (kernels === null)
    return downdateOf(matrix.slice(), width, width, (rows, a) => subtractPlainly(rows, a, width));
  const layout = createLayout();
  const square = layout.reserve(stride * stride * FLOAT64_BYTES);
  const packed = layout.reserve(mostRows * stride * FLOAT64_BYTES);
  const negative = layout.reserve(mostRows * stride * FLOAT64_BYTES);
  const zeros = layout.reserve(stride * FLOAT64_BYTES);
  const source = layout.reserve(mostRows * width * FLOAT64_BYTES);
  const memory = layout.claim(kernels.memory);
  memory.fill(0, zeros / FLOAT64_BYTES, zeros / FLOAT64_BYTES + stride);
  const a = memory.subarray(square / FLOAT64_BYTES, square / FLOAT64_BYTES + stride * stride);
  for (let i = 0; i < width; i++) a.set(matrix.subarray(i * width, (i + 1) * width), i * stride);
  return downdateOf(a, stride, width, (rows) => {
    const count = rows.length / width;
    memory.set(rows, source / FLOAT64_BYTES);
    kernels.packPanels(source, 1, count, width, zeros, packed);
    kernels.combine(packed, packed, -2, count * stride, negative);
    kernels.addProduct(negative, packed, count, panels, square, 1);
  });
}

/** @param a of which the upper triangle is kept */
function downdateOf(
  a: Float64Array,
  stride: number,
  width: number,
  subtract: (rows: Float64Array, a: Float64Array) => void,
): SymmetricDowndate {
  return {
    readRow(number, out, offset) {
      for (let j = 0; j < number; j++) out[offset + j] = a[j * stride + number];
      for (let j = number; j < width; j++) out[offset + j] = a[number * stride + j];
    },
    writeRow(number, values, offset) {
      for (let j = 0; j < number; j++) a[j * stride + number] = values[offset + j];
      for (let j = number; j < width; j++) a[number * stride + j] = values[offset + j];
    },
    subtractSquare: (rows) => subtract(rows, a),
    end: (places) => symmetricPart(a, stride, places),
  };
}

function subtractPlainly(rows: Float64Array, a: Float64Array, width: number): void {
  for (let from = 0; from < rows.length; from += width) {
    for (let i = 0; i < width; i++) {
      const scale = rows[from + i];
      for (let j = i; j < width; j++) a[i * width + j] -= scale * rows[from + j];
    }
  }
}
