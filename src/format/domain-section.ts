import {
  MAX_DOMAIN_AXES,
  MAX_DOMAIN_KNOTS,
  type Domain,
  type ModalityDomain,
} from '../core/calibration/domain.ts';
import { contrastProblem } from './contrast-section.ts';
import { corrupt } from './corrupt-record.ts';

// The byte table is in docs/kv-layout.md.
const HEADER_BYTES = 8;
/** Mean and deviation of distance and Mahalanobis term, and the residual. */
const DOUBLES = 5;
/** Of distances in standard deviations, Mahalanobis terms and the like: far above any fit, low enough that nothing overflows. */
const MAX_NUMBER = 1e15;

export function domainBytes({ image, text }: Domain): number {
  return modalityBytes(image) + modalityBytes(text);
}

function modalityBytes(domain: ModalityDomain | null): number {
  if (domain === null) return HEADER_BYTES;
  return bytesOf(domain.scales.length, domain.distances.length, domain.mean.length);
}

function bytesOf(axes: number, knots: number, dim: number): number {
  return HEADER_BYTES + 4 * dim + axes * (dim + 8) + 8 * DOUBLES + 16 * knots;
}

/** Writes both modalities, images first. @param view of `domainBytes` */
export function writeDomain(view: DataView, { image, text }: Domain): void {
  writeModality(view, writeModality(view, 0, image), text);
}

function writeModality(view: DataView, start: number, domain: ModalityDomain | null): number {
  view.setUint32(start, domain?.scales.length ?? 0, true);
  view.setUint32(start + 4, domain?.distances.length ?? 0, true);
  let offset = start + HEADER_BYTES;
  if (domain === null) return offset;
  const { mean, axes, scales, deviations, residual, distance, mahalanobis, distances, shares } = domain;
  for (const numbers of [mean, scales, deviations]) {
    numbers.forEach((value, i) => view.setFloat32(offset + 4 * i, value, true));
    offset += 4 * numbers.length;
  }
  axes.forEach((value, i) => view.setInt8(offset + i, value));
  offset += axes.length;
  const spreads = [distance.mean, distance.deviation, mahalanobis.mean, mahalanobis.deviation];
  for (const value of [residual, ...spreads, ...distances, ...shares]) {
    view.setFloat64(offset, value, true);
    offset += 8;
  }
  return offset;
}

/** @throws AppError STORAGE_FAILED unless the bytes are whole and of this dim; `domainProblem` says what else is wrong */
export function readDomain(view: DataView, dim: number): Domain {
  const [image, next] = readModality(view, 0, dim);
  const [text, end] = readModality(view, next, dim);
  if (end !== view.byteLength) throw corrupt(`domain of ${view.byteLength} bytes, expected ${end}`);
  return { image, text };
}

function readModality(view: DataView, start: number, dim: number): [ModalityDomain | null, number] {
  const most = view.byteLength - start;
  if (most < HEADER_BYTES) throw corrupt(`${most} bytes of a domain, expected at least ${HEADER_BYTES}`);
  const axisCount = view.getUint32(start, true);
  const knots = view.getUint32(start + 4, true);
  let offset = start + HEADER_BYTES;
  if (axisCount === 0 && knots === 0) return [null, offset];
  assertCount('axes', axisCount, Math.min(MAX_DOMAIN_AXES, dim));
  assertCount('knots', knots, MAX_DOMAIN_KNOTS);
  const bytes = bytesOf(axisCount, knots, dim);
  if (most < bytes) throw corrupt(`${most} bytes of a domain, expected at least ${bytes}`);
  const floats = (count: number): Float32Array => {
    const values = Float32Array.from({ length: count }, (_, i) => view.getFloat32(offset + 4 * i, true));
    offset += 4 * count;
    return values;
  };
  const mean = floats(dim);
  const scales = floats(axisCount);
  const deviations = floats(axisCount);
  const axes = new Int8Array(view.buffer, view.byteOffset + offset, axisCount * dim).slice();
  offset += axes.length;
  const doubles = (count: number): Float64Array => {
    const values = Float64Array.from({ length: count }, (_, i) => view.getFloat64(offset + 8 * i, true));
    offset += 8 * count;
    return values;
  };
  const [residual, ...spreads] = doubles(DOUBLES);
  const domain: ModalityDomain = {
    mean,
    axes,
    scales,
    deviations,
    residual,
    distance: { mean: spreads[0], deviation: spreads[1] },
    mahalanobis: { mean: spreads[2], deviation: spreads[3] },
    distances: doubles(knots),
    shares: doubles(knots),
  };
  return [domain, offset];
}

