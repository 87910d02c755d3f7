import {
  type Domain,
  MAX_CENTRES,
  type ModalityDomain,
  type OutlierContrast,
} from '../core/calibration/domain.ts';
import { corrupt } from './corrupt-record.ts';

// The byte table is in docs/kv-layout.md.
const HEADER_BYTES = 8;
/** Weights of unlikeness and of the nearest centre. */
const DOUBLES = 2;
/** Far above any fit, low enough that nothing overflows. */
const MAX_WEIGHT = 1e15;

export function hasContrast({ image, text }: Domain): boolean {
  return image?.contrast !== undefined || text?.contrast !== undefined;
}

export function contrastBytes({ image, text }: Domain): number {
  return modalityBytes(image?.contrast) + modalityBytes(text?.contrast);
}

function modalityBytes(contrast: OutlierContrast | undefined): number {
  if (contrast === undefined) return HEADER_BYTES;
  return bytesOf(contrast.scales.length, contrast.weights.length);
}

function bytesOf(centres: number, dim: number): number {
  return HEADER_BYTES + 4 * dim + centres * (4 + dim) + 8 * DOUBLES;
}

/** Writes both modalities, images first. @param view of `contrastBytes` */
export function writeContrasts(view: DataView, { image, text }: Domain): void {
  writeModality(view, writeModality(view, 0, image?.contrast), text?.contrast);
}

function writeModality(view: DataView, start: number, contrast: OutlierContrast | undefined): number {
  view.setUint32(start, contrast?.scales.length ?? 0, true);
  view.setUint32(start + 4, 0, true);
  let offset = start + HEADER_BYTES;
  if (contrast === undefined) return offset;
  const { weights, scales, centres, unlikeness, nearest } = contrast;
  for (const numbers of [weights, scales]) {
    numbers.forEach((value, i) => view.setFloat32(offset + 4 * i, value, true));
    offset += 4 * numbers.length;
  }
  centres.forEach((value, i) => view.setInt8(offset + i, value));
  offset += centres.length;
  view.setFloat64(offset, unlikeness, true);
  view.setFloat64(offset + 8, nearest, true);
  return offset + 8 * DOUBLES;
}

/**
 * @param domain as read before
 * @returns that domain with its contrasts
 * @throws AppError STORAGE_FAILED unless the bytes are whole, of this dim, and of a domain; `contrastProblem` says what else is wrong
 */
export function readContrasts(view: DataView, dim: number, domain: Domain | undefined): Domain {
  if (domain === undefined) throw corrupt('a contrast without a domain, expected section 1 before it');
  const [image, next] = readModality(view, 0, dim);
  const [text, end] = readModality(view, next, dim);
  if (end !== view.byteLength) throw corrupt(`contrast of ${view.byteLength} bytes, expected ${end}`);
  return { image: withContrast('image', domain.image, image), text: withContrast('text', domain.text, text) };
}

function withContrast(
  name: string,
  domain: ModalityDomain | null,
  contrast: OutlierContrast | null,
): ModalityDomain | null {
  if (contrast === null) return domain;
  if (domain === null) throw corrupt(`a contrast of the ${name}s without their domain, expected none`);
  return { ...domain, contrast };
}

function readModality(view: DataView, start: number, dim: number): [OutlierContrast | null, number] {
  const most = view.byteLength - start;
  if (most < HEADER_BYTES) throw corrupt(`${most} bytes of a contrast, expected at least ${HEADER_BYTES}`);
  const count = view.getUint32(start, true);
  const reserved = view.getUint32(start + 4, true);
  if (reserved !== 0) throw corrupt(`${reserved} in a contrast, expected 0`);
  let offset = start + HEADER_BYTES;
  if (count === 0) return [null, offset];
  if (count > MAX_CENTRES) throw corrupt(`${count} centres of a contrast, expected 0 to ${MAX_CENTRES}`);
  const bytes = bytesOf(count, dim);
  if (most < bytes) throw corrupt(`${most} bytes of a contrast, expected at least ${bytes}`);
  const floats = (length: number): Float32Array => {
    const values = Float32Array.from({ length }, (_, i) => view.getFloat32(offset + 4 * i, true));
    offset += 4 * length;
    return values;
  };
  const weights = floats(dim);
  const scales = floats(count);
  const centres = new Int8Array(view.buffer, view.byteOffset + offset, count * dim).slice();
  offset += centres.length;
  const contrast: OutlierContrast = {
    weights,
    scales,
    centres,
    unlikeness: view.getFloat64(offset, true),
    nearest: view.getFloat64(offset + 8, true),
  };
  return [contrast, offset + 8 * DOUBLES];
}

/** What is wrong with it, in words that name the expected and the actual, or null when nothing is. */
export function contrastProblem(
  { weights, scales, centres, unlikeness, nearest }: OutlierContrast,
  dim: number,
): string | null {
  if (scales.length < 1 || scales.length > MAX_CENTRES) {
    return `${scales.length} centres, expected 1 to ${MAX_CENTRES}`;
  }
  for (const [name, { length }, expected] of [
    ['weights', weights, dim],
    ['centres', centres, scales.length * dim],
  ] as const) {
    if (length !== expected) return `${length} numbers of ${name}, expected ${expected}`;
  }
  const badWeight = [...weights, unlikeness, nearest].find((value) => !(Math.abs(value) <= MAX_WEIGHT));
  if (badWeight !== undefined)
    return `weight ${badWeight}, expected a number of at most ${MAX_WEIGHT} either way`;
  const badScale = scales.find((value) => !(value >= 1 / MAX_WEIGHT && value <= MAX_WEIGHT));
  return badScale === undefined
    ? null
    : `scale ${badScale}, expected from ${1 / MAX_WEIGHT} to ${MAX_WEIGHT}`;
}
