import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadPairEncoder, openCache } from '../../scripts/dataset/load-pair-encoder.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { loadOutliers } from '../../scripts/precompute/load-outliers.ts';
import { OUTSIDE_SHARE, tailShare } from '../../src/core/calibration/domain.ts';
import { fitModalityDomain } from '../../src/core/evaluation/fit-domain.ts';

const PLAIN = [
  'a dog',
  'a cat',
  'a car',
  'a house',
  'a red apple',
  'a blue car',
  'a photo of a dog',
  'a photo of a cat',
  'This is a bicycle.',
  'dogs',
  'horses',
  'guitar',
  'a castle',
  'a zebra',
  'two children playing in a park',
];
const ODD = [
  'собака сидит на столе',
  'σκύλος στο σπίτι',
  'หมาและแมว',
  '{"id": 41, "ok": [null]}',
  '2026-11-30 17.25',
];

it('does not flag what people ask first under the captions of the samples, and flags other scripts and code', async () => {
  const { info, encoder } = await loadPairEncoder();
  const folder = await mkdtemp(join(tmpdir(), 'alignql-plain-'));
  try {
    const cache = await openCache(folder, info, () => undefined);
    const { pairs } = await readDataset('models/sample/captions.csv', { kind: 'kind' });
    const captions = [...new Set(pairs.map(({ caption }) => caption))];
    const quiet = { add: () => undefined, stop: () => undefined };
    const { text } = await loadOutliers(encoder, captions, cache, () => quiet);
    const encode = async (texts: readonly string[]): Promise<Float32Array[]> => {
      const found: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += 32)
        found.push(...(await encoder.encodeTexts(texts.slice(i, i + 32))));
      return found;
    };
    const inside = Float32Array.from((await encode(captions)).flatMap((vector) => [...vector]));
    const rows = Uint32Array.from(captions.keys());
    const domain = fitModalityDomain(inside, info.dim, { rows, groups: Int32Array.from(rows) }, 0, text);
    if (domain === null) throw new Error('no domain was fitted');
    const flagged = async (texts: readonly string[]): Promise<string[]> => {
      const vectors = await encode(texts);
      return texts.filter((_, i) => tailShare(domain, vectors[i]) < OUTSIDE_SHARE);
    };
    expect(await flagged(PLAIN)).toEqual([]);
    expect(await flagged(ODD)).toEqual(ODD);
  } finally {
    await rm(folder, { recursive: true });
  }
});