function assertCount(name: string, count: number, most: number): void {
  if (count < 1 || count > most) throw corrupt(`${count} ${name} of a domain, expected 1 to ${most}`);
}

/** What is wrong with a domain, in words that name the expected and the actual, or null when nothing is. */
export function domainProblem(domain: Domain, dim: number): string | null {
  return modalityProblem('image', domain.image, dim) ?? modalityProblem('text', domain.text, dim);
}

function modalityProblem(name: string, domain: ModalityDomain | null, dim: number): string | null {
  if (domain === null) return null;
  const { mean, axes, scales, deviations, distances, shares } = domain;
  const problem =
    countProblem('axes', scales.length, Math.min(MAX_DOMAIN_AXES, dim)) ??
    countProblem('knots', distances.length, MAX_DOMAIN_KNOTS) ??
    lengthProblem('mean', mean, dim) ??
    lengthProblem('axes', axes, scales.length * dim) ??
    lengthProblem('deviations', deviations, scales.length) ??
    lengthProblem('shares', shares, distances.length) ??
    numbersProblem(domain) ??
    tableProblem(distances, shares) ??
    (domain.contrast ? contrastProblem(domain.contrast, dim) : null);
  return problem === null ? null : `domain of the ${name}s: ${problem}`;
}

function numbersProblem(domain: ModalityDomain): string | null {
  const { mean, scales, deviations, residual, distance, mahalanobis, distances } = domain;
  for (const [name, values] of Object.entries({
    mean,
    distances,
    spreads: [distance.mean, mahalanobis.mean],
  })) {
    const bad = values.find((value) => !(Math.abs(value) <= MAX_NUMBER));
    if (bad !== undefined) return `${name} ${bad}, expected a number of at most ${MAX_NUMBER} either way`;
  }
  for (const [name, values] of Object.entries({
    scales,
    deviations,
    spreads: [distance.deviation, mahalanobis.deviation],
  })) {
    const bad = values.find((value) => !(value >= 1 / MAX_NUMBER && value <= MAX_NUMBER));
    if (bad !== undefined) return `${name} ${bad}, expected from ${1 / MAX_NUMBER} to ${MAX_NUMBER}`;
  }
  const isResidual = residual === 0 || (residual >= 1 / MAX_NUMBER && residual <= MAX_NUMBER);
  return isResidual ? null : `residual ${residual}, expected 0 or from ${1 / MAX_NUMBER} to ${MAX_NUMBER}`;
}

function tableProblem(distances: Float64Array, shares: Float64Array): string | null {
  for (let i = 0; i < distances.length; i++) {
    if (!(shares[i] > 0 && shares[i] <= 1)) return `share ${shares[i]} at ${i}, expected above 0, at most 1`;
    if (i === 0) continue;
    if (!(distances[i] > distances[i - 1])) {
      return `distance ${distances[i]} at ${i} after ${distances[i - 1]}, expected ascending`;
    }
    if (!(shares[i] < shares[i - 1])) {
      return `share ${shares[i]} at ${i} after ${shares[i - 1]}, expected descending`;
    }
  }
  return null;
}

function countProblem(name: string, count: number, most: number): string | null {
  return count >= 1 && count <= most ? null : `${count} ${name}, expected 1 to ${most}`;
}

function lengthProblem(
  name: string,
  { length }: { readonly length: number },
  expected: number,
): string | null {
  return length === expected ? null : `${length} numbers of ${name}, expected ${expected}`;
}
