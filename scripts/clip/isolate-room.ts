/** What an isolate of the Workers platform has. */
const ISOLATE_MEGABYTES = 128;
/** ONNX Runtime, the tokenizer or a decoder, and their memory: the encoder Worker of tiny-clip takes 90 with 10 MB of weights. */
const RUNTIME_MEGABYTES = 60;
/** The upload, ONNX Runtime's copy of it, and its packed weights. */
const COPIES = 3;

/** Whether a tower of so many bytes is expected to run in an isolate: an estimate, measured only for models/tiny-clip. */
export function fitsIsolate(megabytes: number): boolean {
  return RUNTIME_MEGABYTES + COPIES * megabytes <= ISOLATE_MEGABYTES;
}
