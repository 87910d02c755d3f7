import { dot } from '../../vector.ts';

/**
 * Every row through a linear map.
 * @param rows row-major, shape [count, dim]
 * @param map row-major, shape [k, dim] or longer
 * @returns row-major, shape [count, k]
 */
export function mapRows(rows: Float32Array, dim: number, map: Float32Array, k: number): Float32Array {
  const count = rows.length / dim;
  const mapped = new Float32Array(count * k);
  for (let row = 0, out = 0; row < count; row++) {
    for (let j = 0; j < k; j++, out++) mapped[out] = dot(map, j * dim, rows, row * dim, dim);
  }
  return mapped;
}
