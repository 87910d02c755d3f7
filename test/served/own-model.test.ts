import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findModel, MODELS_FOLDER, readEncoderFile } from '../../scripts/clip/model-folder.ts';
import { writeMadeModel } from '../clip/made-models/made-folder.ts';
import { startStandInHub, type StandInHub } from '../clip/stand-in-hub.ts';
import {
  ask,
  killLaunched,
  launch,
  newState,
  START,
  type Started,
  untilReady,
} from '../scripts/start-setup.ts';

const origin = inject('origin');

/** A model of the hub that is not here, as large as an isolate cannot hold, of the family that differs most from CLIP. */
const ID = `alignql-test/siglip-${process.pid}`;
const SPARE_TOKENS = 200_000;

describe.skipIf(origin === '')('npm start --model with an id of the hub', () => {
  let folder: string;
  let hub: StandInHub;
  let served: Started;
  const own = newState();

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alignql-own-'));
    await writeMadeModel(folder, 'siglip', { precision: 'q8', spareTokens: SPARE_TOKENS });
    hub = await startStandInHub();
    hub.repositories.set(ID, { folder });
    const command = ['env', `HF_ENDPOINT=${hub.host}`, ...START, '--model', ID];
    served = await launch(own, command);
    await untilReady(served);
  });
  afterAll(async () => {
    killLaunched();
    hub.stop();
    await rm(path.join(MODELS_FOLDER, path.dirname(ID)), { recursive: true, force: true });
    await rm(folder, { recursive: true });
    await rm(own, { recursive: true, force: true });
  });

  it('brings the model, encodes the samples by it and serves it', async () => {
    expect(served.stderr()).toContain(`Bringing ${ID} from the hub (once)`);
    expect(served.stderr()).toContain('Making the sample selection "default"');
    const description = await readEncoderFile(findModel(ID).folder);
    const { data, errors } = (await ask(
      served.origin,
      `{ encoder { id dim fingerprint logitScale logitBias }
         selections { name encoder }
         embedTexts(texts: ["a cat"]) { ... on Embedding { dim } ... on ItemError { code message } }
         search(corpus: "samples", text: { text: "a cat" }, first: 2) { edges { id } } }`,
    )) as { data: Record<string, never>; errors?: unknown };
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      encoder: { id: ID, dim: 64, fingerprint: description?.fingerprint, logitScale: 100, logitBias: null },
      embedTexts: [{ dim: 64 }],
      search: { edges: [expect.anything(), expect.anything()] },
    });
    expect(data.selections).toEqual(['default', 'mi-50'].map((name) => ({ name, encoder: ID })));
  });

  it('is ready, on an encoder server that nobody else sees', async () => {
    const response = await fetch(`${served.origin}/ready`);
    expect(response.status).toBe(200);
    expect(served.processes().filter((line) => line.includes('scripts/encoder.ts'))).toHaveLength(1);
  });
});
