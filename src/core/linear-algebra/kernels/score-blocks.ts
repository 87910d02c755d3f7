import { plainScore } from '../plain-scores.ts';
import type { LinearKernels } from './load.ts';
import { createLayout, linearKernels } from './load.ts';

/** Vectors of a panel, as `scoreRows` takes them. */
const ROW_PANEL = 4;
const COLUMN_PANEL = 8;
/** Rows scored at once: with 512 coordinates they take 128 KB, and stay in the second-level cache while the columns pass. */
const BLOCK_ROWS = 64;
const FLOAT32_BYTES = 4;

/** Scores of some rows against all columns, float32, as `plainScore` gives them. */
export interface ScoreBlock {
  /** Row i of the block begins at i · stride. Valid until the visitor returns. */
  readonly scores: Float32Array;
  readonly stride: number;
  readonly firstRow: number;
  readonly rowCount: number;
}

/**
 * All inner products of two sets of vectors, block of rows by block of rows, by WebAssembly where there is some. No matrix
 * is kept: each score is computed once, and whoever needs both directions of a retrieval reads both from it.
 * @param rows row-major, shape [rowCount, dim]
 * @param columns row-major, shape [columnCount, dim]
 * @param visit sees the blocks in order; must not call another kernel of linear-algebra, they share one memory
 * O(rowCount·columnCount·dim); 4·columnCount·(dim + 64) bytes.
 */
export function scoreBlocks(
  rows: Float32Array,
  columns: Float32Array,
  dim: number,
  visit: (block: ScoreBlock) => void,
): void {
  const kernels = linearKernels();
  if (kernels === null) plainBlocks(rows, columns, dim, visit);
  else compiledBlocks(kernels, rows, columns, dim, visit);
}

function compiledBlocks(
  kernels: LinearKernels,
  rows: Float32Array,
  columns: Float32Array,
  dim: number,
  visit: (block: ScoreBlock) => void,
): void {
  const count = rows.length / dim;
  const columnPanels = Math.ceil(columns.length / dim / COLUMN_PANEL);
  const stride = columnPanels * COLUMN_PANEL;
  const layout = createLayout();
  const packedColumns = layout.reserve(stride * dim * FLOAT32_BYTES);
  const packedRows = layout.reserve(BLOCK_ROWS * dim * FLOAT32_BYTES);
  const target = layout.reserve(BLOCK_ROWS * stride * FLOAT32_BYTES);
  layout.claim(kernels.memory);
  const { buffer } = kernels.memory;
  pack(columns, dim, COLUMN_PANEL, new Float32Array(buffer, packedColumns, stride * dim));
  const block = new Float32Array(buffer, packedRows, BLOCK_ROWS * dim);
  const scores = new Float32Array(buffer, target, BLOCK_ROWS * stride);
  for (let firstRow = 0; firstRow < count; firstRow += BLOCK_ROWS) {
    const rowCount = Math.min(BLOCK_ROWS, count - firstRow);
    const rowPanels = Math.ceil(rowCount / ROW_PANEL);
    const part = rows.subarray(firstRow * dim, (firstRow + rowCount) * dim);
    pack(part, dim, ROW_PANEL, block.subarray(0, rowPanels * ROW_PANEL * dim));
    kernels.scoreRows(packedRows, rowPanels, packedColumns, columnPanels, dim, target);
    visit({ scores, stride, firstRow, rowCount });
  }
}

/** Panels of `width` vectors side by side, coordinate after coordinate; zeros beyond the last vector. */
function pack(vectors: Float32Array, dim: number, width: number, panels: Float32Array): void {
  const count = vectors.length / dim;
  if (count % width !== 0) panels.fill(0, Math.floor(count / width) * width * dim);
  for (let vector = 0, from = 0; vector < count; vector++) {
    const lane = vector % width;
    let to = (vector - lane) * dim + lane;
    for (const end = from + dim; from < end; from++, to += width) panels[to] = vectors[from];
  }
}

function plainBlocks(
  rows: Float32Array,
  columns: Float32Array,
  dim: number,
  visit: (block: ScoreBlock) => void,
): void {
  const stride = columns.length / dim;
  const scores = new Float32Array(stride);
  for (let row = 0; row < rows.length / dim; row++) {
    for (let column = 0; column < stride; column++) {
      scores[column] = plainScore(rows, row, columns, column, dim);
    }
    visit({ scores, stride, firstRow: row, rowCount: 1 });
  }
}
