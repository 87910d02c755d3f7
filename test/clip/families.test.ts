import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  JinaCLIPModel,
  JinaCLIPTextModel,
  JinaCLIPVisionModel,
  RawImage,
  SiglipTextModel,
  SiglipVisionModel,
  type Tensor,
} from '@xenova/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { findModel, readJson } from '../../scripts/clip/model-folder.ts';
import { encodePng } from '../../scripts/clip/png-file.ts';
import { createTextTokenizer, type TextTokenizer } from '../../src/clip/towers/text-tokenizer.ts';
import { createRandom } from '../../src/core/random.ts';
import { type FamilyName, LAYOUTS, writeMadeModel } from './made-models/made-folder.ts';
import type { Precision } from './made-models/onnx-graph.ts';

/** Texts that fit: where it truncates, transformers.js 4.3.1 drops the end token, at which CLIP pools. */
const TEXTS = [
  'a cat',
  '',
  'A Photo  of\ttwo dogs!',
  'the red square, on white; a house?',
  '一只红色的猫',
  "it's 3 o'clock",
  'naïve café',
  '😀 x',
  '   ',
];

/** transformers.js keeps the case of SigLIP 2's texts, which was trained on lower-case ones (docs/models.md). */
const textsFor = (family: FamilyName): string[] =>
  family === 'siglip2' ? TEXTS.map((text) => text.toLowerCase()) : TEXTS;

type Run = (inputs: object) => Promise<Record<string, Tensor>>;
interface Loader {
  from_pretrained(id: string, options: object): Promise<unknown>;
}

/** Which classes of transformers.js load the towers. */
const CLASSES: Record<FamilyName, { text: Loader; image: Loader }> = {
  clip: { text: CLIPTextModelWithProjection, image: CLIPVisionModelWithProjection },
  mobileclip: { text: CLIPTextModelWithProjection, image: CLIPVisionModelWithProjection },
  siglip: { text: SiglipTextModel, image: SiglipVisionModel },
  siglip2: { text: SiglipTextModel, image: SiglipVisionModel },
  'jina-clip-v1': { text: JinaCLIPTextModel, image: JinaCLIPVisionModel },
  'jina-clip-v2': { text: JinaCLIPModel, image: JinaCLIPModel },
};

const PADDED = ['mobileclip', 'siglip', 'siglip2'];
const FAMILIES = Object.keys(LAYOUTS) as FamilyName[];

/** Every precision once, each in another family. */
const CASES: readonly [FamilyName, Precision, hasDataFiles: boolean][] = [
  ...FAMILIES.map((family) => [family, 'fp32', false] as [FamilyName, Precision, boolean]),
  ['clip', 'q8', false],
  ['siglip', 'fp16', true],
  ['siglip2', 'q4', false],
  ['mobileclip', 'q4', false],
  ['jina-clip-v1', 'q8', true],
  ['jina-clip-v2', 'fp16', true],
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'alignql-families-'));
  env.allowRemoteModels = false;
  env.localModelPath = root;
});
afterAll(() => rm(root, { recursive: true }));

async function tokenizerOf(folder: string): Promise<TextTokenizer> {
  const model = findModel(folder);
  return createTextTokenizer({
    tokenizer: await readJson(model.tokenizer),
    tokenizerConfig: model.tokenizerConfig === null ? null : await readJson(model.tokenizerConfig),
    config: await readJson(model.config),
  });
}

/** A picture of the model's own size, so that nothing is resized: noise, in which a swapped channel or row shows. */
function drawNoise(side: number): Uint8Array {
  const random = createRandom(7);
  const data = Uint8Array.from({ length: 3 * side * side }, () => random.nextInt(256));
  return encodePng({ width: side, height: side, data });
}

/** @returns rows of unit length */
function unitRows({ data, dims }: Tensor): number[][] {
  const [count, dim] = dims;
  return Array.from({ length: count }, (_, row) => {
    const values = Array.from((data as Float32Array).subarray(row * dim, (row + 1) * dim));
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  });
}

