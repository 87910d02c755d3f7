import type { Floats } from '../vector.ts';
import { type CodeBits, type RowCodes, codeRowBytes, largestCode } from './code-rows.ts';
import { MAX_SCAN_DIM } from './scan-query.ts';

/** The kernels read rows of codes, and with them a query, in chunks of this many bytes. */
const CHUNK = 16;
/** The relaxed product of WebAssembly multiplies int8 by 7 bits; -128 would overflow its sums. */
const LARGEST = 127;

/** A query against rows of codes in whole numbers: score = (2 · codes · values - centre) · scale, in float32. */
export interface CodeQuery {
  readonly bits: CodeBits;
  readonly rowBytes: number;
  /**
   * In the order in which the kernels meet codes: for every 16 bytes of a row begun, 16 for the lowest codes of these bytes, 16 for
   * the next ones, and so on; zero where no coordinate is.
   */
  readonly values: Int8Array;
  /** What the middle of all codes, between two whole ones, comes to: an exact whole number. */
  readonly centre: number;
  /** float32; 0 for a zero query. */
  readonly scale: number;
}

/**
 * Round a query to int8, each coordinate times its step before; it is off by half of 1/127 of the largest at most, a small share of
 * what codes of 4 bits are off by.
 * @param query as many coordinates as there are steps, at most 16,384, all finite
 * @throws RangeError on another length or a number that is not finite
 */
export function codesQuery(query: Floats, { bits, steps }: RowCodes): CodeQuery {
  const dim = steps.length;
  if (query.length !== dim || dim < 1 || dim > MAX_SCAN_DIM) {
    throw new RangeError(`expected a query of ${dim} coordinates, 1 to ${MAX_SCAN_DIM}, got ${query.length}`);
  }
  const weighted = Float64Array.from(query, (value, i) => value * steps[i]);
  const broken = weighted.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw new RangeError(`expected a query of finite numbers, got others at ${broken}`);
  const largest = weighted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const rowBytes = codeRowBytes(bits, dim);
  const planes = 8 / bits;
  const values = new Int8Array(planes * CHUNK * Math.ceil(rowBytes / CHUNK));
  if (largest === 0) return { bits, rowBytes, values, centre: 0, scale: 0 };
  let sum = 0;
  weighted.forEach((value, i) => {
    const byte = i % rowBytes;
    const rounded = Math.round((value / largest) * LARGEST);
    values[queryPlace(bits, byte, Math.floor(i / rowBytes))] = rounded;
    sum += rounded;
  });
  return {
    bits,
    rowBytes,
    values,
    centre: largestCode(bits) * sum,
    scale: Math.fround(largest / LARGEST / 2),
  };
}

/** Where the kernels expect what meets the code of a byte. @param plane 0 for its lowest bits */
export function queryPlace(bits: CodeBits, byte: number, plane: number): number {
  return CHUNK * ((8 / bits) * Math.floor(byte / CHUNK) + plane) + (byte % CHUNK);
}

/**
 * The score of every row. Oracle of the WebAssembly kernels, which give the same bits: the sum is a whole number, exact in any order,
 * then rounded to float32, and so is its product with the scale.
 * @param rows row-major, shape [count, query.rowBytes] or longer
 * @param scores written, the first count of them
 * O(count·rowBytes·8/bits), no allocation.
 */
export function scanCodesPlain(
  rows: Uint8Array,
  count: number,
  query: CodeQuery,
  scores: Float32Array,
): void {
  const { bits, rowBytes, values, centre, scale } = query;
  const planes = 8 / bits;
  const mask = largestCode(bits);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (let byte = 0; byte < rowBytes; byte++, at++) {
      const first = queryPlace(bits, byte, 0);
      for (let plane = 0; plane < planes; plane++) {
        sum += ((rows[at] >> (bits * plane)) & mask) * values[first + CHUNK * plane];
      }
    }
    scores[row] = Math.fround(2 * sum - centre) * scale;
  }
}
