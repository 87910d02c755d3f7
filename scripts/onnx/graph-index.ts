import type { GraphProto, NodeProto } from './model-proto.ts';
import { type ConstantTensor, type ReadExternal, readTensor, toNumber } from './tensor-values.ts';

/** A graph to be walked from its outputs to its inputs. */
export class GraphIndex {
  readonly outputs: readonly string[];
  private readonly producers = new Map<string, NodeProto>();
  private readonly initializers: ReadonlyMap<string, GraphProto['initializer'][number]>;
  private readonly readExternal: ReadExternal;

  constructor(graph: GraphProto, readExternal: ReadExternal) {
    this.outputs = graph.output.map(({ name }) => name);
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.readExternal = readExternal;
    for (const node of graph.node) {
      for (const name of node.output) this.producers.set(name, node);
    }
  }

  /** What makes a value, casts and copies passed over; null for an input or a constant. */
  producer(value: string): NodeProto | null {
    const node = this.producers.get(value) ?? null;
    if (node === null || (node.opType !== 'Cast' && node.opType !== 'Identity')) return node;
    return this.producer(node.input[0]);
  }

  /** Whether a value is the same for every picture. */
  isConstant(value: string): boolean {
    if (this.initializers.has(value)) return true;
    const node = this.producers.get(value);
    if (node === undefined) return false;
    if (node.opType === 'Constant') return true;
    return (
      CONSTANT_KEEPERS.has(node.opType) && node.input.every((name) => name === '' || this.isConstant(name))
    );
  }

  /** @throws Error when it is no constant, or one that is not read */
  constant(value: string): ConstantTensor {
    const tensor = this.initializers.get(value);
    if (tensor !== undefined) return readTensor(tensor, this.readExternal);
    const node = this.producers.get(value);
    if (node === undefined) throw new Error(`expected a constant, got ${value}`);
    switch (node.opType) {
      case 'Constant': {
        const held = node.attribute.find(({ name }) => name === 'value')?.t;
        if (held) return readTensor(held, this.readExternal);
        throw new Error(`expected a tensor in the constant ${value}`);
      }
      case 'Cast':
      case 'Identity':
        return this.constant(node.input[0]);
      case 'Transpose':
        return transposed(this.constant(node.input[0]));
      case 'DequantizeLinear':
        return this.dequantized(node);
      default:
        throw new Error(`expected a constant, got ${value} of ${node.opType}`);
    }
  }

  /** Weights of [inputs, outputs] as small integers with a scale for all, an output or (axis 0) an input. */
  private dequantized({ input, attribute }: NodeProto): ConstantTensor {
    const { dims, data } = this.constant(input[0]);
    const scale = this.constant(input[1]).data;
    const zero = input[2] ? this.constant(input[2]).data : null;
    const axis = integerOf(attribute, 'axis', 1);
    const columns = dims[dims.length - 1];
    const place = (at: number): number => {
      if (scale.length === 1) return 0;
      return axis === 0 ? Math.floor(at / columns) : at % columns;
    };
    return { dims, data: data.map((value, at) => (value - (zero?.[place(at)] ?? 0)) * scale[place(at)]) };
  }
}

const CONSTANT_KEEPERS = new Set(['Cast', 'Identity', 'Transpose', 'DequantizeLinear']);

export function integerOf(attributes: NodeProto['attribute'], name: string, byDefault: number): number {
  const found = attributes.find((attribute) => attribute.name === name);
  return found === undefined ? byDefault : toNumber(found.i);
}

function transposed({ dims, data }: ConstantTensor): ConstantTensor {
  const [rows, columns] = dims;
  if (dims.length !== 2) throw new Error(`expected a matrix to transpose, got shape [${dims.join(', ')}]`);
  return {
    dims: [columns, rows],
    data: data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]),
  };
}
