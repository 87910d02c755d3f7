import { ATTENTION_WIDTH, HEADS, HEAD_WIDTH } from '../attention.ts';
import type { Floats } from '../vector.ts';
import { dot } from '../vector.ts';

/** Unit rows, row-major, shape [count, k]. */
export interface AttentionRows {
  readonly images: Floats;
  readonly texts: Floats;
  readonly k: number;
}

/** Images, each with a set of texts about it; set s holds `texts` from `offsets[s]` to `offsets[s + 1]`, at least one. */
export interface CaptionSets {
  /** Rows of the images, one a set. */
  readonly images: Uint32Array;
  /** Rows of the texts, set after set. */
  readonly texts: Uint32Array;
  readonly offsets: Uint32Array;
  /** Shape [sets, sets]: 1 where the set of the column may fit the image of the row, though it is not its own. */
  readonly excluded: Uint8Array;
}

/** All that is learned in one vector: query, key, value [64, k], output [k, 64], then the log of the logits' scale. */
export function parameterCount(k: number): number {
  return 4 * ATTENTION_WIDTH * k + 1;
}

/** Views of the parts. */
export function partsOf(
  parameters: Float64Array,
  k: number,
): { query: Float64Array; key: Float64Array; value: Float64Array; output: Float64Array } {
  const part = (i: number): Float64Array =>
    parameters.subarray(i * ATTENTION_WIDTH * k, (i + 1) * ATTENTION_WIDTH * k);
  return { query: part(0), key: part(1), value: part(2), output: part(3) };
}

/**
 * In-batch contrastive loss of attention, both ways (InfoNCE, van den Oord et al. 2018; symmetric as in Radford et al.
 * 2021): the score of image i and set s is the cosine of the image and what it attends to in the set, times exp(logScale);
 * the mean over images of the cross-entropy of its own set among all, and over sets of its own image, halved and added.
 * @param gradient filled with the derivatives by `parameters` when given, of the same length
 * @returns the loss, finite for finite parameters
 * O(sets·texts·k·8 + Σ texts of a set²·64·(k + sets)), twice that again for the gradient.
 */
export function contrastiveLoss(
  parameters: Float64Array,
  rows: AttentionRows,
  sets: CaptionSets,
  gradient?: Float64Array,
): number {
  const forward = project(parameters, rows, sets);
  const scores = scoreSets(forward, sets);
  const count = sets.images.length;
  const scale = Math.exp(parameters[parameters.length - 1]);
  const byLogit = new Float64Array(count * count);
  const loss = crossEntropies(scores, sets.excluded, scale, byLogit);
  if (gradient === undefined) return loss;
  gradient.fill(0);
  let byLogScale = 0;
  for (let i = 0; i < byLogit.length; i++) {
    byLogScale += byLogit[i] * scale * scores[i];
    byLogit[i] *= scale;
  }
  gradient[gradient.length - 1] = byLogScale;
  backpropagate(parameters, rows, sets, forward, scores, byLogit, gradient);
  return loss;
}

/** What each image and text becomes; `slot` numbers a text's heads: text·8 + head. */
interface Forward {
  /** [sets, 64] */
  readonly queries: Float64Array;
  /** [texts, 64] */
  readonly keys: Float64Array;
  readonly values: Float64Array;
  /** [slots, k]: each head's value through its columns of output. */
  readonly outputs: Float64Array;
  /** [sets, slots]: image times output of the slot. */
  readonly products: Float64Array;
  /** [sets, slots]: what share the image gives the text, in that head. */
  readonly shares: Float64Array;
  /** For each set the inner products of the outputs of its slots, row-major. */
  readonly grams: readonly Float64Array[];
}

function project(parameters: Float64Array, { images, texts, k }: AttentionRows, sets: CaptionSets): Forward {
  const { query, key, value, output } = partsOf(parameters, k);
  const queries = multiplyRows(query, images, sets.images, k);
  const keys = multiplyRows(key, texts, sets.texts, k);
  const values = multiplyRows(value, texts, sets.texts, k);
  const slots = sets.texts.length * HEADS;
  const outputs = new Float64Array(slots * k);
  for (let slot = 0; slot < slots; slot++) {
    const column = (slot % HEADS) * HEAD_WIDTH;
    for (let row = 0; row < k; row++) {
      outputs[slot * k + row] = dot(
        output,
        row * ATTENTION_WIDTH + column,
        values,
        slot * HEAD_WIDTH,
        HEAD_WIDTH,
      );
    }
  }
  const count = sets.images.length;
  const products = new Float64Array(count * slots);
  for (let i = 0; i < count; i++) {
    const image = sets.images[i] * k;
    for (let slot = 0; slot < slots; slot++) {
      products[i * slots + slot] = dot(images, image, outputs, slot * k, k);
    }
  }
  const grams = Array.from({ length: count }, (_, s) => gramOf(outputs, sets, s, k));
  return { queries, keys, values, outputs, products, shares: sharesOf(queries, keys, sets), grams };
}

function gramOf(outputs: Float64Array, { offsets }: CaptionSets, s: number, k: number): Float64Array {
  const start = offsets[s] * HEADS;
  const size = (offsets[s + 1] - offsets[s]) * HEADS;
  const gram = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      const product = dot(outputs, (start + a) * k, outputs, (start + b) * k, k);
      gram[a * size + b] = product;
      gram[b * size + a] = product;
    }
  }
  return gram;
}

