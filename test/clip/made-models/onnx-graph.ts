import { createRequire } from 'node:module';
import path from 'node:path';
import type { Random } from '../../../src/core/random.ts';

/** ONNX's own protobuf schema, which onnxruntime-web ships with its sources; its `exports` do not name the file. */
const { onnx } = createRequire(import.meta.url)(
  path.resolve(
    import.meta.dirname,
    '../../../node_modules/onnxruntime-web/lib/onnxjs/ort-schema/protobuf/onnx.js',
  ),
) as { onnx: { ModelProto: { fromObject(value: object): object; encode(value: object): Finished } } };

interface Finished {
  finish(): Uint8Array;
}

/** How the weights of a MatMul are kept: as transformers.js's exports name their files. */
export type Precision = 'fp32' | 'fp16' | 'q8' | 'q4';

export type Dims = readonly (number | string)[];

const ELEMENT = { float32: 1, uint8: 2, int8: 3, int64: 7, float16: 10 } as const;
type Element = keyof typeof ELEMENT;

const OPSET = 14;
/** Columns that share a scale in a q4 matrix. */
const BLOCK = 32;

interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly element: Element;
  readonly bytes: Uint8Array;
}

export interface OnnxFiles {
  readonly model: Uint8Array;
  /** What the weights are in, when they lie outside the model. */
  readonly data: Uint8Array | null;
}

/** One graph of random weights, written node by node; every method gives the name of its result. */
export class OnnxGraph {
  private readonly nodes: object[] = [];
  private readonly tensors: Tensor[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];
  private readonly random: Random;
  private readonly precision: Precision;
  private names = 0;

  constructor(random: Random, precision: Precision) {
    this.random = random;
    this.precision = precision;
  }

  input(name: string, element: Element, dims: Dims): string {
    this.inputs.push(valueInfo(name, element, dims));
    return name;
  }

  /** Name a result as an output of the graph. */
  output(name: string, from: string, dims: Dims): void {
    this.node('Identity', [from], {}, name);
    this.outputs.push(valueInfo(name, 'float32', dims));
  }

