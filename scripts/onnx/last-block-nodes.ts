import type { LastBlockWeights } from '../../src/core/regions/last-block.ts';
import type { Activation, LayerNorm, Linear } from '../../src/core/regions/transformer-block.ts';
import type { GraphIndex } from './graph-index.ts';
import { asLinear, asNorm, type LayerNode } from './layer-nodes.ts';
import type { NodeProto } from './model-proto.ts';

/** Where the last block of a vision transformer is in a graph. */
export interface LastBlockNodes {
  /** Values of the graph, a row a token. */
  readonly residual: string;
  readonly normed: string;
  /** Query, key and value; the same three times where one layer makes all. */
  readonly projected: readonly [string, string, string];
  /** The weights, read when they are asked for. @throws Error where they are in a form that is not read */
  readonly readWeights: () => LastBlockWeights;
}

/** The graph is not of the structure that is looked for. */
export class NotFoundError extends Error {}

/**
 * Find the last block of a pre-norm vision transformer by its structure, from the embedding back: projection, norm, the residual of the
 * MLP, its two layers, the residual of the attention, its output layer, and behind softmax what makes query, key and value. Names of
 * nodes are not looked at.
 * @param embedding the output that is the image's embedding
 * @throws NotFoundError naming what was looked for in vain
 */
export function findLastBlock(graph: GraphIndex, embedding: string): LastBlockNodes {
  const projection = upToLinear(graph, embedding, 'the projection of the embedding', TOKEN_OPS);
  const finalNorm = upToNorm(graph, projection.input, 'the last norm');
  const [mlpOut, attended] = splitResidual(graph, upTo(graph, finalNorm.input, 'Add', TOKEN_OPS), 'the MLP');
  const { layer: mlpIn, activation } = upThroughActivation(graph, mlpOut.input);
  const mlpNorm = upToNorm(graph, mlpIn.input, "the MLP's norm");
  const [attentionOutput, residual] = splitResidual(graph, attended, 'the attention');
  const [probabilities, values] = productOf(graph, attentionOutput.input, "the heads' sums of values");
  const softmax = upTo(graph, probabilities, 'Softmax', SCORE_OPS);
  const [queries, keys] = productOf(graph, inputOf(graph, softmax), 'scores of queries and keys');
  const [query, key, value] = [queries, keys, values].map((side, i) => {
    const name = ['query', 'key', 'value'][i];
    return { name, ...upToLinearValue(graph, side, `what makes the ${name}`) };
  });
  const norms = [query, key, value].map(({ layer, name }) =>
    upToNorm(graph, layer.input, `the norm before the ${name}`),
  );
  if (norms.some(({ input }) => input !== norms[0].input)) {
    throw new NotFoundError('query, key and value are not made of one norm');
  }
  const isFused = query.output === key.output && key.output === value.output;
  const readWeights = (): LastBlockWeights => ({
    tail: {
      attentionOutput: attentionOutput.read(),
      mlpNorm: mlpNorm.read(),
      mlpIn: mlpIn.read(),
      activation,
      mlpOut: mlpOut.read(),
      finalNorm: finalNorm.read(),
      projection: projection.read(),
    },
    key: isFused ? thirdOf(key.layer.read(), 1) : key.layer.read(),
    value: isFused ? thirdOf(value.layer.read(), 2) : value.layer.read(),
  });
  return {
    residual,
    normed: query.layer.input,
    projected: [query.output, key.output, value.output],
    readWeights,
  };
}

/** What moves rows about or takes some of them, and leaves their numbers as they are; the first input is the rows. */
const TOKEN_OPS = new Set([
  'Gather',
  'Slice',
  'Squeeze',
  'Unsqueeze',
  'Reshape',
  'Transpose',
  'Flatten',
  'Split',
]);
/** The same, and what scales. */
const HEAD_OPS = new Set([...TOKEN_OPS, 'Mul', 'Div', 'Expand']);
/** What may stand between scores and probabilities: a mask, a scale. */
const SCORE_OPS = new Set(['Reshape', 'Transpose', 'Mul', 'Div', 'Add', 'Where', 'IsNaN']);

