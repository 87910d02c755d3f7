import * as ort from 'onnxruntime-web/wasm';
import ortModule from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import { createHeavyWork } from './heavy-work.ts';
import type { ExternalData, OnnxRuntime, OnnxSession } from './onnx-session.ts';

/** Stands for the compiled module where ONNX Runtime wants bytes: workerd compiles WebAssembly at deployment only. */
const MARKER = new Uint8Array([0]).buffer;

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;
ort.env.wasm.wasmBinary = MARKER;
ort.env.logLevel = 'error';

/**
 * Weights stored as int8 are turned into float32 when the model is opened. ONNX Runtime would leave them as they are, in the hope of
 * an integer kernel that its WebAssembly build does not have, and turn them all into float32 again in every run.
 */
const UNPACKED = { extra: { session: { disable_quant_qdq: '1' } } } as const;
/** Float32 takes four times the memory, of an isolate's 128 MB. A larger model pays in every run instead. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;

let started = false;
let lastOpened: Promise<unknown> = Promise.resolve();

/** ONNX Runtime's WebAssembly build inside workerd: one thread, sessions opened one after the other. */
export const workerdOnnx: OnnxRuntime = {
  // Larger runs are no faster on one thread. One queue for all requests of the isolate.
  pieces: { texts: 8, images: 1, run: createHeavyWork() },
  createTensor: (data, dims) =>
    data instanceof BigInt64Array
      ? new ort.Tensor('int64', data, dims)
      : new ort.Tensor('float32', data, dims),
  createSession(model, externalData = []) {
    const open = () => openSession(model, externalData);
    const session = lastOpened.then(() => (started ? open() : startWith(open)));
    lastOpened = session.catch(() => undefined);
    return session;
  },
};

/** The first session starts ONNX Runtime, which instantiates its WebAssembly from bytes: hand it the compiled module instead. */
async function startWith(open: () => Promise<OnnxSession>): Promise<OnnxSession> {
  const original = WebAssembly.instantiate;
  const instantiate = async (source: unknown, imports: WebAssembly.Imports): Promise<unknown> => {
    if (!isMarker(source)) return original(source as WebAssembly.Module, imports);
    return { module: ortModule, instance: new WebAssembly.Instance(ortModule, imports) };
  };
  Object.assign(WebAssembly, { instantiate });
  try {
    const session = await open();
    started = true;
    return session;
  } finally {
    Object.assign(WebAssembly, { instantiate: original });
  }
}

function isMarker(source: unknown): boolean {
  return source === MARKER || (ArrayBuffer.isView(source) && source.buffer === MARKER);
}

async function openSession(model: Uint8Array, externalData: readonly ExternalData[]): Promise<OnnxSession> {
  const unpacked = model.length <= MAX_UNPACKED_BYTES ? UNPACKED : {};
  const options = externalData.length === 0 ? unpacked : { externalData };
  // `run` holds ONNX Runtime's one stack over several awaits, so runs must not interleave, else one restores it under another. They
  // do not: those awaits are microtasks, which all end before the next event comes in, and a request starts one run at a time.
  return (await ort.InferenceSession.create(model, options)) as unknown as OnnxSession;
}
