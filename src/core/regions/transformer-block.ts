import { dot, type Floats } from '../vector.ts';

/** y = x·weight + bias. `weight`: row-major, shape [inputs, outputs], as ONNX keeps it; `bias`: length outputs. */
export interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  /** null: none. */
  readonly bias: Float32Array | null;
}

/** (x - mean) / √(variance + epsilon) ⊙ scale + shift, over one token's numbers. */
export interface LayerNorm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly epsilon: number;
}

/** `quick-gelu`: x·σ(1.702x), of OpenAI's CLIP; `gelu`: x·Φ(x); `gelu-tanh`: its approximation (Hendrycks and Gimpel 2016). */
export type Activation = 'quick-gelu' | 'gelu' | 'gelu-tanh' | 'relu';

/**
 * What one token of a vision transformer passes through behind the attention of the last block: output projection, residual, the two
 * layers of the MLP between norms, the projection into the space of the texts. Pre-norm, as in CLIP (Radford et al. 2021, section 2.4).
 */
export interface BlockTail {
  /** From the heads' sums, side by side, to the residual stream: [width, width]. */
  readonly attentionOutput: Linear;
  readonly mlpNorm: LayerNorm;
  readonly mlpIn: Linear;
  readonly activation: Activation;
  readonly mlpOut: Linear;
  readonly finalNorm: LayerNorm;
  readonly projection: Linear;
}

/** A token on its way, with what `tailGradient` needs again. All float64. */
export interface TailPass {
  /** Behind the attention's residual, length width. */
  readonly attended: Float64Array;
  /** What goes into the activation. */
  readonly hidden: Float64Array;
  /** Behind the MLP's residual, length width. */
  readonly blockOutput: Float64Array;
  /** Length dim, not normalised. */
  readonly embedding: Float64Array;
}

/**
 * One token from its attention to the embedding.
 * @param residual what the block got of this token, length width
 * @param heads the attention's sums of values, heads side by side, length width
 * O(width·hidden), in float64.
 */
export function passTail(tail: BlockTail, residual: Floats, heads: Floats): TailPass {
  const attended = applyLinear(tail.attentionOutput, heads);
  addInto(attended, residual);
  const hidden = applyLinear(tail.mlpIn, applyNorm(tail.mlpNorm, attended));
  const blockOutput = applyLinear(
    tail.mlpOut,
    hidden.map((x) => activate(tail.activation, x)),
  );
  addInto(blockOutput, attended);
  return {
    attended,
    hidden,
    blockOutput,
    embedding: applyLinear(tail.projection, applyNorm(tail.finalNorm, blockOutput)),
  };
}

/**
 * The gradient of embeddingGradient·embedding by the attention's sums of values, at one pass: the chain rule backwards through
 * projection, norm, MLP, residual and output projection.
 * @param embeddingGradient length dim
 * @returns length width
 */
export function tailGradient(tail: BlockTail, pass: TailPass, embeddingGradient: Floats): Float64Array {
  const normed = transposeLinear(tail.projection, embeddingGradient);
  const blockOutput = normGradient(tail.finalNorm, pass.blockOutput, normed);
  const hidden = transposeLinear(tail.mlpOut, blockOutput);
  for (let i = 0; i < hidden.length; i++) hidden[i] *= activationSlope(tail.activation, pass.hidden[i]);
  const attended = normGradient(tail.mlpNorm, pass.attended, transposeLinear(tail.mlpIn, hidden));
  addInto(attended, blockOutput);
  return transposeLinear(tail.attentionOutput, attended);
}

/**
 * The gradient of direction·e/|e| by e: what of the direction stands across e.
 * @param embedding not normalised
 * @throws RangeError when the embedding has no length
 */
export function unitGradient(embedding: Floats, direction: Floats): Float64Array {
  const dim = embedding.length;
  const norm = Math.sqrt(dot(embedding, 0, embedding, 0, dim));
  if (norm === 0) throw new RangeError('expected an embedding of positive norm, got 0');
  const along = dot(embedding, 0, direction, 0, dim) / (norm * norm);
  return Float64Array.from(embedding, (x, i) => (direction[i] - along * x) / norm);
}

/** @returns x·weight + bias, length outputs */
export function applyLinear({ inputs, outputs, weight, bias }: Linear, x: Floats): Float64Array {
  const y = bias === null ? new Float64Array(outputs) : Float64Array.from(bias);
  for (let i = 0, at = 0; i < inputs; i++) {
    const value = x[i];
    for (let j = 0; j < outputs; j++, at++) y[j] += value * weight[at];
  }
  return y;
}

/** @returns weight·y, length inputs: the gradient by x of y·applyLinear(x) */
export function transposeLinear({ inputs, outputs, weight }: Linear, y: Floats): Float64Array {
  const x = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) x[i] = dot(weight, i * outputs, y, 0, outputs);
  return x;
}

export function applyNorm(norm: LayerNorm, x: Floats): Float64Array {
  const { mean, deviation } = moments(x, norm.epsilon);
  return Float64Array.from(x, (value, i) => ((value - mean) / deviation) * norm.scale[i] + norm.shift[i]);
}

/** The gradient by x of gradient·applyNorm(x). Source: Ba et al. 2016, differentiated. */
function normGradient({ scale, epsilon }: LayerNorm, x: Floats, gradient: Floats): Float64Array {
  const width = x.length;
  const { mean, deviation } = moments(x, epsilon);
  let sum = 0;
  let along = 0;
  for (let i = 0; i < width; i++) {
    const scaled = gradient[i] * scale[i];
    sum += scaled;
    along += scaled * ((x[i] - mean) / deviation);
  }
  return Float64Array.from(x, (value, i) => {
    const standard = (value - mean) / deviation;
    return (gradient[i] * scale[i] - sum / width - (standard * along) / width) / deviation;
  });
}

function moments(x: Floats, epsilon: number): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  for (const value of x) sum += value;
  const mean = sum / x.length;
  let squares = 0;
  for (const value of x) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / x.length + epsilon) };
}

function addInto(sum: Float64Array, other: Floats): void {
  for (let i = 0; i < sum.length; i++) sum[i] += other[i];
}

const QUICK = 1.702;
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

function activate(kind: Activation, x: number): number {
  switch (kind) {
    case 'quick-gelu':
      return x / (1 + Math.exp(-QUICK * x));
    case 'gelu':
      return x * normalShare(x);
    case 'gelu-tanh':
      return 0.5 * x * (1 + Math.tanh(TANH_SCALE * (x + TANH_CUBE * x ** 3)));
    case 'relu':
      return Math.max(0, x);
  }
}

function activationSlope(kind: Activation, x: number): number {
  switch (kind) {
    case 'quick-gelu': {
      const share = 1 / (1 + Math.exp(-QUICK * x));
      return share * (1 + QUICK * x * (1 - share));
    }
    case 'gelu':
      return normalShare(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    case 'gelu-tanh': {
      const tanh = Math.tanh(TANH_SCALE * (x + TANH_CUBE * x ** 3));
      const inner = TANH_SCALE * (1 + 3 * TANH_CUBE * x * x);
      return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * inner;
    }
    case 'relu':
      return x > 0 ? 1 : 0;
  }
}

/** Beyond it the tail is below what float64 adds to 1. */
const NORMAL_END = 8.3;

/** Φ(x). Source: Marsaglia 2004, "Evaluating the Normal Distribution", whose series for 1/2 + φ(x)·(x + x³/3 + x⁵/15 + ...) this is. */
function normalShare(x: number): number {
  if (Math.abs(x) > NORMAL_END) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