function largestDifference(ours: readonly ArrayLike<number>[], theirs: readonly number[][]): number {
  expect(ours).toHaveLength(theirs.length);
  return Math.max(...theirs.flatMap((row, r) => row.map((value, i) => Math.abs(value - ours[r][i]))));
}

describe.each(CASES)('a folder of the family %s in %s', (family, precision, hasDataFiles) => {
  const id = `${family}-${precision}`;
  let folder: string;
  beforeAll(async () => {
    folder = path.join(root, id);
    await writeMadeModel(folder, family, { precision, hasDataFiles });
  });

  it('gives the tokens and the vectors that transformers.js gives', async () => {
    const texts = textsFor(family);
    const tokenizer = await AutoTokenizer.from_pretrained(id);
    const padding = PADDED.includes(family) ? 'max_length' : true;
    const inputs = tokenizer(texts, { padding, truncation: true }) as Record<string, Tensor>;
    const batch = (await tokenizerOf(folder)).encode(texts);
    expect([batch.count, batch.length]).toEqual(inputs.input_ids.dims);
    expect(batch.inputIds).toEqual(inputs.input_ids.data);

    const options = { dtype: precision, use_external_data_format: hasDataFiles };
    const ours = await loadEncoder({ model: folder, threads: 1 });
    const text = (await CLASSES[family].text.from_pretrained(id, options)) as Run;
    const [textOutput] = LAYOUTS[family].textOutputs;
    const textDifference = largestDifference(
      await ours.text.encodeTexts(texts),
      unitRows((await text({ ...inputs }))[textOutput]),
    );
    expect(textDifference).toBeLessThan(1e-5);

    const picture = drawNoise(LAYOUTS[family].imageSize);
    const processor = (await AutoProcessor.from_pretrained(id)) as unknown as Run & {
      image_processor?: Run;
    };
    const raw = await RawImage.fromBlob(new Blob([Uint8Array.from(picture)]));
    const pixels = await (processor.image_processor ?? processor)(raw);
    const image = (await CLASSES[family].image.from_pretrained(id, options)) as Run;
    const [imageOutput] = LAYOUTS[family].imageOutputs;
    const [vector] = await ours.images.encodeImages([picture]);
    if (vector instanceof Error) throw vector;
    const imageDifference = largestDifference(
      [vector],
      unitRows((await image({ pixel_values: pixels.pixel_values }))[imageOutput]),
    );
    console.info(
      `${id}: text ${textDifference.toExponential(1)}, picture ${imageDifference.toExponential(1)}`,
    );
    expect(imageDifference).toBeLessThan(1e-5);
  });
});

/** What a text of every family ends with. */
const ENDS: Record<FamilyName, string> = {
  clip: '<|endoftext|>',
  mobileclip: '<|endoftext|>',
  siglip: '</s>',
  siglip2: '<eos>',
  'jina-clip-v1': '[SEP]',
  'jina-clip-v2': '</s>',
};

describe.each(FAMILIES)('texts of the family %s', (family) => {
  const { tokenizer, tokenizerConfig, config, maxTokens } = LAYOUTS[family];
  const files = { tokenizer: tokenizer.json, tokenizerConfig, config };

  it.each([
    ['words', 'the red cat on the white house, '],
    ['one word without end', 'catdogphoto'],
    ['Chinese', '一只猫坐在垫子上看着窗外'],
    ['marks', '!?.,;:-'],
    ['capitals', 'THE Red CAT '],
  ])('are cut before what ends them, and the rest is as if the whole had been read: %s', (_, part) => {
    const ours = createTextTokenizer(files);
    const text = part.repeat(400);
    const whole = ours.tokenizeWhole(text);
    const end = tokenizer.idOf(ENDS[family]);
    const cut = ours.tokenize(text);
    if (whole.length <= maxTokens) expect(cut).toEqual(whole);
    else expect(cut).toEqual([...whole.slice(0, maxTokens - 1), end]);
    const long = ours.tokenize(part.repeat(100_000));
    expect(long.length).toBeLessThanOrEqual(maxTokens);
    if (long.length > 2) expect(long.at(-1)).toBe(end);
  });

  it('are padded to the full length where the network was trained so', () => {
    const { count, length, inputIds, attentionMask } = createTextTokenizer(files).encode(['a cat', 'a']);
    expect(count).toBe(2);
    const longest = createTextTokenizer(files).tokenize('a cat').length;
    expect(length).toBe(PADDED.includes(family) ? maxTokens : longest);
    expect(inputIds.at(-1)).toBe(BigInt(tokenizer.idOf(LAYOUTS[family].padToken)));
    expect(attentionMask.at(-1)).toBe(0n);
  });
});

