import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { describeModel, findModel, type ModelFolder } from './model-folder.ts';

/** How the two Workers are told to bundle another model than models/tiny-clip. */
export interface WorkerModel {
  readonly info: EncoderInfo;
  /**
   * For the `[alias]` table of *both* configurations (`wrangler dev` with two `-c` applies `--alias` to the first Worker only, so it
   * has to stand in the files): import specifier -> absolute path of a generated module.
   */
  readonly alias: Readonly<Record<string, string>>;
}

/**
 * Prepare the Workers to bundle the model in `folder`. The files `src/clip/towers/bundled-*.ts` import models/tiny-clip statically; an
 * alias puts generated modules in their place. (Aliasing the model's files themselves does not work: wrangler resolves an alias
 * before its `Data` rule sees the `.onnx`.) Works with wrangler 4.116.
 * @param model folder in the Hugging Face layout, or a hub id that `model fetch` brought
 * @param out folder for the generated modules, such as .wrangler/model; made when absent
 * @throws UserError when the model is missing or incomplete
 */
export async function prepareWorkerModel(model: string, out: string): Promise<WorkerModel> {
  const files = findModel(model);
  const { id, dim, fingerprint, logitScale, logitBias } = await describeModel(files);
  const logits = logitScale === undefined ? null : { scale: logitScale, bias: logitBias ?? null };
  const info = { id, dim, fingerprint };
  const modules = {
    'bundled-encoder': `export const bundledEncoder = ${JSON.stringify(info)};\nexport const bundledLogits = ${JSON.stringify(logits)};\n`,
    'bundled-text-model': textModule(files),
    'bundled-vision-model': visionModule(files),
  };
  await mkdir(out, { recursive: true });
  const alias: Record<string, string> = {};
  for (const [name, source] of Object.entries(modules)) {
    const file = path.resolve(out, `${name}.js`);
    await writeFile(file, source);
    // As written in src/clip and in src/encoder.ts: wrangler compares the specifier, not what it resolves to.
    alias[`./towers/${name}.ts`] = file;
    alias[`./clip/towers/${name}.ts`] = file;
  }
  return { info, alias };
}

function textModule({ config, textModel, tokenizer, tokenizerConfig }: ModelFolder): string {
  return [
    `import config from ${JSON.stringify(config)};`,
    `import model from ${JSON.stringify(textModel)};`,
    `import tokenizer from ${JSON.stringify(tokenizer)};`,
    tokenizerConfig === null
      ? 'const tokenizerConfig = null;'
      : `import tokenizerConfig from ${JSON.stringify(tokenizerConfig)};`,
    'export const bundledTextModel = { model: new Uint8Array(model), tokenizer, tokenizerConfig, config };',
    '',
  ].join('\n');
}

function visionModule({ visionModel, preprocessor, config }: ModelFolder): string {
  return [
    `import config from ${JSON.stringify(config)};`,
    `import model from ${JSON.stringify(visionModel)};`,
    `import preprocessor from ${JSON.stringify(preprocessor)};`,
    'export const bundledVisionModel = { model: new Uint8Array(model), preprocessor, config };',
    '',
  ].join('\n');
}
