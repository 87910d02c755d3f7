import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { readCorpusMemory } from '../../src/search/memory-budget.ts';
import { prepareWorkerModel } from '../clip/worker-model.ts';
import { createProgress } from '../cli/progress.ts';
import { readDeployment, readEmbeddedEncoder } from '../kv/deployment.ts';
import { openLocalNamespaces } from '../kv/local-kv.ts';
import { encoderFile } from '../kv/project.ts';
import type { BundleSource } from './bundle.ts';
import { type Sample, sampleRecord, sampleRows } from './samples.ts';
import { seedCorpus } from './seed-corpus.ts';
import { readPublished, seedSelections } from './seed.ts';
import { workerConfigs } from './worker-config.ts';

/**
 * Chooses the encoder that both Workers bundle, and notes it in the state folder for `publish`.
 * @returns the encoder, and what the Workers are bundled from
 * @throws UserError when the model is missing or incomplete
 */
export async function prepareEncoder(
  model: string | undefined,
  state: string,
): Promise<{ encoder: EncoderInfo; bundle: BundleSource }> {
  const out = resolve(state, 'model');
  const chosen = model === undefined ? null : await prepareWorkerModel(model, out);
  const encoder = chosen?.info ?? (await readEmbeddedEncoder());
  await writeFile(encoderFile(state), `${JSON.stringify({ ...encoder, files: {} }, null, 2)}\n`);
  const configs = await workerConfigs(chosen?.alias ?? null, out);
  return { encoder, bundle: { configs, fingerprint: chosen?.info.fingerprint ?? null } };
}

/** Sees that the local KV has the sample selections and the sample corpus; makes them where it has not. */
export async function seedLocalKv(
  state: string,
  encoder: EncoderInfo,
  model: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const { selections, corpora, vars } = await readDeployment(false);
  const options = { state, model, encoder, tell };
  const { kvs, close } = await openLocalNamespaces(state, [selections.id, corpora.id]);
  const [selectionsKv, corporaKv] = kvs;
  try {
    const makeSample = (sample: Sample): Promise<Uint8Array> => sampleRecord(sample, options);
    await seedSelections({ kv: selectionsKv, state, encoder, makeSample, tell });
    await seedCorpus({
      kv: corporaKv,
      state,
      encoder,
      selection: await readPublished(selectionsKv, 'default'),
      makeRows: (found) => sampleRows(found, options),
      budgetBytes: readCorpusMemory(vars),
      startProgress: createProgress(),
      tell,
    });
  } finally {
    await close();
  }
}
