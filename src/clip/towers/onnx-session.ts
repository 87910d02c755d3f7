import { AppError } from '../../errors.ts';
import type { RunPiece } from './heavy-work.ts';

/** What a tower needs of ONNX Runtime; both onnxruntime-web and onnxruntime-node have this shape. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Shapes of the inputs: a number where the graph takes no other size, a name where it takes any. */
  readonly inputMetadata?: readonly InputMetadata[];
  run(
    feeds: Record<string, never>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>>;
}

interface InputMetadata {
  readonly name: string;
  readonly shape?: readonly (number | string)[];
}

/** Weights that a model keeps in a file of its own beside it. */
export interface ExternalData {
  /** As the model names the file. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** How work is cut up where a run holds the thread that serves others. */
export interface Pieces {
  /** Texts in one piece at most. */
  readonly texts: number;
  /** Pictures in one run of the network at most; each is decoded in a piece of its own. */
  readonly images: number;
  readonly run: RunPiece;
}

/** One build of ONNX Runtime: how tensors are made and models opened. */
export interface OnnxRuntime {
  /** Left out: the thread serves nobody else, and work is cut up for memory alone. */
  readonly pieces?: Pieces;
  createTensor(data: Float32Array | BigInt64Array, dims: readonly number[]): unknown;
  createSession(model: Uint8Array, externalData?: readonly ExternalData[]): Promise<OnnxSession>;
}

export interface NamedTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** The size of an input's dimension where the graph fixes it, else null. */
export function fixedDimension(session: OnnxSession, input: string, dimension: number): number | null {
  const size = session.inputMetadata?.find(({ name }) => name === input)?.shape?.[dimension];
  return typeof size === 'number' && size > 0 ? size : null;
}

/** Row-major values of an output and their dims. */
export interface FloatOutput {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Run a model once and read one float output.
 * @param tensors what could be fed; only what the model declares is, so that models with and without an attention mask both run
 * @param names of the output, the first that the model has is read
 * @throws AppError ENCODER_FAILED when the model lacks the output or wants an input that is not there
 */
export async function runModel(
  runtime: OnnxRuntime,
  session: OnnxSession,
  tensors: Readonly<Record<string, NamedTensor>>,
  names: readonly string[],
): Promise<FloatOutput> {
  const name = findOutput(session, names);
  return (await runForOutputs(runtime, session, tensors, [name]))[name];
}

/** The first of some outputs that a model has. @throws AppError ENCODER_FAILED where it has none of them */
export function findOutput(session: OnnxSession, names: readonly string[]): string {
  const found = names.find((name) => session.outputNames.includes(name));
  if (found !== undefined) return found;
  throw new AppError(
    'ENCODER_FAILED',
    `The model gives ${session.outputNames.join(', ')}, expected an output ${names.join(' or ')}`,
  );
}

/** `runModel` for several outputs, all of which the model has. */
export async function runForOutputs(
  runtime: OnnxRuntime,
  session: OnnxSession,
  tensors: Readonly<Record<string, NamedTensor>>,
  names: readonly string[],
): Promise<Readonly<Record<string, FloatOutput>>> {
  const feeds: Record<string, unknown> = {};
  for (const name of session.inputNames) {
    const tensor = tensors[name];
    if (tensor === undefined) {
      throw new AppError(
        'ENCODER_FAILED',
        `The model wants an input ${name}, expected only ${Object.keys(tensors).join(', ')}`,
      );
    }
    feeds[name] = runtime.createTensor(tensor.data, tensor.dims);
  }
  const outputs = await session.run(feeds as Record<string, never>, names);
  return Object.fromEntries(names.map((name) => [name, floatOutput(name, outputs[name])]));
}

function floatOutput(
  name: string,
  { data, dims }: { readonly data: unknown; readonly dims: readonly number[] },
): FloatOutput {
  if (data instanceof Float32Array) return { data, dims };
  throw new AppError('ENCODER_FAILED', `The output ${name} is not float32`);
}
