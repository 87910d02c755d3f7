import { AppError } from '../../errors.ts';
import type { RunPiece } from './heavy-work.ts';

/** What a tower needs of ONNX Runtime; both onnxruntime-web and onnxruntime-node have this shape. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Record<string, never>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>>;
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
  createSession(model: Uint8Array): Promise<OnnxSession>;
}

export interface NamedTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/**
 * Run a model once and read one float output.
 * @param tensors what could be fed; only what the model declares is, so that models with and without an attention mask both run
 * @returns row-major values and their dims
 * @throws AppError ENCODER_FAILED when the model lacks the output or wants an input that is not there
 */
export async function runModel(
  runtime: OnnxRuntime,
  session: OnnxSession,
  tensors: Readonly<Record<string, NamedTensor>>,
  outputName: string,
): Promise<{ readonly data: Float32Array; readonly dims: readonly number[] }> {
  if (!session.outputNames.includes(outputName)) {
    throw new AppError(
      'ENCODER_FAILED',
      `The model gives ${session.outputNames.join(', ')}, expected an output ${outputName}`,
    );
  }
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
  const outputs = await session.run(feeds as Record<string, never>, [outputName]);
  const { data, dims } = outputs[outputName];
  if (!(data instanceof Float32Array)) {
    throw new AppError('ENCODER_FAILED', `The output ${outputName} is not float32`);
  }
  return { data, dims };
}
