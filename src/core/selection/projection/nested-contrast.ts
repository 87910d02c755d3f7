import { exp } from '../../exp-log.ts';
import { symmetricCrossEntropy } from '../../gradient/symmetric-cross-entropy.ts';
import { rowProducts, transposedRows } from '../../linear-algebra/row-products.ts';

/** Pairs after a map of each modality: row i of one belongs to row i of the other. */
export interface MappedPairs {
  /** Row-major, shape [count, k]; need not be of unit norm. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly k: number;
  /** Shape [count, count]: 1 where the text of the column may fit the image of the row, though it is not its own. */
  readonly excluded: Uint8Array;
}

/** What the loss is judged at: the first so many coordinates, under a scale of their own. */
export interface NestedScales {
  /** From 1 to k each. */
  readonly widths: readonly number[];
  /** Natural logarithm of what cosines are multiplied by, one a width. */
  readonly logScales: Float64Array;
}

/** Derivatives of a loss, of the shape of what they are taken by. */
export interface NestedGradient {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly logScales: Float64Array;
}

/**
 * The contrastive loss (`symmetricCrossEntropy`) of the cosines of mapped pairs, mean over several widths: what is learned first
 * stands in the first coordinates, so that one map serves every smaller k.
 * @param gradient filled with the derivatives when given
 * Products are float32, the rest float64. O(count²·Σ widths). Source of the nesting: Kusupati et al. 2022, Matryoshka
 * representation learning, equation 1.
 */
export function nestedContrast(
  { images, texts, k, excluded }: MappedPairs,
  { widths, logScales }: NestedScales,
  gradient?: NestedGradient,
): number {
  gradient?.images.fill(0);
  gradient?.texts.fill(0);
  let loss = 0;
  widths.forEach((width, i) => {
    const image = unitPrefixes(images, k, width);
    const text = unitPrefixes(texts, k, width);
    const cosines = rowProducts(image.rows, text.rows, width);
    const scale = exp(logScales[i]);
    const byLogit = new Float64Array(cosines.length);
    loss += symmetricCrossEntropy(cosines, excluded, scale, byLogit) / widths.length;
    if (gradient === undefined) return;
    const byCosine = new Float32Array(cosines.length);
    let byLogScale = 0;
    for (let at = 0; at < cosines.length; at++) {
      byCosine[at] = (byLogit[at] * scale) / widths.length;
      byLogScale += byCosine[at] * cosines[at];
    }
    gradient.logScales[i] = byLogScale;
    const count = image.norms.length;
    addThroughNorm(gradient.images, image, rowProducts(byCosine, transposedRows(text.rows, width), count), k);
    const byText = rowProducts(transposedRows(byCosine, count), transposedRows(image.rows, width), count);
    addThroughNorm(gradient.texts, text, byText, k);
  });
  return loss;
}

/** Unit rows, and the norms they had; rows of zeros stay. */
interface UnitRows {
  readonly rows: Float32Array;
  readonly width: number;
  readonly norms: Float64Array;
}

/** The first `width` of k coordinates of every row. */
export function unitPrefixes(rows: Float32Array, k: number, width: number): UnitRows {
  const count = rows.length / k;
  const units = new Float32Array(count * width);
  const norms = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let squares = 0;
    for (let j = 0; j < width; j++) squares += rows[row * k + j] ** 2;
    const norm = Math.sqrt(squares);
    norms[row] = norm;
    if (norm > 0) for (let j = 0; j < width; j++) units[row * width + j] = rows[row * k + j] / norm;
  }
  return { rows: units, width, norms };
}

/** Derivatives by unit rows as derivatives by the rows: what points along a row is lost in its norm. */
function addThroughNorm(
  sums: Float32Array,
  { rows, width, norms }: UnitRows,
  byUnit: Float32Array,
  k: number,
): void {
  for (let row = 0; row < norms.length; row++) {
    if (norms[row] === 0) continue;
    const start = row * width;
    let along = 0;
    for (let j = 0; j < width; j++) along += byUnit[start + j] * rows[start + j];
    for (let j = 0; j < width; j++) {
      sums[row * k + j] += (byUnit[start + j] - along * rows[start + j]) / norms[row];
    }
  }
}
