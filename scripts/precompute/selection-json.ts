import { ATTENTION_WIDTH } from '../../src/core/scoring/attention.ts';
import type { Calibrator, Fusion } from '../../src/core/scoring/selection-model.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';

/**
 * The record as readable JSON: all that is needed to recompute a score and its probability by hand (`scoring` says how).
 * Numbers are those of selection.bin: float32 where that stores float32.
 */
export function selectionJson(
  id: string,
  { encoder, strategy, params, seed, model, relevance, metrics, rows }: SelectionRecord,
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
    matrix: projection.kind === 'map' ? matrixRows(projection.matrix, dim) : null,
    ...(projection.kind === 'maps'
      ? { imageMatrix: matrixRows(projection.image, dim), textMatrix: matrixRows(projection.text, dim) }
      : {}),
    imageMean: imageMean === null ? null : [...imageMean],
    textMean: textMean === null ? null : [...textMean],
    fusion: readableFusion(fusion, k),
    calibrator: readableCalibrator(calibrator),
    scoring: scoringSteps(fusion.kind, calibrator.kind),
    ...(rows === undefined
      ? {}
      : { rows: { bits: rows.bits, imageSteps: [...rows.image], textSteps: [...rows.text] } }),
    metrics,
    relevance: relevance === null ? null : { unit: 'nats', values: [...relevance] },
  };
  return `${joinNumberLists(JSON.stringify(readable, null, 2))}\n`;
}

function readableFusion(fusion: Fusion, k: number): object {
  switch (fusion.kind) {
    case 'identity':
      return fusion;
    case 'weighted':
      return { ...fusion, weights: [...fusion.weights] };
    case 'attention': {
      const { kind, query, key, value, output } = fusion;
      return {
        kind,
        query: matrixRows(query, k),
        key: matrixRows(key, k),
        value: matrixRows(value, k),
        output: matrixRows(output, ATTENTION_WIDTH),
      };
    }
  }
}

function readableCalibrator(calibrator: Calibrator): object {
  if (calibrator.kind === 'platt') return calibrator;
  const { scores, probabilities, low, high } = calibrator;
  return {
    ...calibrator,
    scores: [...scores],
    probabilities: [...probabilities],
    low: [...low],
    high: [...high],
  };
}

function matrixRows(matrix: Float32Array, width: number): number[][] {
  return Array.from({ length: matrix.length / width }, (_, row) => [
    ...matrix.subarray(row * width, (row + 1) * width),
  ]);
}

const SCORES: Record<Fusion['kind'], string> = {
  identity: 'score = cosine of the two, 0 when either is all zero',
  weighted: 'score = sum of weights * image * text + bias',
  attention:
    'scale both to unit L2 norm; score = cosine of image and output * value * text, 0 when either is all zero. Of several texts: for each head of 8 rows, softmax over the texts of (query * image) . (key * text) / sqrt(8) weighs the rows of value * text, before output',
};

const PROBABILITIES: Record<Calibrator['kind'], string> = {
  platt:
    'probability = 1 / (1 + exp(-(slope * score + intercept))) at baseRate; for another base rate b add log(b / (1 - b)) - log(baseRate / (1 - baseRate)) inside',
  isotonic:
    'probability = linear between probabilities at scores, constant outside, at baseRate; for another base rate b add log(b / (1 - b)) - log(baseRate / (1 - baseRate)) to its log-odds',
};

function scoringSteps(fusion: Fusion['kind'], calibrator: Calibrator['kind']): string[] {
  return [
    'image and text: embeddings of the encoder, scaled to unit L2 norm',
    'subtract imageMean from the image and textMean from the text, where given',
    'keep the coordinates in indices, or multiply by matrix (imageMatrix the image, textMatrix the text), where given',
    SCORES[fusion],
    PROBABILITIES[calibrator],
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
