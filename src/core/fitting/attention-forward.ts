import { exp } from '../exp-log.ts';
import { ATTENTION_WIDTH, HEADS, HEAD_WIDTH } from '../scoring/attention.ts';
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

/** What each image and text becomes; `slot` numbers a text's heads: text·8 + head. */
export interface Forward {
  /** [sets, 64] */
  readonly queries: Float64Array;
  /** [sets, 64]: transposed output times the image, so that a head's part times its value is the image's product with it. */
  readonly imageValues: Float64Array;
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

export function project(
  parameters: Float64Array,
  { images, texts, k }: AttentionRows,
  sets: CaptionSets,
): Forward {
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
  const imageValues = imagesThroughOutput(output, images, sets.images, k);
  const products = new Float64Array(count * slots);
  for (let i = 0; i < count; i++) {
    for (let slot = 0; slot < slots; slot++) {
      const head = i * ATTENTION_WIDTH + (slot % HEADS) * HEAD_WIDTH;
      products[i * slots + slot] = dot(imageValues, head, values, slot * HEAD_WIDTH, HEAD_WIDTH);
    }
  }
  const grams = Array.from({ length: count }, (_, s) => gramOf(outputs, sets, s, k));
  const shares = sharesOf(queries, keys, sets);
  return { queries, keys, values, outputs, imageValues, products, shares, grams };
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
  if (end - start === 1) {
    shares[offset + start * HEADS] = 1;
    return;
  }
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
    shares[at] = exp(shares[at] - largest);
    sum += shares[at];
  }
  for (let text = start; text < end; text++) shares[offset + text * HEADS] /= sum;
}

/** @returns [indices.length, 64]: output [k, 64], transposed, times each named row */
function imagesThroughOutput(
  output: Float64Array,
  rows: Floats,
  indices: Uint32Array,
  k: number,
): Float64Array {
  const product = new Float64Array(indices.length * ATTENTION_WIDTH);
  for (let i = 0; i < indices.length; i++) {
    for (let row = 0; row < k; row++) {
      const coordinate = rows[indices[i] * k + row];
      for (let j = 0; j < ATTENTION_WIDTH; j++) {
        product[i * ATTENTION_WIDTH + j] += coordinate * output[row * ATTENTION_WIDTH + j];
      }
    }
  }
  return product;
}

/** [sets, sets]: cosine of the image of the row and what it attends to in the set of the column; 0 where that vanishes. */
export function scoreSets(
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
