import { scoreBlocks } from './kernels/score-blocks.ts';

/**
 * Every row of one matrix with every row of another: rows · columnsᵀ, each product as `plainScore` gives it.
 * @param rows row-major, shape [count, dim]
 * @param columns row-major, shape [columnCount, dim]
 * @returns row-major, shape [count, columnCount]
 * O(count·columnCount·dim)
 */
export function rowProducts(rows: Float32Array, columns: Float32Array, dim: number): Float32Array {
  const width = columns.length / dim;
  const products = new Float32Array((rows.length / dim) * width);
  scoreBlocks(rows, columns, dim, ({ scores, stride, firstRow, rowCount }) => {
    for (let i = 0; i < rowCount; i++) {
      products.set(scores.subarray(i * stride, i * stride + width), (firstRow + i) * width);
    }
  });
  return products;
}

/** @param matrix row-major, shape [count, dim] @returns row-major, shape [dim, count] */
export function transposedRows(matrix: Float32Array, dim: number): Float32Array {
  const count = matrix.length / dim;
  const turned = new Float32Array(matrix.length);
  for (let i = 0, at = 0; i < count; i++)
    for (let j = 0; j < dim; j++, at++) turned[j * count + i] = matrix[at];
  return turned;
}
