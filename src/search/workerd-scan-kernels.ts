import module from '../core/search/kernels/scan-kernels.wasm';
import { readScanKernels, type ScanKernels } from '../core/search/kernels/scan-kernels.ts';

let made: ScanKernels | null | undefined;

/**
 * The scan kernels of this isolate, instantiated when first asked for; everybody gets the same, with one memory.
 * @returns null where they cannot be instantiated, said once on the console: `createScanMemory` then scans in plain code
 */
export function scanKernels(): ScanKernels | null {
  if (made === undefined) made = instantiate();
  return made;
}

function instantiate(): ScanKernels | null {
  try {
    return readScanKernels(new WebAssembly.Instance(module).exports);
  } catch (error) {
    // 128-bit SIMD is everywhere that workerd runs; a search that takes twenty times as long is still better than none.
    console.warn(
      `corpus search without WebAssembly: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}
