import { ATTENTION_WIDTH, HEADS, HEAD_WIDTH } from '../scoring/attention.ts';
import type { Floats } from '../vector.ts';
import { dot } from '../vector.ts';
import type { AttentionRows, CaptionSets, Forward } from './attention-forward.ts';
import { partsOf } from './attention-forward.ts';

/**
 * Derivatives of a loss by all parameters from those by the scores.
 * @param byScore [sets, sets]
 * @param gradient added to
 */
export function backpropagate(
  parameters: Float64Array,
  rows: AttentionRows,
  sets: CaptionSets,
  forward: Forward,
  scores: Float64Array,
  byScore: Float64Array,
  gradient: Float64Array,
): void {
  const { k } = rows;
  const { output } = partsOf(parameters, k);
  const by = partsOf(gradient, k);
  const byQuery = new Float64Array(forward.queries.length);
  const byKey = new Float64Array(forward.keys.length);
  const byValue = new Float64Array(forward.values.length);
  const byOutputs = new Float64Array(forward.outputs.length);
  const byImageValue = new Float64Array(forward.imageValues.length);
  const sums = { byQuery, byKey, byValue, byImageValue, byOutputs };
  for (let s = 0; s < sets.images.length; s++) {
    backpropagateSet(s, rows, sets, forward, scores, byScore, sums);
  }
  for (let slot = 0; slot < sets.texts.length * HEADS; slot++) {
    const column = (slot % HEADS) * HEAD_WIDTH;
    for (let row = 0; row < k; row++) {
      const derivative = byOutputs[slot * k + row];
      for (let i = 0; i < HEAD_WIDTH; i++) {
        const at = row * ATTENTION_WIDTH + column + i;
        by.output[at] += derivative * forward.values[slot * HEAD_WIDTH + i];
        byValue[slot * HEAD_WIDTH + i] += derivative * output[at];
      }
    }
  }
  addImageProducts(by.output, byImageValue, rows.images, sets.images, k);
  addOuterProducts(by.query, byQuery, rows.images, sets.images, k);
  addOuterProducts(by.key, byKey, rows.texts, sets.texts, k);
  addOuterProducts(by.value, byValue, rows.texts, sets.texts, k);
}

/** Derivatives of the loss by what `Forward` holds, each of the shape it has there. */
type Sums = Record<'byQuery' | 'byKey' | 'byValue' | 'byImageValue' | 'byOutputs', Float64Array>;

/** The derivatives that come through the scores of one set with every image. */
function backpropagateSet(
  s: number,
  { k }: AttentionRows,
  sets: CaptionSets,
  { queries, keys, values, imageValues, outputs, products, shares, grams }: Forward,
  scores: Float64Array,
  byScore: Float64Array,
  { byQuery, byKey, byValue, byImageValue, byOutputs }: Sums,
): void {
  const count = sets.images.length;
  const slots = sets.texts.length * HEADS;
  const first = sets.offsets[s] * HEADS;
  const size = sets.offsets[s + 1] * HEADS - first;
  const gram = grams[s];
  const byGram = new Float64Array(size * size);
  const gramShares = new Float64Array(size);
  const byShare = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    const start = i * slots + first;
    let squared = 0;
    for (let a = 0; a < size; a++) {
      gramShares[a] = dot(gram, a * size, shares, start, size);
      squared += shares[start + a] * gramShares[a];
    }
    const derivative = byScore[i * count + s];
    if (!(squared > 0) || derivative === 0) continue;
    const norm = Math.sqrt(squared);
    const score = scores[i * count + s];
    for (let a = 0; a < size; a++) {
      const share = shares[start + a];
      byShare[a] = derivative * (products[start + a] / norm - (score * gramShares[a]) / squared);
      const byProduct = (derivative * share) / norm;
      const value = (first + a) * HEAD_WIDTH;
      const imageValue = i * ATTENTION_WIDTH + (a % HEADS) * HEAD_WIDTH;
      for (let j = 0; j < HEAD_WIDTH; j++) {
        byValue[value + j] += byProduct * imageValues[imageValue + j];
        byImageValue[imageValue + j] += byProduct * values[value + j];
      }
      const byGramRow = (derivative * score * share) / squared;
      // Both of a symmetric pair at once: a derivative by the outputs meets each twice, and here it is halved.
      for (let b = 0; b < size; b++) byGram[a * size + b] -= byGramRow * shares[start + b];
    }
    if (size > HEADS) {
      backpropagateShares(i, first, size, { queries, keys, shares, slots }, byShare, { byQuery, byKey });
    }
  }
  for (let a = 0; a < size; a++) {
    const row = (first + a) * k;
    for (let b = 0; b < size; b++) {
      const derivative = byGram[a * size + b];
      const other = (first + b) * k;
      for (let j = 0; j < k; j++) byOutputs[row + j] += derivative * outputs[other + j];
    }
  }
}

/** Through the softmax of every head to query and keys. */
function backpropagateShares(
  i: number,
  first: number,
  size: number,
  { queries, keys, shares, slots }: Pick<Forward, 'queries' | 'keys' | 'shares'> & { readonly slots: number },
  byShare: Float64Array,
  { byQuery, byKey }: Pick<Sums, 'byQuery' | 'byKey'>,
): void {
  const start = i * slots + first;
  for (let head = 0; head < HEADS; head++) {
    let mean = 0;
    for (let a = head; a < size; a += HEADS) mean += shares[start + a] * byShare[a];
    const query = i * ATTENTION_WIDTH + head * HEAD_WIDTH;
    for (let a = head; a < size; a += HEADS) {
      const byLogit = (shares[start + a] * (byShare[a] - mean)) / Math.sqrt(HEAD_WIDTH);
      const key = (first + a) * HEAD_WIDTH;
      for (let j = 0; j < HEAD_WIDTH; j++) {
        byQuery[query + j] += byLogit * keys[key + j];
        byKey[key + j] += byLogit * queries[query + j];
      }
    }
  }
}

/** Adds to a matrix [64, k] the outer products of derivatives [indices.length, 64] and the named rows. */
function addOuterProducts(
  matrix: Float64Array,
  derivatives: Float64Array,
  rows: Floats,
  indices: Uint32Array,
  k: number,
): void {
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] * k;
    for (let j = 0; j < ATTENTION_WIDTH; j++) {
      const derivative = derivatives[i * ATTENTION_WIDTH + j];
      for (let column = 0; column < k; column++) matrix[j * k + column] += derivative * rows[row + column];
    }
  }
}

/** Adds to a matrix [k, 64] the outer products of the named rows and derivatives [indices.length, 64]. */
function addImageProducts(
  matrix: Float64Array,
  derivatives: Float64Array,
  rows: Floats,
  indices: Uint32Array,
  k: number,
): void {
  for (let i = 0; i < indices.length; i++) {
    for (let row = 0; row < k; row++) {
      const coordinate = rows[indices[i] * k + row];
      for (let j = 0; j < ATTENTION_WIDTH; j++) {
        matrix[row * ATTENTION_WIDTH + j] += coordinate * derivatives[i * ATTENTION_WIDTH + j];
      }
    }
  }
}
