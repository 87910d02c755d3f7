import type { LayerNorm, Linear } from '../../src/core/regions/transformer-block.ts';
import { type GraphIndex, integerOf } from './graph-index.ts';
import type { NodeProto } from './model-proto.ts';
import type { ConstantTensor } from './tensor-values.ts';

/** A layer of a graph: what goes in, and its weights, read when they are asked for. */
export interface LayerNode<Weights> {
  readonly input: string;
  readonly read: () => Weights;
}

/** The linear layer that makes a value, in any form that exports give it; null where another thing does. */
export function asLinear(graph: GraphIndex, value: string): LayerNode<Linear> | null {
  const node = graph.producer(value);
  if (node?.opType !== 'Add') return asProduct(graph, value);
  const [bias, rest] = constantFirst(graph, node) ?? [];
  const product = rest === undefined ? null : asProduct(graph, rest);
  if (bias === undefined || product === null) return null;
  return {
    input: product.input,
    read: () => ({ ...product.read(), bias: graph.constant(bias).data }),
  };
}

/** By full or half numbers, by integers with dynamic quantisation, by four bits in blocks. */
function asProduct(graph: GraphIndex, value: string): LayerNode<Linear> | null {
  const node = graph.producer(value);
  switch (node?.opType) {
    case 'MatMul': {
      const [x, weight] = node.input;
      return graph.isConstant(weight) && !graph.isConstant(x)
        ? { input: x, read: () => linearOf(graph.constant(weight)) }
        : null;
    }
    case 'Gemm':
      return graph.isConstant(node.input[1]) ? asGemm(graph, node) : null;
    case 'MatMulNBits':
      return { input: node.input[0], read: () => readBlocks(graph, node) };
    case 'Mul':
      return asIntegerProduct(graph, node);
    case undefined:
    default:
      return null;
  }
}

function linearOf({ dims, data }: ConstantTensor): Linear {
  const [inputs, outputs] = dims;
  if (dims.length !== 2) throw new Error(`expected a matrix of weights, got shape [${dims.join(', ')}]`);
  return { inputs, outputs, weight: data, bias: null };
}

function asGemm(graph: GraphIndex, { input, attribute }: NodeProto): LayerNode<Linear> {
  const isTransposed = integerOf(attribute, 'transB', 0) === 1;
  return {
    input: input[0],
    read() {
      const { dims, data } = graph.constant(input[1]);
      const [inputs, outputs] = isTransposed ? [dims[1], dims[0]] : dims;
      const weight = isTransposed
        ? data.map((_, at) => data[(at % outputs) * inputs + Math.floor(at / outputs)])
        : data;
      return { inputs, outputs, weight, bias: input[2] ? graph.constant(input[2]).data : null };
    },
  };
}

/** As ONNX Runtime's `quantize_dynamic` writes it: Cast(MatMulInteger(quantised x, weights)) · (scale of x · scale of weights). */
function asIntegerProduct(graph: GraphIndex, { input }: NodeProto): LayerNode<Linear> | null {
  for (const [product, scales] of [input, [...input].reverse()]) {
    const node = graph.producer(product);
    const scaling = graph.producer(scales);
    if (node?.opType !== 'MatMulInteger' || scaling?.opType !== 'Mul') continue;
    const quantise = graph.producer(node.input[0]);
    const scale = scaling.input.find((name) => graph.isConstant(name));
    if (quantise?.opType !== 'DynamicQuantizeLinear' || scale === undefined) continue;
    return { input: quantise.input[0], read: () => readIntegers(graph, node, scale) };
  }
  return null;
}

function readIntegers(graph: GraphIndex, { input }: NodeProto, scaleName: string): Linear {
  const { inputs, outputs, weight } = linearOf(graph.constant(input[1]));
  const scale = graph.constant(scaleName).data;
  const zero = input[3] ? graph.constant(input[3]).data : Float32Array.of(0);
  const of = (values: Float32Array, at: number): number => values[values.length === 1 ? 0 : at % outputs];
  return {
    inputs,
    outputs,
    weight: weight.map((value, at) => (value - of(zero, at)) * of(scale, at)),
    bias: null,
  };
}

