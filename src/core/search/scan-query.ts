import type { Floats } from '../vector.ts';

/** A vector of more coordinates could not be asked about finely enough. */
export const MAX_SCAN_DIM = 16_384;

/** The kernels read a query in steps of this many coordinates. */
const QUERY_STEP = 16;
const INT16_MAX = 32_767;
const INT32_MAX = 2_147_483_647;
/** Blocks are made with magnitudes up to 127, but bytes from outside may hold -128. */
const INT8_LARGEST_MAGNITUDE = 128;

/** A query in whole numbers: about scale · values. */
export interface ScanQuery {
  readonly dim: number;
  /** Length dim rounded up to a multiple of 16, zero beyond dim. */
  readonly values: Int16Array;
  /** 0 for a zero query. */
  readonly scale: number;
}

/**
 * The largest magnitude of a query's coordinates: int16 as far as dim products with int8 cannot overflow an int32 between
 * them, whatever their signs. 32,767 up to 512 coordinates, 1,023 at 16,384: 258 and 8 times as fine as int8.
 */
export function largestQueryValue(dim: number): number {
  return Math.min(INT16_MAX, Math.floor(INT32_MAX / (INT8_LARGEST_MAGNITUDE * dim)));
}

/** How many values a query of so many coordinates has. */
export function paddedQueryLength(dim: number): number {
  return Math.ceil(dim / QUERY_STEP) * QUERY_STEP;
}

/**
 * Round a query to whole numbers; each coordinate is off by at most scale / 2, scale = largest magnitude /
 * `largestQueryValue(dim)`.
 * @param query 1 to 16,384 coordinates, all finite
 * @throws RangeError on another length or a number that is not finite
 */
export function quantizeQuery(query: Floats): ScanQuery {
  const dim = query.length;
  if (dim < 1 || dim > MAX_SCAN_DIM) {
    throw new RangeError(`expected a query of 1 to ${MAX_SCAN_DIM} coordinates, got ${dim}`);
  }
  let largest = 0;
  for (let i = 0; i < dim; i++) {
    if (!Number.isFinite(query[i])) {
      throw new RangeError(`expected a query of finite numbers, got ${query[i]} at ${i}`);
    }
    largest = Math.max(largest, Math.abs(query[i]));
  }
  const values = new Int16Array(paddedQueryLength(dim));
  if (largest === 0) return { dim, values, scale: 0 };
  const most = largestQueryValue(dim);
  for (let i = 0; i < dim; i++) values[i] = Math.round((query[i] / largest) * most);
  return { dim, values, scale: largest / most };
}
