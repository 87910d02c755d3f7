import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import type { DecoderModules } from '../../src/clip/images/decode-image.ts';
import { lazy } from '../../src/clip/lazy.ts';
import type { OnnxRuntime, OnnxSession } from '../../src/clip/towers/onnx-session.ts';

/** Up to so large a file weights stored as int8 may be unpacked to float32 when it is opened; they take four times the memory then. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;

/**
 * ONNX Runtime's native build.
 * @param threads for one run
 * @param device cuda: what the card cannot run falls to the processor; that it is there, `assertCuda` has to tell before
 * @param unpacks small quantised models are computed in float32, as the Workers do it: a fifth less time for pictures, more for texts
 */
export function nodeOnnx(threads: number, device: 'cpu' | 'cuda' = 'cpu', unpacks = false): OnnxRuntime {
  const options = {
    executionProviders: device === 'cuda' ? ['cuda', 'cpu'] : ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // Threads that wait spin by default: two fifths of the CPU of a run, of use to nobody where others work beside.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  } satisfies ort.InferenceSession.SessionOptions;
  return {
    createTensor: (data, dims) =>
      data instanceof BigInt64Array
        ? new ort.Tensor('int64', data, dims)
        : new ort.Tensor('float32', data, dims),
    async createSession(model, externalData) {
      const session = { ...options.extra.session, disable_quant_qdq: '1' };
      const all = {
        ...options,
        ...(unpacks && model.length <= MAX_UNPACKED_BYTES ? { extra: { session } } : {}),
        ...(externalData === undefined ? {} : { externalData }),
      };
      return (await ort.InferenceSession.create(model, all)) as unknown as OnnxSession;
    },
  };
}

/** The image decoders, compiled from the same files that the Worker bundles; once a process. */
export const nodeDecoders: () => Promise<DecoderModules> = lazy(async () => {
  const [jpeg, png, gif, webp] = await Promise.all([
    compile('@cwasm/jpeg-turbo/jpeg-turbo.wasm'),
    compile('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'),
    compile('@cwasm/nsgif/nsgif.wasm'),
    compile('@jsquash/webp/codec/dec/webp_dec.wasm'),
  ]);
  const avif = lazy(() => compile('@jsquash/avif/codec/dec/avif_dec.wasm'));
  return { jpeg, png, gif, webp, avif };
});

async function compile(specifier: string): Promise<WebAssembly.Module> {
  const file = createRequire(import.meta.url).resolve(specifier);
  return WebAssembly.compile(new Uint8Array(await readFile(file)));
}
