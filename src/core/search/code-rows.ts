import { rowCount } from '../vector.ts';

/** Of int4, and of signs. */
export type CodeBits = 4 | 1;

/**
 * What the codes of a row stand for: (code - (2^bits - 1) / 2) · step, coordinate by coordinate. Codes lie symmetrically around 0, so
 * that none is lost on a zero that hardly occurs.
 */
export interface RowCodes {
  readonly bits: CodeBits;
  /** One a coordinate, shared by all rows, so that none is stored with a row; 0 where all rows were 0. */
  readonly steps: Float32Array;
}

/**
 * Step of the uniform quantizer of 16 levels that loses the least of a Gaussian, in standard deviations. Coordinates of a map
 * are nearly Gaussian. Source: Max 1960, Quantizing for Minimum Distortion, table II.
 */
const INT4_STEP_IN_DEVIATIONS = 0.3352;
/** Of two levels the best lie at ± the mean magnitude, whatever the distribution. */
const SIGN_STEP_IN_MAGNITUDES = 2;

/** Bytes of a row of `dim` codes; nothing else is stored a row. */
export function codeRowBytes(bits: CodeBits, dim: number): number {
  return Math.ceil((dim * bits) / 8);
}

/** The largest code. */
export function largestCode(bits: CodeBits): number {
  return 2 ** bits - 1;
}

/**
 * The codes that lose the least of rows like these.
 * @param parts each row-major, shape [any, dim], finite, about centred
 * @returns steps of length dim
 * @throws RangeError for no rows at all, a broken row or a number that is not finite
 */
export function fitCodes(bits: CodeBits, parts: readonly Float32Array[], dim: number): RowCodes {
  const sums = new Float64Array(dim);
  let count = 0;
  for (const rows of parts) {
    count += rowCount(rows, dim);
    for (let at = 0; at < rows.length; at += dim) {
      for (let i = 0; i < dim; i++) {
        const value = rows[at + i];
        sums[i] += bits === 1 ? Math.abs(value) : value * value;
      }
    }
  }
  if (count === 0) throw new RangeError('expected at least one row, got none');
  const steps = Float32Array.from(sums, (sum) =>
    bits === 1 ? (SIGN_STEP_IN_MAGNITUDES * sum) / count : INT4_STEP_IN_DEVIATIONS * Math.sqrt(sum / count),
  );
  const broken = steps.findIndex((step) => !Number.isFinite(step));
  if (broken >= 0) throw new RangeError(`expected finite numbers, got others in column ${broken}`);
  return { bits, steps };
}

/**
 * Round rows to codes, values beyond the last code to it. With rows of B bytes, coordinate i lies in byte i mod B, in its lowest bits
 * where i < B, in the next ones where i < 2·B, and so on; bits that no coordinate takes are 0.
 * @param rows row-major, shape [count, dim], all finite
 * @param packed written, row-major, shape [count, codeRowBytes(bits, dim)]
 * @throws RangeError on broken shapes or a number that is not finite
 * O(count·dim), no allocation.
 */
export function packCodeRows(rows: Float32Array, { bits, steps }: RowCodes, packed: Uint8Array): void {
  const dim = steps.length;
  const count = rowCount(rows, dim);
  const bytes = codeRowBytes(bits, dim);
  if (packed.length !== count * bytes) {
    throw new RangeError(`expected room for ${count * bytes} bytes, got ${packed.length}`);
  }
  packed.fill(0);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dim; i++) {
      const code = codeOf(rows[row * dim + i], steps[i], bits);
      packed[row * bytes + (i % bytes)] |= code << (bits * Math.floor(i / bytes));
    }
  }
}

/** The code above 0 of a coordinate without a step stands for 0 like any other. */
function codeOf(value: number, step: number, bits: CodeBits): number {
  if (!Number.isFinite(value)) throw new RangeError(`expected finite numbers, got ${value}`);
  const most = largestCode(bits);
  const middle = (most + 1) / 2;
  if (step === 0) return middle;
  return Math.min(most, Math.max(0, Math.floor(value / step) + middle));
}

/**
 * What packed rows stand for.
 * @param rows written, row-major, shape [count, dim]
 * @throws RangeError on broken shapes
 */
export function unpackCodeRows(packed: Uint8Array, { bits, steps }: RowCodes, rows: Float32Array): void {
  const dim = steps.length;
  const bytes = codeRowBytes(bits, dim);
  const count = rowCount(rows, dim);
  if (packed.length !== count * bytes) {
    throw new RangeError(`expected ${count * bytes} bytes of ${count} rows, got ${packed.length}`);
  }
  const most = largestCode(bits);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < dim; i++) {
      const code = (packed[row * bytes + (i % bytes)] >> (bits * Math.floor(i / bytes))) & most;
      rows[row * dim + i] = (code - most / 2) * steps[i];
    }
  }
}
