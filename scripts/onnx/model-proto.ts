import { createRequire } from 'node:module';
import path from 'node:path';

/** What is read of an ONNX file. Integers of 64 bits come as objects of their own; `Number(String(x))` reads both. */
export interface ModelProto {
  readonly graph: GraphProto;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly output: readonly { readonly name: string }[];
}

export interface NodeProto {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name: string;
  readonly f: number;
  readonly i: unknown;
  readonly s: Uint8Array;
  readonly t: TensorProto | null;
}

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly unknown[];
  /** A number of `TensorProto.DataType`. */
  readonly dataType: number;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly unknown[];
  /** 1: in a file of its own. */
  readonly dataLocation: number;
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
}

interface MessageType<Message> {
  decode(bytes: Uint8Array): Message;
  fromObject(value: object): object;
  encode(value: object): { finish(): Uint8Array };
}

/** ONNX's own protobuf schema, which onnxruntime-web ships with its sources; its `exports` do not name the file. */
const { onnx } = createRequire(import.meta.url)(
  path.resolve(
    import.meta.dirname,
    '../../node_modules/onnxruntime-web/lib/onnxjs/ort-schema/protobuf/onnx.js',
  ),
) as {
  readonly onnx: { readonly ModelProto: MessageType<ModelProto>; readonly GraphProto: MessageType<unknown> };
};

/**
 * Read an ONNX file. Weights stay where they are: what is given holds views of `bytes`.
 * @throws Error when it is none
 */
export function readModel(bytes: Uint8Array): ModelProto {
  // protobufjs copies what is in a plain array, and views what is in a Buffer.
  return onnx.ModelProto.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

export interface Addition {
  /** As `onnx.GraphProto.fromObject` takes it: nodes and outputs that come behind those there are. */
  readonly graph: object;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A copy of an ONNX file with more in its graph; what is there is copied byte by byte. Repeated fields of a protobuf message may go on
 * anywhere in it, so that what is new stands at the graph's end, and the metadata at the file's.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export function addToModel(bytes: Uint8Array, { graph, metadata }: Addition): Uint8Array {
  const place = findField(bytes, GRAPH_FIELD);
  const more = onnx.GraphProto.encode(onnx.GraphProto.fromObject(graph)).finish();
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  const end = onnx.ModelProto.encode(onnx.ModelProto.fromObject({ metadataProps })).finish();
  return Buffer.concat([
    bytes.subarray(0, place.lengthAt),
    writeVarint(place.to - place.from + more.length),
    bytes.subarray(place.from, place.to),
    more,
    bytes.subarray(place.to),
    end,
  ]);
}

/** Of ModelProto. Source: onnx/onnx.proto */
const GRAPH_FIELD = 7;
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

interface FieldPlace {
  /** Where its length is written. */
  readonly lengthAt: number;
  readonly from: number;
  readonly to: number;
}

/** A message's field that holds another message. @throws Error when it is not there exactly once */
function findField(bytes: Uint8Array, wanted: number): FieldPlace {
  let found: FieldPlace | null = null;
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const wire = tag.value % 8;
    const value = readVarint(bytes, tag.end);
    let end = value.end;
    if (wire === WIRE.bytes) end += value.value;
    else if (wire === WIRE.fixed64) end = tag.end + 8;
    else if (wire === WIRE.fixed32) end = tag.end + 4;
    else if (wire !== WIRE.varint) throw new Error(`expected an ONNX file, got a field of wire type ${wire}`);
    if (Math.floor(tag.value / 8) === wanted && wire === WIRE.bytes) {
      if (found !== null) throw new Error('expected an ONNX file of one graph, got more');
      found = { lengthAt: tag.end, from: value.end, to: end };
    }
    at = end;
  }
  if (found === null) throw new Error('expected an ONNX file, got one without a graph');
  return found;
}

function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let unit = 1;
  for (let end = at; end < bytes.length; unit *= 128) {
    const byte = bytes[end++];
    value += (byte % 128) * unit;
    if (byte < 128) return { value, end };
  }
  throw new Error('expected an ONNX file, got one that is cut off');
}

function writeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
