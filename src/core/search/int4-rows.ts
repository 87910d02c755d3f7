import { rowCount } from '../vector.ts';

/** Codes of four bits: 0 to 15 stand for -7.5 to 7.5 steps, so that none is lost on a zero that hardly occurs. */
const LARGEST_CODE = 15;
const MIDDLE = 7.5;
/**
 * Step of the uniform quantizer of 16 levels that loses the least of a Gaussian, in standard deviations. Coordinates of a map
 * are nearly Gaussian. Source: Max 1960, Quantizing for Minimum Distortion, table II.
 */
const STEP_IN_DEVIATIONS = 0.3352;

/** Bytes of a row of `dim` codes, two a byte; nothing else is stored a row. */
export function int4RowBytes(dim: number): number {
  return Math.ceil(dim / 2);
}

/**
 * The step of every coordinate, from rows like those that will be stored: a share of its root mean square, so that all rows have
 * the same and none is stored with a row.
 * @param parts each row-major, shape [any, dim], finite, about centred
 * @returns length dim; 0 where all rows are 0
 * @throws RangeError for no rows at all, a broken row or a number that is not finite
 */
export function int4Steps(parts: readonly Float32Array[], dim: number): Float32Array {
  const squares = new Float64Array(dim);
  let count = 0;
  for (const rows of parts) {
    count += rowCount(rows, dim);
    for (let at = 0; at < rows.length; at += dim) {
      for (let i = 0; i < dim; i++) squares[i] += rows[at + i] * rows[at + i];
    }
  }
  if (count === 0) throw new RangeError('expected at least one row, got none');
  const steps = Float32Array.from(squares, (sum) => STEP_IN_DEVIATIONS * Math.sqrt(sum / count));
  const broken = steps.findIndex((step) => !Number.isFinite(step));
  if (broken >= 0) throw new RangeError(`expected finite numbers, got others in column ${broken}`);
  return steps;
}

/**
 * Round rows to codes of four bits, values beyond the last step to it. Coordinate i lies in the low half of byte i, coordinate
 * i + ceil(dim / 2) in its high half; the last high half of an odd dim is 0.
 * @param rows row-major, shape [count, dim], all finite
 * @param steps of every coordinate, as `int4Steps` gives them
 * @param packed written, row-major, shape [count, int4RowBytes(dim)]
 * @throws RangeError on broken shapes or a number that is not finite
 * O(count·dim), no allocation.
 */
export function packInt4Rows(rows: Float32Array, steps: Float32Array, packed: Uint8Array): void {
  const dim = steps.length;
  const count = rowCount(rows, dim);
  const bytes = int4RowBytes(dim);
  if (packed.length !== count * bytes) {
    throw new RangeError(`expected room for ${count * bytes} bytes, got ${packed.length}`);
  }
  for (let row = 0; row < count; row++) {
    const start = row * dim;
    for (let i = 0; i < bytes; i++) {
      const low = codeOf(rows[start + i], steps[i]);
      const high = i + bytes < dim ? codeOf(rows[start + i + bytes], steps[i + bytes]) : 0;
      packed[row * bytes + i] = low | (high << 4);
    }
  }
}

/** The middle code of a coordinate without a step stands for 0 like any other. */
function codeOf(value: number, step: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`expected finite numbers, got ${value}`);
  if (step === 0) return Math.ceil(MIDDLE);
  return Math.min(LARGEST_CODE, Math.max(0, Math.floor(value / step) + Math.ceil(MIDDLE)));
}

/**
 * What packed rows stand for: (code - 7.5) · step, coordinate by coordinate.
 * @param rows written, row-major, shape [count, dim]
 * @throws RangeError on broken shapes
 */
export function unpackInt4Rows(packed: Uint8Array, steps: Float32Array, rows: Float32Array): void {
  const dim = steps.length;
  const bytes = int4RowBytes(dim);
  const count = rowCount(rows, dim);
  if (packed.length !== count * bytes) {
    throw new RangeError(`expected ${count * bytes} bytes of ${count} rows, got ${packed.length}`);
  }
  for (let row = 0; row < count; row++) {
    const start = row * dim;
    for (let i = 0; i < dim; i++) {
      const byte = packed[row * bytes + (i % bytes)];
      const code = i < bytes ? byte & LARGEST_CODE : byte >> 4;
      rows[start + i] = (code - MIDDLE) * steps[i];
    }
  }
}
