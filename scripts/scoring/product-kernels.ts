import { readFileSync } from 'node:fs';
import { type ProductKernels, readProductKernels } from '../../src/core/scoring/kernels/product-kernels.ts';

const FILE = new URL('../../src/core/scoring/kernels/product-kernels.wasm', import.meta.url);

/** A new instance of the product kernels under Node, with a memory of its own: what the Worker imports, read from the file. */
export function loadProductKernels(): ProductKernels {
  return readProductKernels(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(FILE))).exports);
}
