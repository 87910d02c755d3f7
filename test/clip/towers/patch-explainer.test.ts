import { beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder, type LoadedEncoder } from '../../../scripts/clip/load-encoder.ts';
import { encodePng } from '../../../scripts/clip/png-file.ts';
import type { PatchExplainer, PatchHeat, PatchQuestion } from '../../../src/clip/patches.ts';
import { dot } from '../../../src/core/vector.ts';
import { AppError } from '../../../src/errors.ts';
import { readImage } from '../fixture-images.ts';

let encoder: LoadedEncoder;
let explainer: PatchExplainer;

beforeAll(async () => {
  encoder = await loadEncoder({ threads: 1 });
  const found = await encoder.images.patches?.();
  if (!found) throw new Error('the bundled encoder explains no patches');
  explainer = found;
});

async function explain(image: Uint8Array, question: PatchQuestion): Promise<PatchHeat> {
  const heat = await explainer.explainImage(image, question);
  if (heat instanceof AppError) throw heat;
  return heat;
}

async function directionOf(text: string): Promise<Float32Array> {
  return (await encoder.text.encodeTexts([text]))[0];
}

async function scoreOf(image: Uint8Array, direction: Float32Array): Promise<number> {
  const [vector] = await encoder.images.encodeImages([image]);
  if (vector instanceof AppError) throw vector;
  return dot(vector, 0, direction, 0, direction.length);
}

/** A blue disc on white in the middle of the right half. */
function discOnTheRight(width: number, height: number): Uint8Array {
  const data = new Uint8Array(3 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.hypot(x - 0.75 * width, y - 0.5 * height) < 0.2 * height)
        data.set([20, 40, 200], 3 * (y * width + x));
    }
  }
  return encodePng({ width, height, data });
}

describe('the heat of the bundled encoder', () => {
  it('begins with what is best measured', () => {
    expect(explainer.methods).toEqual(['OCCLUSION', 'SHARES', 'GRAD_CAM']);
  });

  it('sums to the score', async () => {
    const direction = await directionOf('a blue ball');
    for (const name of ['rgb.png', 'alpha.webp', 'exif-6.jpg']) {
      const image = readImage(name);
      const { rows, columns, values } = await explain(image, { direction, method: 'SHARES' });
      expect([rows, columns, values.length]).toEqual([7, 7, 49]);
      const total = values.reduce((sum, share) => sum + share, 0);
      // Sums of float32 numbers in another order.
      expect(Math.abs(total - (await scoreOf(image, direction)))).toBeLessThan(1e-5);
    }
  });

  it('says by occlusion what the score loses without a region', async () => {
    const direction = await directionOf('a blue ball');
    const image = discOnTheRight(112, 112);
    const { rows, columns, values } = await explain(image, { direction, method: 'OCCLUSION' });
    expect([rows, columns]).toEqual([7, 7]);
    // The cell in the middle of the picture's left third is as white as what covers it.
    expect(Math.abs(values[3 * 7 + 1])).toBeLessThan(Math.abs(values[3 * 7 + 5]));
  });

  it('tells where the grid lies on a picture that is cut, and shows that part', async () => {
    const direction = await directionOf('a blue ball');
    const wide = await explain(discOnTheRight(400, 200), { direction, method: 'SHARES' });
    expect(wide.seen).toEqual({ left: 0.25, top: 0, width: 0.5, height: 1 });
    expect([wide.preview.width, wide.preview.height]).toEqual([336, 336]);
    // The disc's middle lies on the right edge of what is seen.
    const middleRow = wide.preview.data.subarray(168 * 336 * 3, 169 * 336 * 3);
    expect([...middleRow.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...middleRow.subarray(-3)]).toEqual([20, 40, 200]);
  });

  it('fails a bad picture as encoding does', async () => {
    const direction = await directionOf('a blue ball');
    for (const name of ['truncated.jpg', 'bomb-header.png']) {
      const [encoded] = await encoder.images.encodeImages([readImage(name)]);
      const explained = await explainer.explainImage(readImage(name), { direction, method: 'SHARES' });
      expect(explained).toEqual(encoded);
      expect(explained).toBeInstanceOf(AppError);
    }
  });
});
