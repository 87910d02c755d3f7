import { cp, mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { DEFAULT_MODEL, describeModel, findModel, readEncoderFile } from '../../scripts/clip/model-folder.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { fingerprintOf } from '../../src/clip/fingerprint.ts';
import { AppError } from '../../src/errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alignql-model-'));
  // Only what a clone has; training leaves large full-precision files beside them.
  await cp(DEFAULT_MODEL, folder, { recursive: true, filter: (source) => !source.endsWith('_model.onnx') });
});
afterEach(() => rm(folder, { recursive: true }));

describe('encoder.json', () => {
  it('fits the files of models/tiny-clip (if not: npm run -s model -- describe)', async () => {
    expect(await readEncoderFile(DEFAULT_MODEL)).toEqual(await describeModel(findModel(DEFAULT_MODEL)));
  });

  it('names id and every file that changes a vector', async () => {
    const described = await describeModel(findModel(folder));
    expect(described).toMatchObject({ id: 'tiny-clip', dim: 256 });
    expect(Object.keys(described.files)).toEqual([
      'config.json',
      'onnx/text_model_quantized.onnx',
      'onnx/vision_model_quantized.onnx',
      'preprocessor_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('changes its fingerprint with any of them', async () => {
    const { fingerprint, files } = await describeModel(findModel(folder));
    const others = Object.keys(files).map((name) => fingerprintOf({ ...files, [name]: '0'.repeat(64) }));
    expect(new Set([fingerprint, ...others]).size).toBe(Object.keys(files).length + 1);
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(fingerprintOf(reversed)).toBe(fingerprint);
  });

  it('is refused, with the command to run, when the files have changed since', async () => {
    const file = path.join(folder, 'preprocessor_config.json');
    await writeFile(file, `${await readFile(file, 'utf8')}\n`);
    await expect(loadEncoder({ model: folder })).rejects.toThrow(`npm run -s model -- describe ${folder}`);
  });

  it.each([
    ['is no JSON', '{"id":'],
    ['dim: ', '{"id": "mine", "dim": "256", "fingerprint": "", "files": {}}'],
  ])('that is broken is the mistake of whoever wrote it: %s', async (message, content) => {
    await writeFile(path.join(folder, 'encoder.json'), content);
    const refused = await readEncoderFile(folder).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: expect.stringContaining(message) });
    expect(
      refused instanceof UserError || (refused instanceof AppError && refused.code === 'BAD_INPUT'),
    ).toBe(true);
  });

  it('is made up from the files when there is none', async () => {
    await rm(path.join(folder, 'encoder.json'));
    const { info } = await loadEncoder({ model: folder });
    expect(info).toMatchObject({ id: path.basename(folder), dim: 256 });
  });
});

describe('findModel', () => {
  it.each(['tokenizer.json', 'config.json', 'preprocessor_config.json', 'onnx/text_model_quantized.onnx'])(
    'names a missing %s',
    async (name) => {
      await rm(path.join(folder, name));
      expect(() => findModel(folder)).toThrow(`lacks ${name}`);
    },
  );

  it('says how to fetch a hub id that is not there', () => {
    expect(() => findModel('openai/clip-vit-large-patch14')).toThrow(
      'npm run -s model -- fetch openai/clip-vit-large-patch14',
    );
  });

  it('finds a model under models/ by its id', () => {
    expect(findModel('tiny-clip').folder).toBe(DEFAULT_MODEL);
  });
});
