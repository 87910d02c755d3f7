import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../cli/user-error.ts';
import { readHttpChoice } from '../clip/http-encoder.ts';
import { fitsIsolate } from '../clip/isolate-room.ts';
import { findModel, MODELS_FOLDER, towerMegabytes } from '../clip/model-folder.ts';
import type { EncoderChoice } from '../dataset/load-pair-encoder.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { canBeFetched, fetchModel } from '../model/fetch-model.ts';

/**
 * Bring a model from the hub where it is only there, and start an encoder server for one that is too large for an isolate. The server
 * ends with this process (`endChildrenWithThisProcess`).
 * @returns the model, to be bundled with the Workers, or the server that runs it
 * @throws UserError when it cannot be brought, is incomplete, or does not run
 */
export async function prepareOwnModel(model: string, tell: (line: string) => void): Promise<EncoderChoice> {
  if (canBeFetched(model)) await bring(model, tell);
  const { text, image } = towerMegabytes(findModel(model));
  if (fitsIsolate(text) && fitsIsolate(image)) return { model };
  tell(`${model} is too large for an isolate: an encoder server of its own runs it beside the Workers.`);
  // Nothing of the environment: those variables are for a server that someone else runs.
  return { http: readHttpChoice({ url: await startEncoder(model, tell) }, {}) };
}

const TOLD_EVERY = 0.1;

async function bring(id: string, tell: (line: string) => void): Promise<void> {
  tell(`Bringing ${id} from the hub (once)…`);
  let told = 0;
  const { folder } = await fetchModel({
    id,
    from: null,
    revision: 'main',
    precision: null,
    out: path.join(MODELS_FOLDER, id),
    host: null,
    onProgress(_file, loaded, total) {
      if (loaded / total < told + TOLD_EVERY) return;
      told = loaded / total;
      tell(`${id}: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
    },
  });
  tell(`${id} is in ${folder}`);
}

const READY = /^encoder is ready at (http\S+)$/;
/** Of what a server says before it ends. */
const LAST_LINES = 5;

/** @returns its URL, on a free port of this machine */
async function startEncoder(model: string, tell: (line: string) => void): Promise<string> {
  const child = spawn(
    process.execPath,
    ['scripts/encoder.ts', '--model', path.resolve(findModel(model).folder), '--port', '0'],
    {
      cwd: PROJECT_ROOT,
      env: { ...process.env, ENCODER_KEYS: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said: string[] = [];
  createInterface(child.stderr).on('line', (line) => (said = [...said, line].slice(-LAST_LINES)));
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const url = READY.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on('error', reject).on('exit', (code) => {
      const ended = `The encoder server of ${model} ended (${code ?? 'by a signal'}): ${said.join(' ')}`;
      tell(ended);
      reject(new UserError(ended));
    });
  });
}