  node(operator: string, inputs: readonly string[], attributes: object = {}, output = this.fresh()): string {
    this.nodes.push({
      opType: operator,
      ...(operator === 'MatMulNBits' ? { domain: 'com.microsoft' } : {}),
      input: [...inputs],
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  integers(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.keep({ dims: [values.length], element: 'int64', bytes });
  }

  /** An integer that is one number. */
  integer(value: number): string {
    return this.keep({
      dims: [],
      element: 'int64',
      bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    });
  }

  /** A float that is one number. */
  number(value: number): string {
    return this.keep({ dims: [], element: 'float32', bytes: new Uint8Array(Float32Array.of(value).buffer) });
  }

  /** Random float32 weights that stay float32 in every precision but fp16. */
  weights(dims: readonly number[], scale: number): string {
    const values = this.draw(dims, scale);
    if (this.precision === 'fp16') return this.half(values, dims);
    return this.keep({ dims, element: 'float32', bytes: new Uint8Array(values.buffer) });
  }

  /** Multiply by a random [rows, columns] matrix, stored as the precision says. `rows`: a multiple of 32. */
  multiply(value: string, rows: number, columns: number): string {
    const values = this.draw([rows, columns], 1 / Math.sqrt(rows));
    if (this.precision === 'fp16') return this.node('MatMul', [value, this.half(values, [rows, columns])]);
    if (this.precision === 'q8') return this.multiplyBytes(value, values, [rows, columns]);
    if (this.precision === 'q4') return this.multiplyNibbles(value, values, rows, columns);
    const bytes = new Uint8Array(values.buffer);
    return this.node('MatMul', [value, this.keep({ dims: [rows, columns], element: 'float32', bytes })]);
  }

  /** @param dataFile the name under which the weights are kept outside the model; null: they are in it */
  finish(dataFile: string | null): OnnxFiles {
    const data: Uint8Array[] = [];
    let offset = 0;
    const initializer = this.tensors.map(({ name, dims, element, bytes }) => {
      const shape = { name, dims: [...dims], dataType: ELEMENT[element] };
      if (dataFile === null || bytes.length < 64) return { ...shape, rawData: bytes };
      const place = { location: dataFile, offset: String(offset), length: String(bytes.length) };
      data.push(bytes);
      offset += bytes.length;
      const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
      return { ...shape, dataLocation: 1, externalData };
    });
    const graph = {
      name: 'made',
      node: this.nodes,
      initializer,
      input: this.inputs,
      output: this.outputs,
    };
    const opsetImport = [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1 },
    ];
    const model = onnx.ModelProto.fromObject({ irVersion: 8, producerName: 'made', opsetImport, graph });
    return {
      model: Uint8Array.from(onnx.ModelProto.encode(model).finish()),
      data: dataFile === null ? null : new Uint8Array(Buffer.concat(data)),
    };
  }

  private fresh(): string {
    return `v${++this.names}`;
  }

  private keep(tensor: Omit<Tensor, 'name'>): string {
    const name = this.fresh();
    this.tensors.push({ ...tensor, name });
    return name;
  }

  private draw(dims: readonly number[], scale: number): Float32Array {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return Float32Array.from({ length: count }, () => this.random.nextGaussian() * scale);
  }

  /** Half precision in the file, float32 in the graph: inputs and outputs keep their type, as in the exports. */
  private half(values: Float32Array, dims: readonly number[]): string {
    const bytes = new Uint8Array(Uint16Array.from(values, halfBits).buffer);
    return this.node('Cast', [this.keep({ dims, element: 'float16', bytes })], { to: ELEMENT.float32 });
  }

  /** Integers by dynamic quantisation, as ONNX Runtime's `quantize_dynamic` writes it. */
  private multiplyBytes(value: string, values: Float32Array, dims: readonly number[]): string {
    const step = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
    const bytes = new Uint8Array(Int8Array.from(values, (x) => Math.round(x / step)).buffer);
    const matrix = this.keep({ dims, element: 'int8', bytes });
    const zero = this.keep({ dims: [], element: 'int8', bytes: new Uint8Array(1) });
    const [quantised, scale, point] = [this.fresh(), this.fresh(), this.fresh()];
    this.nodes.push({ opType: 'DynamicQuantizeLinear', input: [value], output: [quantised, scale, point] });
    const product = this.node('MatMulInteger', [quantised, matrix, point, zero]);
    const real = this.node('Cast', [product], { to: ELEMENT.float32 });
    return this.node('Mul', [real, this.node('Mul', [scale, this.number(step)])]);
  }

  /** Four bits a weight with a scale a block of rows, as ONNX Runtime's `MatMulNBits` takes it. */
  private multiplyNibbles(value: string, values: Float32Array, rows: number, columns: number): string {
    const blocks = rows / BLOCK;
    const packed = new Uint8Array(columns * blocks * (BLOCK / 2));
    const scales = new Float32Array(columns * blocks);
    for (let column = 0; column < columns; column++) {
      for (let block = 0; block < blocks; block++) {
        const part = Array.from({ length: BLOCK }, (_, i) => values[(block * BLOCK + i) * columns + column]);
        const scale = Math.max(...part.map(Math.abs)) / 7;
        const at = column * blocks + block;
        scales[at] = scale;
        part.forEach((x, i) => {
          packed[at * (BLOCK / 2) + (i >> 1)] |= (Math.round(x / scale) + 8) << (4 * (i & 1));
        });
      }
    }
    const matrix = this.keep({ dims: [columns, blocks, BLOCK / 2], element: 'uint8', bytes: packed });
    const scale = this.keep({
      dims: [columns * blocks],
      element: 'float32',
      bytes: new Uint8Array(scales.buffer),
    });
    return this.node('MatMulNBits', [value, matrix, scale], {
      K: rows,
      N: columns,
      bits: 4,
      block_size: BLOCK,
    });
  }
}

function valueInfo(name: string, element: Element, dims: Dims): object {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT[element], shape: { dim } } } };
}

const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

function attribute(name: string, value: unknown): object {
  if (Array.isArray(value)) return { name, type: ATTRIBUTE.ints, ints: value };
  return { name, type: ATTRIBUTE.int, i: value };
}

/** float32 to the bits of float16, for what random weights are: neither tiny, nor large, nor special. */
function halfBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const sign = (bits >>> 16) & 0x8000;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
