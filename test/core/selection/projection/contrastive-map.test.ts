import { describe, expect, it } from 'vitest';
import type { ContrastiveParameters } from '../../../../src/core/selection/projection/contrastive-gradient.ts';
import {
  contrastiveMapGradient,
  contrastiveMapLoss,
} from '../../../../src/core/selection/projection/contrastive-gradient.ts';
import {
  createLearner,
  fitContrastiveMaps,
  learnFrom,
} from '../../../../src/core/selection/projection/contrastive-map.ts';
import { crossCovarianceMap } from '../../../../src/core/selection/projection/cross-covariance.ts';
import { gaussians } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Learned {
  readonly imageMap: number[];
  readonly textMap: number[];
  readonly logScales: number[];
}

interface Fixture extends Learned {
  readonly name: string;
  readonly dim: number;
  readonly widths: number[];
  readonly groups: number[];
  readonly images: number[];
  readonly texts: number[];
  readonly steps: number;
  readonly mapRate: number;
  readonly loss: number;
  readonly byImage: number[];
  readonly byText: number[];
  readonly byScales: number[];
  readonly after: Learned;
}

const fixtures = readFixture<Fixture[]>('contrastive-map', 'torch');

function problemOf({ images, texts, dim, groups, imageMap, textMap, widths, logScales }: Fixture) {
  const parameters: ContrastiveParameters = {
    image: Float32Array.from(imageMap),
    text: Float32Array.from(textMap),
    scales: { widths, logScales: Float64Array.from(logScales) },
  };
  const rows = {
    images: Float32Array.from(images),
    texts: Float32Array.from(texts),
    dim,
    groups: Int32Array.from(groups),
  };
  return { parameters, rows };
}

function worst(actual: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs(actual[i] - value)));
}

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('contrastiveMapGradient', () => {
  // Products are summed in float32: some 2⁻²⁴ of a cosine, times a scale of up to 20.
  it.each(fixtures)('is what PyTorch gives: $name', (fixture) => {
    const { parameters, rows } = problemOf(fixture);
    expect(Math.abs(contrastiveMapLoss(parameters, rows) - fixture.loss)).toBeLessThan(2e-6 * fixture.loss);
    const { byImage, byText, byScales } = contrastiveMapGradient(parameters, rows);
    expect(worst(byImage, fixture.byImage)).toBeLessThan(1e-5 * largest(fixture.byImage));
    expect(worst(byText, fixture.byText)).toBeLessThan(1e-5 * largest(fixture.byText));
    expect(worst(byScales, fixture.byScales)).toBeLessThan(1e-5 * largest(fixture.byScales));
  });

  it.each(fixtures)('is what finite differences show: $name', (fixture) => {
    const { parameters, rows } = problemOf(fixture);
    const { byImage, byText, byScales } = contrastiveMapGradient(parameters, rows);
    const parts = [
      [parameters.image, byImage],
      [parameters.text, byText],
      [parameters.scales.logScales, byScales],
    ] as const;
    for (const [values, slopes] of parts) {
      const most = largest([...slopes]);
      values.forEach((value, i) => {
        // A loss that is known to about 1e-7 over twice this step: 2e-5; the step's own error is its square.
        const step = 2 ** -8;
        values[i] = value + step;
        const above = contrastiveMapLoss(parameters, rows);
        values[i] = value - step;
        const below = contrastiveMapLoss(parameters, rows);
        values[i] = value;
        const error = Math.abs((above - below) / (2 * step) - slopes[i]);
        expect(error, `parameter ${i}`).toBeLessThan(1e-3 * most + 1e-4);
      });
    }
  });
});

describe('learnFrom', () => {
  it.each(fixtures)('takes the steps of PyTorch: $name', (fixture) => {
    const { parameters, rows } = problemOf(fixture);
    const learner = createLearner(parameters);
    for (let step = 0; step < fixture.steps; step++) learnFrom(rows, learner);
    const { imageMap, textMap, logScales } = fixture.after;
    // Adam moves each parameter by about the rate a step: five steps end within a hundredth of one.
    expect(worst(parameters.image, imageMap)).toBeLessThan(0.01 * fixture.mapRate);
    expect(worst(parameters.text, textMap)).toBeLessThan(0.01 * fixture.mapRate);
    expect(worst(parameters.scales.logScales, logScales)).toBeLessThan(0.01 * fixture.mapRate);
    expect(worst(parameters.image, fixture.imageMap)).toBeGreaterThan(fixture.mapRate);
  });
});

describe('fitContrastiveMaps', () => {
  const DIM = 8;
  /** A text shows the image's coordinates one place further on: no one map serves both. */
  function turnedPairs(count: number, seed: number) {
    const images = Float32Array.from(gaussians(count * DIM, seed));
    const noise = gaussians(count * DIM, seed + 1);
    const texts = Float32Array.from(noise, (x, at) => {
      const row = at - (at % DIM);
      return images[row + ((at + 1) % DIM)] + 0.3 * x;
    });
    return { images, texts, dim: DIM, groups: Int32Array.from({ length: count }, (_, i) => i) };
  }
  const scales = { widths: [4, DIM], logScales: new Float64Array(2).fill(Math.log(5)) };

  it('lowers the loss of pairs that it was not shown, below that of where it starts', () => {
    const rows = turnedPairs(200, 1);
    const unseen = turnedPairs(60, 11);
    const axes = crossCovarianceMap(rows.images, rows.texts, DIM, DIM).map;
    const { image, text, epochs } = fitContrastiveMaps(rows, DIM, 0);
    expect(epochs).toBeGreaterThan(10);
    const start = contrastiveMapLoss({ image: axes, text: axes, scales }, unseen);
    expect(contrastiveMapLoss({ image, text, scales }, unseen)).toBeLessThan(0.9 * start);
  });

  it('gives equal bytes for equal arguments', () => {
    const rows = turnedPairs(60, 3);
    expect(fitContrastiveMaps(rows, DIM, 5)).toEqual(fitContrastiveMaps(rows, DIM, 5));
  });

  it('stays at the start on pairs too few to hold any out', () => {
    const rows = turnedPairs(9, 7);
    const axes = crossCovarianceMap(rows.images, rows.texts, DIM, DIM).map;
    expect(fitContrastiveMaps(rows, DIM, 0)).toEqual({ image: axes, text: axes, epochs: 0 });
  });
});
