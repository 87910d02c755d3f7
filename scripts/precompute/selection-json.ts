import type { Projection } from '../../src/core/selection-model.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';

/**
 * The record as readable JSON: all that is needed to recompute a score and its probability by hand (`scoring` says how).
 * Numbers are those of selection.bin: float32 where that stores float32.
 */
export function selectionJson(
  id: string,
  { encoder, strategy, params, seed, model, relevance, metrics }: SelectionRecord,
): string {
  const { dim, k, imageMean, textMean, projection, fusion, calibrator } = model;
  const readable = {
    id,
    encoder,
    strategy,
    params,
    seed,
    dim,
    k,
    centred: imageMean !== null,
    projection: projection.kind,
    indices: projection.kind === 'mask' ? [...projection.indices] : null,
    matrix: projection.kind === 'map' ? matrixRows(projection, dim) : null,
    imageMean: imageMean === null ? null : [...imageMean],
    textMean: textMean === null ? null : [...textMean],
    fusion: fusion.kind === 'weighted' ? { ...fusion, weights: [...fusion.weights] } : fusion,
    calibrator,
    scoring: scoringSteps(fusion.kind),
    metrics,
    relevance: relevance === null ? null : { unit: 'nats', values: [...relevance] },
  };
  return `${joinNumberLists(JSON.stringify(readable, null, 2))}\n`;
}

function matrixRows({ matrix }: Projection & { readonly kind: 'map' }, dim: number): number[][] {
  return Array.from({ length: matrix.length / dim }, (_, row) => [
    ...matrix.subarray(row * dim, (row + 1) * dim),
  ]);
}

function scoringSteps(fusion: 'identity' | 'weighted'): string[] {
  return [
    'image and text: embeddings of the encoder, scaled to unit L2 norm',
    'subtract imageMean from the image and textMean from the text, where given',
    'keep the coordinates in indices, or multiply by matrix, where given',
    fusion === 'identity'
      ? 'score = cosine of the two, 0 when either is all zero'
      : 'score = sum of weights * image * text + bias',
    'probability = 1 / (1 + exp(-(slope * score + intercept))) at baseRate; for another base rate b add log(b / (1 - b)) - log(baseRate / (1 - baseRate)) inside',
    'match at matchThreshold or above, mismatch at mismatchThreshold or below, uncertain between',
  ];
}

/** Lists of numbers on one line each: 512 lines a mean are nobody's reading. */
function joinNumberLists(json: string): string {
  return json.replace(
    /\[\s+(-?\d[^[\]{}"]*?)\s+\]/g,
    (_, numbers: string) => `[${numbers.replace(/,\s+/g, ', ')}]`,
  );
}
