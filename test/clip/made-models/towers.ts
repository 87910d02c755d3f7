import { createRandom } from '../../../src/core/random.ts';
import { OnnxGraph, type OnnxFiles, type Precision } from './onnx-graph.ts';

/** Of every made network: a multiple of what shares a scale in a q4 matrix. */
const HIDDEN = 32;
const PATCH = 8;

export interface TextShape {
  readonly vocabularySize: number;
  readonly maxTokens: number;
  readonly dim: number;
  /**
   * How the tokens become one vector, as the family's real network does it: `end-token`: causal, at the highest id; `last`: all of
   * them, padding included; `mean`: those that are not padding.
   */
  readonly pooling: 'end-token' | 'last' | 'mean';
  readonly padToken: number;
  readonly hasMask: boolean;
  /** Tokens of the graph's input where the export fixes them; null: any number. */
  readonly fixedTokens: number | null;
}

export interface ImageShape {
  readonly size: number;
  readonly dim: number;
}

export interface MadeTower {
  readonly seed: number;
  readonly precision: Precision;
  /** Names of the outputs; the second is what the network gives before pooling. */
  readonly outputs: readonly string[];
  /** The name of the file with the weights; null: they are in the model. */
  readonly dataFile: string | null;
}

/** Embeddings with positions, one layer, pooling, projection. */
export function textModel(shape: TextShape, tower: MadeTower): OnnxFiles {
  const graph = new OnnxGraph(createRandom(tower.seed), tower.precision);
  addText(graph, shape, tower.outputs);
  return graph.finish(tower.dataFile);
}

/** Patches, one layer, mean, projection. */
export function visionModel(shape: ImageShape, tower: MadeTower): OnnxFiles {
  const graph = new OnnxGraph(createRandom(tower.seed), tower.precision);
  addVision(graph, shape, tower.outputs);
  return graph.finish(tower.dataFile);
}

/** Both towers in one graph, as jina-clip-v2 has them. */
export function jointModel(text: TextShape, image: ImageShape, tower: MadeTower): OnnxFiles {
  const graph = new OnnxGraph(createRandom(tower.seed), tower.precision);
  addText(graph, text, tower.outputs.slice(0, 1));
  addVision(graph, image, tower.outputs.slice(1));
  return graph.finish(tower.dataFile);
}

function addText(graph: OnnxGraph, shape: TextShape, outputs: readonly string[]): void {
  const { vocabularySize, maxTokens, dim, hasMask, fixedTokens } = shape;
  const length = fixedTokens ?? 'sequence_length';
  const ids = graph.input('input_ids', 'int64', ['text_batch_size', length]);
  const words = graph.node('Gather', [graph.weights([vocabularySize, HIDDEN], 1), ids]);
  const count = graph.node('Slice', [graph.node('Shape', [ids]), graph.integers([1]), graph.integers([2])]);
  const positions = graph.node('Slice', [
    graph.weights([maxTokens, HIDDEN], 0.5),
    graph.integers([0]),
    count,
    graph.integers([0]),
  ]);
  let states = graph.node('Tanh', [graph.multiply(graph.node('Add', [words, positions]), HIDDEN, HIDDEN)]);
  if (hasMask) {
    const mask = graph.input('attention_mask', 'int64', ['text_batch_size', length]);
    states = graph.node('Mul', [states, asWeights(graph, mask)]);
  }
  const pooled = pool(graph, shape, ids, states);
  const embedding = graph.multiply(pooled, HIDDEN, dim);
  nameOutputs(graph, outputs, ['text_batch_size', dim], embedding, states, [length, HIDDEN]);
}

function pool(graph: OnnxGraph, { pooling, padToken }: TextShape, ids: string, states: string): string {
  if (pooling === 'end-token') {
    const sums = graph.node('CumSum', [states, graph.integer(1)]);
    const end = graph.node('ArgMax', [ids], { axis: 1, keepdims: 1 });
    return graph.node('GatherND', [sums, end], { batch_dims: 1 });
  }
  if (pooling === 'last') {
    const last = graph.node('Gather', [states, graph.integer(-1)], { axis: 1 });
    return graph.node('Add', [last, graph.node('ReduceMean', [states], { axes: [1], keepdims: 0 })]);
  }
  const kept = graph.node('Not', [graph.node('Equal', [ids, graph.integer(padToken)])]);
  const weights = asWeights(graph, kept);
  const axis = graph.integers([1]);
  const sum = graph.node('ReduceSum', [graph.node('Mul', [states, weights]), axis], { keepdims: 0 });
  return graph.node('Div', [sum, graph.node('ReduceSum', [weights, axis], { keepdims: 0 })]);
}

/** [batch, length] of anything to float32 [batch, length, 1]. */
function asWeights(graph: OnnxGraph, value: string): string {
  return graph.node('Unsqueeze', [graph.node('Cast', [value], { to: 1 }), graph.integers([2])]);
}

function addVision(graph: OnnxGraph, { size, dim }: ImageShape, outputs: readonly string[]): void {
  const pixels = graph.input('pixel_values', 'float32', ['image_batch_size', 3, size, size]);
  const kernel = graph.weights([HIDDEN, 3, PATCH, PATCH], 1 / Math.sqrt(3 * PATCH * PATCH));
  const patches = graph.node('Conv', [pixels, kernel], {
    kernel_shape: [PATCH, PATCH],
    strides: [PATCH, PATCH],
  });
  const rows = graph.node('Reshape', [patches, graph.integers([0, HIDDEN, (size / PATCH) ** 2])]);
  // With something between the two: fused with a transposition, ONNX Runtime's product takes no batch of none.
  const tokens = graph.node('Add', [
    graph.node('Transpose', [rows], { perm: [0, 2, 1] }),
    graph.weights([HIDDEN], 0.1),
  ]);
  const states = graph.node('Tanh', [graph.multiply(tokens, HIDDEN, HIDDEN)]);
  const mean = graph.node('ReduceMean', [states], { axes: [1], keepdims: 0 });
  const embedding = graph.multiply(mean, HIDDEN, dim);
  nameOutputs(graph, outputs, ['image_batch_size', dim], embedding, states, ['patches', HIDDEN]);
}

function nameOutputs(
  graph: OnnxGraph,
  [embeds, hidden]: readonly string[],
  dims: readonly [string, number],
  embedding: string,
  states: string,
  statesDims: readonly (string | number)[],
): void {
  graph.output(embeds, embedding, dims);
  if (hidden !== undefined) graph.output(hidden, states, [dims[0], ...statesDims]);
}
