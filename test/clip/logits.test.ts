import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeModel, findModel, writeDescription } from '../../scripts/clip/model-folder.ts';
import { prepareWorkerModel } from '../../scripts/clip/worker-model.ts';
import { readLogits } from '../../src/clip/logit-scale.ts';
import { AppError } from '../../src/errors.ts';
import { LAYOUTS, writeMadeModel } from './made-models/made-folder.ts';

describe('readLogits', () => {
  it("gives the bundled model's own, OpenAI's for any other, and the variables before both", () => {
    expect(readLogits({}, 'tiny-clip')).toEqual({ scale: Math.exp(2.9013), bias: null });
    expect(readLogits({}, 'other')).toEqual({ scale: 100, bias: null });
    const siglip = { ENCODER_LOGIT_SCALE: '117.33', ENCODER_LOGIT_BIAS: '-12.93' };
    expect(readLogits(siglip, 'tiny-clip')).toEqual({ scale: 117.33, bias: -12.93 });
    expect(readLogits({ ENCODER_LOGIT_BIAS: 0 }, 'other')).toEqual({ scale: 100, bias: 0 });
  });

  it.each([
    [{ ENCODER_LOGIT_SCALE: '0' }, 'ENCODER_LOGIT_SCALE is not valid: expected a number above 0'],
    [{ ENCODER_LOGIT_SCALE: 'Infinity' }, 'ENCODER_LOGIT_SCALE is not valid: expected a number above 0'],
    [{ ENCODER_LOGIT_SCALE: '' }, 'ENCODER_LOGIT_SCALE is not valid'],
    [{ ENCODER_LOGIT_BIAS: 'low' }, 'ENCODER_LOGIT_BIAS is not valid: expected a number'],
  ])('refuses %o, naming the variable', (vars, message) => {
    expect(() => readLogits(vars, 'tiny-clip')).toThrow(message);
    expect(() => readLogits(vars, 'tiny-clip')).toThrow(AppError);
  });
});

describe("a model folder's logits", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alignql-logits-'));
    await writeMadeModel(folder, 'siglip');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const described = async (given: object) => {
    const { logitScale, logitBias } = await describeModel(findModel(folder), given);
    return { logitScale, logitBias };
  };

  it('are those of the catalogue for a model that is known, by either id', async () => {
    const siglip = { logitScale: 117.330765, logitBias: -12.932437 };
    expect(await described({ id: 'google/siglip-base-patch16-224' })).toEqual(siglip);
    expect(await described({ id: 'Xenova/siglip-base-patch16-224' })).toEqual(siglip);
    expect(await described({ id: 'openai/clip-vit-base-patch32' })).toEqual({ logitScale: 100 });
    expect(await described({ id: 'mine' })).toEqual({});
  });

  it('are read from config.json where that says how training ended, not how it began', async () => {
    const write = (value: number): Promise<void> =>
      writeFile(
        path.join(folder, 'config.json'),
        JSON.stringify({ ...LAYOUTS.siglip.config, logit_scale_init_value: value }),
      );
    await write(Math.log(50));
    expect((await described({ id: 'mine' })).logitScale).toBeCloseTo(50, 9);
    await write(2.6592);
    expect(await described({ id: 'mine' })).toEqual({});
  });

  it('stay as they were given, and reach the Workers that bundle the model', async () => {
    await writeDescription(folder, { id: 'mine', logitScale: 90, logitBias: -7.5 });
    expect(await described({})).toEqual({ logitScale: 90, logitBias: -7.5 });
    const { alias } = await prepareWorkerModel(folder, path.join(folder, 'generated'));
    const module = await readFile(alias['./towers/bundled-encoder.ts'], 'utf8');
    expect(module).toContain('bundledLogits = {"scale":90,"bias":-7.5}');
  });
});