it('reads texts of SigLIP 2 in lower case, as they were in training, and those of nobody else', () => {
  const read = (family: FamilyName, text: string): unknown => {
    const { tokenizer, tokenizerConfig, config } = LAYOUTS[family];
    const tokens = createTextTokenizer({ tokenizer: tokenizer.json, tokenizerConfig, config });
    return tokens.encode([text]).inputIds;
  };
  expect(read('siglip2', 'A Red CAT')).toEqual(read('siglip2', 'a red cat'));
  expect(read('jina-clip-v2', 'A Red CAT')).not.toEqual(read('jina-clip-v2', 'a red cat'));
});

describe('a graph that takes one length of texts only', () => {
  it('gets every text padded or cut to it', async () => {
    const [fixed, free] = [path.join(root, 'fixed'), path.join(root, 'free')];
    await writeMadeModel(fixed, 'mobileclip', { fixedTokens: 77 });
    await writeMadeModel(free, 'mobileclip');
    const texts = ['a cat', '', 'the red square '.repeat(50)];
    const [ours, theirs] = await Promise.all(
      [fixed, free].map(async (model) => (await loadEncoder({ model, threads: 1 })).text.encodeTexts(texts)),
    );
    expect(ours).toEqual(theirs);
    const short = path.join(root, 'short');
    await writeMadeModel(short, 'clip', { fixedTokens: 8 });
    const cut = (await loadEncoder({ model: short, threads: 1 })).text;
    const [long, same] = await cut.encodeTexts(['a cat a cat a cat a cat a cat', 'a cat a cat a cat a dog']);
    expect(long).toEqual(same);
  });
});

describe('a folder of a family that is not known', () => {
  it('is refused by name, before anything is loaded', async () => {
    const folder = path.join(root, 'other');
    await writeMadeModel(folder, 'clip');
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, model_type: 'chinese_clip' }));
    await expect(loadEncoder({ model: folder })).rejects.toThrow(
      'model_type is "chinese_clip", expected one of clip, siglip, jina_clip (docs/models.md)',
    );
  });

  it.each([
    [
      'no length of the vectors',
      { projection_dim: undefined },
      'projection_dim is undefined, expected the length',
    ],
    ['a length that is none', { projection_dim: -3 }, 'projection_dim: '],
    ['a configuration that is no object', [], 'config.json: '],
  ])('as one with %s', async (_, change, message) => {
    const folder = path.join(root, `broken-${message.length}`);
    await writeMadeModel(folder, 'clip');
    const config = Array.isArray(change) ? change : { ...LAYOUTS.clip.config, ...change };
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
    await expect(loadEncoder({ model: folder })).rejects.toThrow(message);
  });

  it('says what a clip without a projection lacks, which has an output of the same length', async () => {
    const folder = path.join(root, 'unprojected');
    await writeMadeModel(folder, 'siglip');
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(LAYOUTS.clip.config));
    const { text } = await loadEncoder({ model: folder, threads: 1 });
    await expect(text.encodeTexts(['a'])).rejects.toThrow(
      'The model gives pooler_output, last_hidden_state, expected an output text_embeds',
    );
  });
});
