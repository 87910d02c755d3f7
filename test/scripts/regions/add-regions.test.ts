import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../../../scripts/clip/load-encoder.ts';
import { drawTestPicture } from '../../../scripts/clip/test-picture.ts';
import { addRegions, orderMethods } from '../../../scripts/regions/add-regions.ts';
import { AppError } from '../../../src/errors.ts';
import { writeMadeModel } from '../../clip/made-models/made-folder.ts';
import { writeVisionTransformer } from '../../clip/made-models/vision-transformer-folder.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'alignql-regions-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('addRegions', () => {
  it('writes a graph from which the encoder explains pictures', async () => {
    const folder = path.join(root, 'transformer');
    await writeVisionTransformer(folder, 'separate');
    const report = await addRegions(folder);
    expect(report).toMatchObject({ graph: 'onnx/vision_model_regions.onnx', reason: null });
    expect(report.cosine).toBeGreaterThan(0.9999);
    expect(report.pointing.map(({ asked }) => asked)).toEqual([40, 40, 40]);
    expect([...report.methods].sort()).toEqual(['GRAD_CAM', 'GRAD_ECLIP', 'MASKCLIP', 'OCCLUSION']);
    // Random weights point nowhere: no method but occlusion may be the default.
    expect(report.methods[0]).toBe('OCCLUSION');

    const encoder = await loadEncoder({ model: folder, threads: 1 });
    const explainer = await encoder.images.patches?.();
    expect(explainer?.methods).toEqual(report.methods);
    const direction = Float32Array.from({ length: 8 }, (_, i) => (i % 3) - 1);
    for (const method of report.methods) {
      const heat = await explainer?.explainImage(drawTestPicture(), { direction, method });
      if (heat === undefined || heat instanceof AppError) throw new Error(`no heat by ${method}`);
      const side = method === 'OCCLUSION' ? 7 : 4;
      expect([heat.rows, heat.columns, heat.values.length]).toEqual([side, side, side * side]);
      expect(heat.values.every(Number.isFinite)).toBe(true);
    }
  });

  it('says why a tower has no such block, and what it can do all the same', async () => {
    const folder = path.join(root, 'siglip');
    await writeMadeModel(folder, 'siglip');
    expect(await addRegions(folder)).toEqual({
      methods: ['OCCLUSION'],
      graph: null,
      reason: 'expected the last norm, got ReduceMean',
      cosine: null,
      pointing: [],
    });
  });
});

describe('orderMethods', () => {
  it('puts first what points better than chance could, then occlusion, then the rest', () => {
    const asked = 40;
    expect(
      orderMethods([
        { method: 'GRAD_ECLIP', wins: 30, asked },
        { method: 'MASKCLIP', wins: 35, asked },
        // Of 40, chance alone wins 26 in one set of 25 (one-sided).
        { method: 'GRAD_CAM', wins: 26, asked },
      ]),
    ).toEqual(['MASKCLIP', 'GRAD_ECLIP', 'OCCLUSION', 'GRAD_CAM']);
  });
});
