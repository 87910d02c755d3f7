import { rowCount } from '../vector.ts';

/**
 * (image − imageMean) ⊙ (text − textMean) for every pair: one value a coordinate, whose sum is the inner product of the
 * centred embeddings.
 * @param image row-major, shape [images, dim]
 * @param text row-major, shape [texts, dim]
 * @param imageRows the image row of each pair; `textRows` likewise
 * @param imageMean length dim, or null for no centring; `textMean` likewise
 * @returns row-major, shape [pairs, dim]; computed in float64, stored in float32
 * @throws RangeError for lists of different length, or a row out of range
 */
export function pairFeatures(
  image: Float32Array,
  text: Float32Array,
  imageRows: Uint32Array,
  textRows: Uint32Array,
  dim: number,
  imageMean: Float32Array | null,
  textMean: Float32Array | null,
): Float32Array {
  const pairs = imageRows.length;
  if (textRows.length !== pairs) {
    throw new RangeError(`expected ${pairs} text rows, one an image row, got ${textRows.length}`);
  }
  assertRows(imageRows, rowCount(image, dim), 'image');
  assertRows(textRows, rowCount(text, dim), 'text');
  const a = imageMean ?? new Float32Array(dim);
  const b = textMean ?? new Float32Array(dim);
  if (a.length !== dim || b.length !== dim) {
    throw new RangeError(`expected means of length ${dim}, got ${a.length} and ${b.length}`);
  }
  const features = new Float32Array(pairs * dim);
  for (let pair = 0, out = 0; pair < pairs; pair++) {
    const imageAt = imageRows[pair] * dim;
    const textAt = textRows[pair] * dim;
    for (let i = 0; i < dim; i++, out++)
      features[out] = (image[imageAt + i] - a[i]) * (text[textAt + i] - b[i]);
  }
  return features;
}

function assertRows(rows: Uint32Array, count: number, what: string): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= count) {
      throw new RangeError(`expected ${what} rows below ${count}, got ${rows[i]} in pair ${i}`);
    }
  }
}
