import type { CodeBits } from '../core/search/code-rows.ts';
import { corrupt } from './corrupt-record.ts';

/**
 * What corpora store of a vector, where that is not int8: rows of codes (src/core/search/code-rows.ts), of how many bits a code, and
 * the step of each of the k coordinates, for either side, as the pairs that the record was made from had them.
 */
export interface RecordRows {
  readonly bits: CodeBits;
  readonly image: Float32Array;
  readonly text: Float32Array;
}

// The byte table is in docs/kv-layout.md.
const HEADER_BYTES = 4;
/** Far above any fit, low enough that an inner product with as many steps stays within float32. */
export const MAX_STEP = 1e15;

export function rowsBytes({ image, text }: RecordRows): number {
  return HEADER_BYTES + 4 * (image.length + text.length);
}

/** @param view of `rowsBytes` */
export function writeRows(view: DataView, { bits, image, text }: RecordRows): void {
  view.setUint32(0, bits, true);
  [...image, ...text].forEach((step, i) => view.setFloat32(HEADER_BYTES + 4 * i, step, true));
}

/** @throws AppError STORAGE_FAILED unless the bytes are whole and of k coordinates; `rowsProblem` says what else is wrong */
export function readRows(view: DataView, k: number): RecordRows {
  const expected = HEADER_BYTES + 4 * 2 * k;
  if (view.byteLength !== expected) throw corrupt(`rows of ${view.byteLength} bytes, expected ${expected}`);
  const bits = view.getUint32(0, true);
  if (bits !== 1 && bits !== 4) throw corrupt(`rows of codes of ${bits} bits, expected 1 or 4`);
  const stepsFrom = (first: number): Float32Array =>
    Float32Array.from({ length: k }, (_, i) => view.getFloat32(HEADER_BYTES + 4 * (first + i), true));
  return { bits, image: stepsFrom(0), text: stepsFrom(k) };
}

/** What is wrong with the rows of a record, or null. */
export function rowsProblem({ image, text }: RecordRows, k: number): string | null {
  for (const [name, steps] of Object.entries({ 'image steps': image, 'text steps': text })) {
    if (steps.length !== k) return `${name} of ${steps.length} numbers, expected ${k}`;
    const broken = steps.findIndex((step) => !(step >= 0 && step <= MAX_STEP) || Object.is(step, -0));
    if (broken >= 0) return `${name} ${steps[broken]} at ${broken}, expected 0 to ${MAX_STEP}`;
  }
  return null;
}
