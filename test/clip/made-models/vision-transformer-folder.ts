import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findModel, type ModelFolder } from '../../../scripts/clip/model-folder.ts';
import { writeMadeModel } from './made-folder.ts';

export const VISION_TRANSFORMERS = path.resolve(import.meta.dirname, '../../fixtures/vision-transformers');

/** A made CLIP whose picture tower is one of test/fixtures/vision-transformers: 16 patches of pictures of 16 x 16, 8 coordinates. */
export async function writeVisionTransformer(folder: string, tower: string): Promise<ModelFolder> {
  await writeMadeModel(folder, 'clip', { dim: 8 });
  await copyFile(
    path.join(VISION_TRANSFORMERS, `${tower}.onnx`),
    path.join(folder, 'onnx/vision_model.onnx'),
  );
  await change(folder, 'config.json', { projection_dim: 8 });
  await change(folder, 'preprocessor_config.json', { size: 16, crop_size: 16 });
  return findModel(folder);
}

async function change(folder: string, name: string, fields: object): Promise<void> {
  const file = path.join(folder, name);
  const content = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...content, ...fields }));
}
