import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { prepareWorkerModel } from '../clip/worker-model.ts';
import { readDeployment, readEmbeddedEncoder } from '../kv/deployment.ts';
import { openLocalKv } from '../kv/local-kv.ts';
import { encoderFile } from '../kv/project.ts';
import { sampleRecord } from './samples.ts';
import { seedSelections } from './seed.ts';
import { workerConfigs } from './worker-config.ts';

/**
 * Chooses the encoder that both Workers bundle, and notes it in the state folder for `publish`.
 * @returns the encoder, and the Workers' configuration files
 * @throws UserError when the model is missing or incomplete
 */
export async function prepareEncoder(
  model: string | undefined,
  state: string,
): Promise<{ encoder: EncoderInfo; configs: string[] }> {
  const out = resolve(state, 'model');
  const chosen = model === undefined ? null : await prepareWorkerModel(model, out);
  const encoder = chosen?.info ?? (await readEmbeddedEncoder());
  await writeFile(encoderFile(state), `${JSON.stringify({ ...encoder, files: {} }, null, 2)}\n`);
  return { encoder, configs: await workerConfigs(chosen?.alias ?? null, out) };
}

/** Sees that the local KV has the sample selections; makes them where it has not. */
export async function seedLocalKv(
  state: string,
  encoder: EncoderInfo,
  model: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const { selections } = await readDeployment(false);
  const { kv, close } = await openLocalKv(state, selections.id);
  try {
    const makeSample = (sample: Parameters<typeof sampleRecord>[0]): Promise<Uint8Array> =>
      sampleRecord(sample, { state, model, encoder, tell });
    await seedSelections({ kv, state, encoder, makeSample, tell });
  } finally {
    await close();
  }
}