/** Go up by the first input through some operators until one of a kind makes the value. @returns the value it makes */
function upTo(graph: GraphIndex, value: string, kind: string, through: ReadonlySet<string>): string {
  const node = graph.producer(value);
  if (node?.opType === kind) return value;
  if (node !== null && through.has(node.opType)) {
    for (const input of scaledInputs(node.opType, node.input)) {
      if (graph.isConstant(input) || graph.producer(input) === null) continue;
      try {
        return upTo(graph, input, kind, through);
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
  }
  throw new NotFoundError(`expected ${kind} behind ${value}, got ${node?.opType ?? 'an input'}`);
}

/** Of what moves rows, only the first input is rows; the others say how. */
function scaledInputs(operator: string, inputs: readonly string[]): readonly string[] {
  return ['Mul', 'Div', 'Add', 'Where'].includes(operator) ? inputs : inputs.slice(0, 1);
}

function inputOf(graph: GraphIndex, value: string): string {
  const node = graph.producer(value);
  if (node === null) throw new NotFoundError(`expected an operator behind ${value}, got an input`);
  return node.input[0];
}

function upToLinearValue(
  graph: GraphIndex,
  value: string,
  what: string,
  through: ReadonlySet<string> = HEAD_OPS,
): { readonly layer: LayerNode<Linear>; readonly output: string } {
  const layer = asLinear(graph, value);
  if (layer !== null) return { layer, output: value };
  const node = graph.producer(value);
  if (node !== null && through.has(node.opType)) {
    for (const input of scaledInputs(node.opType, node.input)) {
      if (graph.isConstant(input) || graph.producer(input) === null) continue;
      try {
        return upToLinearValue(graph, input, what, through);
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
  }
  throw new NotFoundError(`expected ${what} as a linear layer, got ${node?.opType ?? 'an input'}`);
}

function upToLinear(
  graph: GraphIndex,
  value: string,
  what: string,
  through: ReadonlySet<string>,
): LayerNode<Linear> {
  return upToLinearValue(graph, value, what, through).layer;
}

function upToNorm(graph: GraphIndex, value: string, what: string): LayerNode<LayerNorm> {
  const norm = asNorm(graph, value);
  if (norm !== null) return norm;
  const node = graph.producer(value);
  if (node !== null && TOKEN_OPS.has(node.opType)) return upToNorm(graph, node.input[0], what);
  throw new NotFoundError(`expected ${what}, got ${node?.opType ?? 'an input'}`);
}

/** The two sides of a residual sum: the layer that adds, and the stream that it adds to. */
function splitResidual(graph: GraphIndex, sum: string, what: string): [LayerNode<Linear>, string] {
  const node = graph.producer(sum);
  if (node?.opType === 'Add') {
    const [a, b] = node.input;
    for (const [side, stream] of [
      [a, b],
      [b, a],
    ]) {
      const layer = branchLinear(graph, side);
      if (layer !== null && !graph.isConstant(stream)) return [layer, stream];
    }
  }
  throw new NotFoundError(`expected ${what} to be added to its input, got ${node?.opType ?? 'an input'}`);
}

/** The last layer of a branch; a sum of two streams is no branch. */
function branchLinear(graph: GraphIndex, value: string): LayerNode<Linear> | null {
  try {
    return upToLinear(graph, value, 'the last layer of a branch', TOKEN_OPS);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** The two sides of a product of two values that depend on the picture. */
function productOf(graph: GraphIndex, value: string, what: string): [string, string] {
  const product = upTo(graph, value, 'MatMul', SCORE_OPS_AND_TOKENS);
  const node = graph.producer(product);
  if (node === null || node.input.some((name) => graph.isConstant(name))) {
    throw new NotFoundError(`expected ${what} as a product of two`);
  }
  return [node.input[0], node.input[1]];
}

const SCORE_OPS_AND_TOKENS = new Set([...SCORE_OPS, ...TOKEN_OPS]);

/** Operators of each activation, besides Mul, Div and Add. */
const ACTIVATIONS: readonly (readonly [string, Activation])[] = [
  ['Erf', 'gelu'],
  ['Tanh', 'gelu-tanh'],
  ['Sigmoid', 'quick-gelu'],
  ['QuickGelu', 'quick-gelu'],
  ['Relu', 'relu'],
];

/** Up through an activation, whatever it is made of, to the layer before it. */
function upThroughActivation(
  graph: GraphIndex,
  value: string,
): { readonly layer: LayerNode<Linear>; readonly activation: Activation } {
  const seen = new Set<string>();
  const layers: LayerNode<Linear>[] = [];
  const waiting = [value];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = graph.producer(name);
    const layer = asLinear(graph, name);
    if (layer !== null) {
      layers.push(layer);
      continue;
    }
    if (node === null || !ACTIVATION_OPS.has(node.opType)) {
      throw new NotFoundError(`expected an activation in the MLP, got ${node?.opType ?? 'an input'}`);
    }
    seen.add(node.opType === 'Gelu' ? geluKind(node.attribute) : node.opType);
    waiting.push(...node.input.filter((input) => input !== '' && !graph.isConstant(input)));
  }
  const activation = ACTIVATIONS.find(([operator]) => seen.has(operator))?.[1];
  if (
    activation === undefined ||
    layers.length === 0 ||
    layers.some(({ input }) => input !== layers[0].input)
  ) {
    throw new NotFoundError(
      `expected one layer and an activation that is known, got ${[...seen].join(', ')}`,
    );
  }
  return { layer: layers[0], activation };
}

const ACTIVATION_OPS = new Set([
  ...['Mul', 'Div', 'Add', 'Sub', 'Pow', 'Gelu'],
  ...ACTIVATIONS.map(([operator]) => operator),
]);

function geluKind(attributes: NodeProto['attribute']): 'Erf' | 'Tanh' {
  const approximate = attributes.find(({ name }) => name === 'approximate')?.s;
  return approximate !== undefined && Buffer.from(approximate).toString() === 'tanh' ? 'Tanh' : 'Erf';
}

/** Of a layer that makes query, key and value side by side, the one in place 0, 1 or 2. */
function thirdOf({ inputs, outputs, weight, bias }: Linear, place: number): Linear {
  const width = outputs / 3;
  const from = place * width;
  return {
    inputs,
    outputs: width,
    weight: Float32Array.from(
      { length: inputs * width },
      (_, at) => weight[Math.floor(at / width) * outputs + from + (at % width)],
    ),
    bias: bias && bias.subarray(from, from + width),
  };
}
