import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { readCorpusMemory } from '../../src/search/memory-budget.ts';
import { originOf } from '../../src/clip/http/http-route.ts';
import { openHttpEncoder } from '../clip/http-encoder.ts';
import { prepareWorkerModel } from '../clip/worker-model.ts';
import { createProgress } from '../cli/progress.ts';
import type { EncoderChoice } from '../dataset/load-pair-encoder.ts';
import { readDeployment, readEmbeddedEncoder } from '../kv/deployment.ts';
import { openLocalNamespaces } from '../kv/local-kv.ts';
import { encoderFile } from '../kv/project.ts';
import type { BundleSource } from './bundle.ts';
import { type Sample, type SampleRecord, sampleRecord, sampleRows } from './samples.ts';
import { seedCorpus } from './seed-corpus.ts';
import { readPublished, seedSelections } from './seed.ts';
import { workerConfigs } from './worker-config.ts';

/** The encoder of a start, and how the samples are encoded by it. */
export interface PreparedEncoder {
  readonly encoder: EncoderInfo;
  readonly choice: EncoderChoice;
  /** What the Workers are bundled from. */
  readonly bundle: BundleSource;
  /** Of the API Worker, beside those of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
}

/**
 * Chooses the encoder: one that both Workers bundle, or a server that the API Worker asks. Notes it in the state folder for `publish`.
 * @throws UserError when the model is missing or incomplete, or the server does not answer
 */
export async function prepareEncoder(
  { model, http }: EncoderChoice,
  state: string,
  tell: (line: string) => void,
): Promise<PreparedEncoder> {
  const out = resolve(state, 'model');
  const embedded = await readEmbeddedEncoder();
  const opened = http === undefined ? null : await openHttpEncoder(http);
  const chosen = model === undefined ? null : await prepareWorkerModel(model, out);
  const encoder = opened?.info ?? chosen?.info ?? embedded;
  if (opened !== null)
    tell(
      `Encoder: ${encoder.id} (${encoder.dim} numbers), ${opened.route.presetName} at ${originOf(opened.route)}`,
    );
  await writeFile(encoderFile(state), `${JSON.stringify({ ...encoder, files: {} }, null, 2)}\n`);
  const configs = await workerConfigs(chosen?.alias ?? null, out);
  // Its own encoder behind a server gives the vectors that it gives here, and faster.
  const isEmbedded = encoder.id === embedded.id && encoder.fingerprint === embedded.fingerprint;
  const choice = isEmbedded ? {} : { model, http: opened === null ? undefined : opened.vars };
  const bundle = { configs, fingerprint: chosen?.info.fingerprint ?? null };
  return { encoder, choice, bundle, vars: opened?.vars ?? {} };
}

/** Sees that the local KV has the sample selections and the sample corpus; makes them where it has not. */
export async function seedLocalKv(
  state: string,
  { encoder, choice }: Pick<PreparedEncoder, 'encoder' | 'choice'>,
  tell: (line: string) => void,
): Promise<void> {
  const { selections, corpora, vars } = await readDeployment(false);
  const options = { state, choice, encoder, tell };
  const { kvs, close } = await openLocalNamespaces(state, [selections.id, corpora.id]);
  const [selectionsKv, corporaKv] = kvs;
  try {
    const makeSample = (sample: Sample): Promise<SampleRecord> => sampleRecord(sample, options);
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
