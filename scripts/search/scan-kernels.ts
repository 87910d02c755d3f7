import { readFileSync } from 'node:fs';
import { readScanKernels, type ScanKernels } from '../../src/core/search/kernels/scan-kernels.ts';

const FILE = new URL('../../src/core/search/kernels/scan-kernels.wasm', import.meta.url);

/** A new instance of the scan kernels under Node, with a memory of its own: what the Worker imports, read from the file. */
export function loadScanKernels(): ScanKernels {
  return readScanKernels(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(FILE))).exports);
}
