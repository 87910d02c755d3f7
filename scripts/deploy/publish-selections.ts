import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { selectionId } from '../../src/format/selection-record.ts';
import { readPointerToTell } from '../../src/storage/selection-kv.ts';
import { UserError } from '../cli/user-error.ts';
import { tell } from '../cli/messages.ts';
import { readDeployment, readEmbeddedEncoder } from '../kv/deployment.ts';
import { openKv } from '../kv/open-kv.ts';
import { PROJECT_ROOT, stateFolder } from '../kv/project.ts';
import { MEANINGS_FILE, meaningsText } from '../selection/meanings-file.ts';
import { SAMPLES, type SampleRecord, sampleRecord } from '../start/samples.ts';
import type { Steps } from './steps.ts';

const STEP = 'selections';

/**
 * Publishes the folder as default; without one, the selections of the sample set where there is no default yet.
 * @throws UserError when the account or `publish` refuses
 */
export async function publishSelections(
  folder: string | undefined,
  encoder: EncoderInfo,
  steps: Steps,
): Promise<void> {
  if (folder !== undefined) {
    await publishFolder(resolve(folder), 'default', steps);
    return;
  }
  const current = await readDefault();
  if (current !== null) {
    steps.add(STEP, 'found', `default is ${current.slice(0, 12)}`);
    return;
  }
  const embedded = await readEmbeddedEncoder();
  if (encoder.id !== embedded.id || encoder.fingerprint !== embedded.fingerprint) {
    const advice = `precompute one for ${encoder.id}, then give --selection DIR`;
    steps.add(STEP, 'skipped', `no default yet: ${advice}`);
    return;
  }
  // "default" last: what is there tells the next run that all are.
  for (const sample of SAMPLES.toReversed()) {
    const made = await sampleRecord(sample, { state: stateFolder(), choice: {}, encoder, tell });
    await publishMade(made, sample.name, steps);
  }
}

async function readDefault(): Promise<string | null> {
  const { selections } = await readDeployment(true);
  const { kv, close } = await openKv(true, selections);
  try {
    return (await readPointerToTell(kv, 'default'))?.id ?? null;
  } finally {
    await close();
  }
}

async function publishMade({ bytes, meanings }: SampleRecord, name: string, steps: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'alignql-sample-'));
  try {
    await writeFile(join(folder, 'selection.bin'), bytes);
    if (meanings !== null)
      await writeFile(join(folder, MEANINGS_FILE), meaningsText(await selectionId(bytes), meanings));
    await publishFolder(folder, name, steps);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** By the command, with its checks and its lock. */
async function publishFolder(folder: string, name: string, steps: Steps): Promise<void> {
  const args = [join(PROJECT_ROOT, 'scripts/publish.ts'), folder, '--name', name, '--remote'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PROJECT_ROOT }).catch(
    (error: { code?: unknown; stderr?: string }) => {
      if (error.code !== 1 || error.stderr === undefined) throw error;
      throw new UserError(error.stderr.trim().replace(/^publish: /, ''), { cause: error });
    },
  );
  const { id, changed } = JSON.parse(stdout) as { readonly id: string; readonly changed: boolean };
  steps.add(STEP, changed ? 'published' : 'unchanged', `${name} is ${id.slice(0, 12)}`);
}
