import type { CaseRandom } from '../case-random.ts';

/** `Vector` of these numbers: base64 of little-endian float32. */
export function vectorText(numbers: readonly number[] | Float32Array): string {
  return Buffer.from(vectorBytes(numbers)).toString('base64');
}

export function vectorBytes(numbers: readonly number[] | Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((value, i) => view.setFloat32(i * 4, value, true));
  return new Uint8Array(view.buffer);
}

/** A vector of any direction. */
export function plainVector(dim: number, random: CaseRandom): string {
  return vectorText(Float32Array.from({ length: dim }, () => random.nextGaussian()));
}