function sharesOf(
  queries: Float64Array,
  keys: Float64Array,
  { offsets, images, texts }: CaptionSets,
): Float64Array {
  const slots = texts.length * HEADS;
  const shares = new Float64Array(images.length * slots);
  for (let i = 0; i < images.length; i++) {
    for (let s = 0; s < images.length; s++) {
      for (let head = 0; head < HEADS; head++) {
        softmaxInto(
          shares,
          i * slots + head,
          queries,
          i * ATTENTION_WIDTH + head * HEAD_WIDTH,
          keys,
          head,
          offsets[s],
          offsets[s + 1],
        );
      }
    }
  }
  return shares;
}

/** One head's softmax over the texts from `start` to `end`; `shares` are strided by HEADS. */
function softmaxInto(
  shares: Float64Array,
  offset: number,
  queries: Float64Array,
  query: number,
  keys: Float64Array,
  head: number,
  start: number,
  end: number,
): void {
  let largest = -Infinity;
  for (let text = start; text < end; text++) {
    const logit =
      dot(queries, query, keys, text * ATTENTION_WIDTH + head * HEAD_WIDTH, HEAD_WIDTH) /
      Math.sqrt(HEAD_WIDTH);
    shares[offset + text * HEADS] = logit;
    if (logit > largest) largest = logit;
  }
  let sum = 0;
  for (let text = start; text < end; text++) {
    const at = offset + text * HEADS;
    shares[at] = Math.exp(shares[at] - largest);
    sum += shares[at];
  }
  for (let text = start; text < end; text++) shares[offset + text * HEADS] /= sum;
}

/** [sets, sets]: cosine of the image of the row and what it attends to in the set of the column; 0 where that vanishes. */
function scoreSets(
  { products, shares, grams }: Forward,
  { offsets, images, texts }: CaptionSets,
): Float64Array {
  const count = images.length;
  const slots = texts.length * HEADS;
  const scores = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let s = 0; s < count; s++) {
      const start = i * slots + offsets[s] * HEADS;
      const size = (offsets[s + 1] - offsets[s]) * HEADS;
      let squared = 0;
      for (let a = 0; a < size; a++)
        squared += shares[start + a] * dot(grams[s], a * size, shares, start, size);
      if (squared > 0) scores[i * count + s] = dot(shares, start, products, start, size) / Math.sqrt(squared);
    }
  }
  return scores;
}

/** Loss over rows and columns; `byLogit` gets the derivatives by scale·score. */
function crossEntropies(
  scores: Float64Array,
  excluded: Uint8Array,
  scale: number,
  byLogit: Float64Array,
): number {
  const count = Math.sqrt(scores.length);
  let loss = 0;
  for (const [outer, inner] of [
    [count, 1],
    [1, count],
  ]) {
    for (let own = 0; own < count; own++) {
      const base = own * outer;
      let largest = -Infinity;
      for (let j = 0; j < count; j++) {
        const at = base + j * inner;
        if (excluded[at] === 0) largest = Math.max(largest, scale * scores[at]);
      }
      let sum = 0;
      for (let j = 0; j < count; j++) {
        const at = base + j * inner;
        if (excluded[at] === 0) sum += Math.exp(scale * scores[at] - largest);
      }
      const logSum = largest + Math.log(sum);
      for (let j = 0; j < count; j++) {
        const at = base + j * inner;
        if (excluded[at] === 0) byLogit[at] += Math.exp(scale * scores[at] - logSum) / (2 * count);
      }
      const diagonal = own * count + own;
      byLogit[diagonal] -= 1 / (2 * count);
      loss += (logSum - scale * scores[diagonal]) / (2 * count);
    }
  }
  return loss;
}

function backpropagate(
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
  for (let s = 0; s < sets.images.length; s++) {
    backpropagateSet(s, rows, sets, forward, scores, byScore, { byQuery, byKey, byOutputs });
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
  addOuterProducts(by.query, byQuery, rows.images, sets.images, k);
  addOuterProducts(by.key, byKey, rows.texts, sets.texts, k);
  addOuterProducts(by.value, byValue, rows.texts, sets.texts, k);
}

/** The derivatives that come through the scores of one set with every image. */
function backpropagateSet(
  s: number,
  { images, k }: AttentionRows,
  sets: CaptionSets,
  { queries, keys, outputs, products, shares, grams }: Forward,
  scores: Float64Array,
  byScore: Float64Array,
  { byQuery, byKey, byOutputs }: Record<'byQuery' | 'byKey' | 'byOutputs', Float64Array>,
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
    const image = sets.images[i] * k;
    for (let a = 0; a < size; a++) {
      const share = shares[start + a];
      byShare[a] = derivative * (products[start + a] / norm - (score * gramShares[a]) / squared);
      const byProduct = (derivative * share) / norm;
      const row = (first + a) * k;
      for (let j = 0; j < k; j++) byOutputs[row + j] += byProduct * images[image + j];
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
  { byQuery, byKey }: Record<'byQuery' | 'byKey', Float64Array>,
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

/** @returns [indices.length, 64]: the matrix [64, k] times each named row */
function multiplyRows(matrix: Float64Array, rows: Floats, indices: Uint32Array, k: number): Float64Array {
  const product = new Float64Array(indices.length * ATTENTION_WIDTH);
  for (let i = 0; i < indices.length; i++) {
    for (let j = 0; j < ATTENTION_WIDTH; j++) {
      product[i * ATTENTION_WIDTH + j] = dot(matrix, j * k, rows, indices[i] * k, k);
    }
  }
  return product;
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
