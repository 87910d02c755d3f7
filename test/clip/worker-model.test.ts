import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { DEFAULT_MODEL, describeModel, findModel } from '../../scripts/clip/model-folder.ts';
import { prepareWorkerModel } from '../../scripts/clip/worker-model.ts';
import { toBase64 } from '../../src/clip/base64.ts';
import { startEdgeEncoder } from './edge-encoder.ts';
import { readImage } from './fixture-images.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

describe('prepareWorkerModel', () => {
  let folder: string;
  let other: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alignql-alias-'));
    other = path.join(folder, 'other');
    await cp(DEFAULT_MODEL, other, { recursive: true, filter: (source) => !source.endsWith('_model.onnx') });
    // Another mean gives other image vectors, so that the embedded model cannot pass for this one.
    const file = path.join(other, 'preprocessor_config.json');
    const preprocessor = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...preprocessor, image_mean: [0.2, 0.6, 0.9] }));
    await rm(path.join(other, 'tokenizer_config.json'));
    const description = await describeModel(findModel(other), { id: 'acme/other' });
    await writeFile(path.join(other, 'encoder.json'), JSON.stringify(description));
  });
  afterAll(() => rm(folder, { recursive: true }));

  // Bundling takes a minute where other tests keep both cores busy.
  it('makes the encoder Worker run another model', async () => {
    const { info, alias } = await prepareWorkerModel(other, path.join(folder, 'generated'));
    const node = await loadEncoder({ model: other, threads: 1 });
    expect(info).toEqual(node.info);
    const config = path.join(folder, 'wrangler.json');
    await writeFile(
      config,
      JSON.stringify({
        name: 'alignql-encoder',
        main: path.join(PROJECT, 'src/encoder.ts'),
        compatibility_date: '2026-07-01',
        rules: [{ type: 'Data', globs: ['**/*.onnx', '**/tokenizer.json'], fallthrough: true }],
        alias,
      }),
    );
    const edge = await startEdgeEncoder(config);
    try {
      const picture = readImage('rgb.png');
      const answer = await edge.ai.run('acme/other', { image: toBase64(picture) });
      const [expected] = await node.images.encodeImages([picture]);
      const [embedded] = await (await loadEncoder({ threads: 1 })).images.encodeImages([picture]);
      expect(agreement(answer.data[0], expected)).toBeGreaterThanOrEqual(0.999);
      expect(agreement(answer.data[0], embedded)).toBeLessThan(0.99);
      const texts = await edge.ai.run('acme/other', { text: ['a cat'] });
      const [text] = await node.text.encodeTexts(['a cat']);
      expect(agreement(texts.data[0], text)).toBeGreaterThanOrEqual(0.999);
      await expect(edge.ai.run('tiny-clip', { text: ['a cat'] })).rejects.toThrow(
        '5007: No such model tiny-clip',
      );
    } finally {
      await edge.stop();
    }
  });
});

/** Cosine of two unit vectors. */
function agreement(a: readonly number[], b: Float32Array | Error): number {
  if (b instanceof Error) throw b;
  return b.reduce((sum, value, i) => sum + value * a[i], 0);
}