/** `MatMulNBits` of ONNX Runtime: 4 bits a weight, columns of blocks of rows. */
function readBlocks(graph: GraphIndex, { input, attribute }: NodeProto): Linear {
  const inputs = integerOf(attribute, 'K', 0);
  const outputs = integerOf(attribute, 'N', 0);
  const bits = integerOf(attribute, 'bits', 4);
  const block = integerOf(attribute, 'block_size', 32);
  if (bits !== 4) throw new Error(`expected weights of 4 bits in MatMulNBits, got ${bits}`);
  const packed = graph.constant(input[1]).data;
  const scales = graph.constant(input[2]).data;
  const zeros = input[3] ? graph.constant(input[3]).data : null;
  const blocks = Math.ceil(inputs / block);
  const weight = new Float32Array(inputs * outputs);
  for (let column = 0; column < outputs; column++) {
    for (let row = 0; row < inputs; row++) {
      const at = Math.floor(row / block);
      const zero = zeros === null ? 8 : nibble(zeros, column * Math.ceil(blocks / 2) * 2 + at);
      const value = nibble(packed, (column * blocks + at) * block + (row % block));
      weight[row * outputs + column] = (value - zero) * scales[column * blocks + at];
    }
  }
  return { inputs, outputs, weight, bias: input[5] ? graph.constant(input[5]).data : null };
}

function nibble(bytes: Float32Array, at: number): number {
  return (bytes[at >> 1] >> (4 * (at & 1))) & 15;
}

/** The layer norm that makes a value: one node, or spelt out as before opset 17. */
export function asNorm(graph: GraphIndex, value: string): LayerNode<LayerNorm> | null {
  const node = graph.producer(value);
  if (node?.opType === 'LayerNormalization') {
    const [input, scale, shift] = node.input;
    const epsilon = node.attribute.find(({ name }) => name === 'epsilon')?.f ?? 1e-5;
    if (!shift || !graph.isConstant(scale) || !graph.isConstant(shift)) return null;
    return {
      input,
      read: () => ({ scale: graph.constant(scale).data, shift: graph.constant(shift).data, epsilon }),
    };
  }
  return node?.opType === 'Add' ? asSpeltNorm(graph, node) : null;
}

/** (x - mean) / √(variance + epsilon) · scale + shift. */
function asSpeltNorm(graph: GraphIndex, add: NodeProto): LayerNode<LayerNorm> | null {
  const [shift, scaled] = constantFirst(graph, add) ?? [];
  const multiply = scaled === undefined ? null : graph.producer(scaled);
  if (shift === undefined || multiply?.opType !== 'Mul') return null;
  const [scale, standard] = constantFirst(graph, multiply) ?? [];
  const divide = standard === undefined ? null : graph.producer(standard);
  if (scale === undefined || divide?.opType !== 'Div') return null;
  const centre = graph.producer(divide.input[0]);
  const root = graph.producer(divide.input[1]);
  const variance = root?.opType === 'Sqrt' ? graph.producer(root.input[0]) : null;
  const [epsilon] = (variance?.opType === 'Add' ? constantFirst(graph, variance) : null) ?? [];
  if (centre?.opType !== 'Sub' || epsilon === undefined) return null;
  return {
    input: centre.input[0],
    read: () => ({
      scale: graph.constant(scale).data,
      shift: graph.constant(shift).data,
      epsilon: graph.constant(epsilon).data[0],
    }),
  };
}

/** The two inputs of a node, the constant one first; null unless one is constant. */
function constantFirst(graph: GraphIndex, { input: [a, b] }: NodeProto): [string, string] | null {
  if (graph.isConstant(a)) return [a, b];
  return graph.isConstant(b) ? [b, a] : null;
}
