import module from '../core/scoring/kernels/product-kernels.wasm';
import { type ProductKernels, readProductKernels } from '../core/scoring/kernels/product-kernels.ts';

let made: ProductKernels | null | undefined;

/**
 * The product kernels of this isolate, instantiated when first asked for.
 * @returns null where they cannot be instantiated, said once on the console: matrices are then scored in plain code
 */
export function productKernels(): ProductKernels | null {
  if (made === undefined) made = instantiate();
  return made;
}

function instantiate(): ProductKernels | null {
  try {
    return readProductKernels(new WebAssembly.Instance(module).exports);
  } catch (error) {
    // 128-bit SIMD is everywhere that workerd runs; a matrix that takes seven times as long is still better than none.
    console.warn(`matrices without WebAssembly: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
