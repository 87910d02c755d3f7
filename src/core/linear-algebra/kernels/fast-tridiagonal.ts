import type { TridiagonalForm } from '../tridiagonal-form.ts';
import { plainApplyReflectors, plainTridiagonalForm } from '../tridiagonal-form.ts';
import { createLayout, FLOAT64_BYTES, linearKernels } from './load.ts';

/** `plainTridiagonalForm`, by WebAssembly where there is some. */
export function tridiagonalForm(matrix: Float64Array, size: number): TridiagonalForm {
  const kernels = linearKernels();
  if (kernels === null) return plainTridiagonalForm(matrix, size);
  const layout = createLayout();
  const vectorBytes = size * FLOAT64_BYTES;
  const a = layout.reserve(size * vectorBytes);
  const [diagonal, offDiagonal, tau] = [0, 1, 2].map(() => layout.reserve(vectorBytes));
  const scratch = layout.reserve(4 * vectorBytes);
  const memory = layout.claim(kernels.memory);
  memory.set(matrix, a / FLOAT64_BYTES);
  memory.fill(0, diagonal / FLOAT64_BYTES, scratch / FLOAT64_BYTES + 4 * size);
  kernels.tridiagonalize(a, size, diagonal, offDiagonal, tau, scratch);
  const copy = (address: number, length: number): Float64Array =>
    memory.slice(address / FLOAT64_BYTES, address / FLOAT64_BYTES + length);
  return {
    diagonal: copy(diagonal, size),
    offDiagonal: copy(offDiagonal, size),
    tau: copy(tau, size),
    reflectors: copy(a, size * size),
  };
}

/** `plainApplyReflectors`, by WebAssembly where there is some. */
export function applyReflectors(form: TridiagonalForm, vectors: Float64Array): void {
  const kernels = linearKernels();
  if (kernels === null) return plainApplyReflectors(form, vectors);
  const size = form.diagonal.length;
  const layout = createLayout();
  const a = layout.reserve(size * size * FLOAT64_BYTES);
  const tau = layout.reserve(size * FLOAT64_BYTES);
  const target = layout.reserve(vectors.length * FLOAT64_BYTES);
  const memory = layout.claim(kernels.memory);
  memory.set(form.reflectors, a / FLOAT64_BYTES);
  memory.set(form.tau, tau / FLOAT64_BYTES);
  memory.set(vectors, target / FLOAT64_BYTES);
  kernels.applyReflectors(a, size, tau, target, vectors.length / size);
  vectors.set(memory.subarray(target / FLOAT64_BYTES, target / FLOAT64_BYTES + vectors.length));
}
