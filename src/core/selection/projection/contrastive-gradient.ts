import { rowProducts, transposedRows } from '../../linear-algebra/row-products.ts';
import type { MappedPairs, NestedScales } from './nested-contrast.ts';
import { nestedContrast } from './nested-contrast.ts';

/** Matching pairs to learn from: row i of one belongs to row i of the other. */
export interface ContrastedRows {
  /** Row-major, shape [count, dim], centred or not. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly dim: number;
  /** One a pair: a text of an image's group is no counter-example for it. */
  readonly groups: Int32Array;
}

/** What is learned: both maps, row-major, shape [k, dim], and a scale a width. */
export interface ContrastiveParameters {
  readonly image: Float32Array;
  readonly text: Float32Array;
  readonly scales: NestedScales;
}

/** The nested contrastive loss of pairs under two maps. @param rows one batch */
export function contrastiveMapLoss(
  { image, text, scales }: ContrastiveParameters,
  rows: ContrastedRows,
): number {
  return nestedContrast(mapPairs(image, text, rows), scales);
}

/**
 * Its derivatives by all that is learned, of the same shapes.
 * O(count·dim·k + count²·Σ widths); products are float32.
 */
export function contrastiveMapGradient(
  { image, text, scales }: ContrastiveParameters,
  rows: ContrastedRows,
): { byImage: Float32Array; byText: Float32Array; byScales: Float64Array } {
  const { dim } = rows;
  const count = rows.groups.length;
  const k = image.length / dim;
  const gradient = {
    images: new Float32Array(count * k),
    texts: new Float32Array(count * k),
    logScales: new Float64Array(scales.widths.length),
  };
  nestedContrast(mapPairs(image, text, rows), scales, gradient);
  const byMap = (byMapped: Float32Array, from: Float32Array): Float32Array =>
    rowProducts(transposedRows(byMapped, k), transposedRows(from, dim), count);
  return {
    byImage: byMap(gradient.images, rows.images),
    byText: byMap(gradient.texts, rows.texts),
    byScales: gradient.logScales,
  };
}

function mapPairs(
  image: Float32Array,
  text: Float32Array,
  { images, texts, dim, groups }: ContrastedRows,
): MappedPairs {
  return {
    images: rowProducts(images, image, dim),
    texts: rowProducts(texts, text, dim),
    k: image.length / dim,
    excluded: sameGroup(groups),
  };
}

/** Shape [count, count]: 1 for two pairs of one group, 0 for a pair and itself. */
export function sameGroup(groups: Int32Array): Uint8Array {
  const count = groups.length;
  const same = new Uint8Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) if (i !== j && groups[i] === groups[j]) same[i * count + j] = 1;
  }
  return same;
}
