import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '../../../src/format/npy.ts';
import { PROJECT_ROOT } from '../../kv/project.ts';
import type { CaseRandom } from '../case-random.ts';
import { BOUNDS } from '../outcome.ts';
import { makeRecordBytes } from '../stored/record-case.ts';
import { makeDataset } from './change-dataset.ts';

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/** A command that is given a malformed file, as a user gives it: it ends with 0, or with 1 and why, in bounded memory and time. */
export async function tryCommand(random: CaseRandom): Promise<{ readonly refusal: string | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-command-'));
  try {
    const [script, ...args] = makeArguments(folder, random);
    const { status, stderr } = await run(script, args, folder);
    if (status === 0) return { refusal: null };
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    if (status !== 1) throw new Error(`${script} ended with ${status}: ${last.slice(0, 300)}`);
    if (!stderr.includes(`${script}: `) || /\n\s+at /.test(stderr))
      throw new Error(`${script} does not say why: ${stderr.slice(-300)}`);
    return { refusal: last.replaceAll(folder, '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeArguments(folder: string, random: CaseRandom): string[] {
  const { name, kind, bytes } = makeDataset(random);
  const path = join(folder, name);
  writeFileSync(path, bytes);
  if (random.chance(0.25)) return scoreArguments(folder, random);
  if (kind !== 'npy') {
    const out = join(folder, 'out');
    return random.pick([
      ['precompute', path, '--out', out, '--strategies', 'variance', '--k', '4'],
      ['score', path, '--selection', join(folder, 'none.bin'), '--out', join(folder, 'out.csv')],
    ]);
  }
  return random.pick([
    ['select', '--features', path, '--labels', path, '--strategy', 'variance', '--k', '2'],
    [
      'compare',
      '--image-embeddings',
      path,
      '--text-embeddings',
      path,
      '--strategies',
      'variance',
      '--k',
      '2',
      '--folds',
      '2',
    ],
  ]);
}

/** Good vectors under a damaged selection. */
function scoreArguments(folder: string, random: CaseRandom): string[] {
  const npy = join(folder, 'good.npy');
  const bin = join(folder, 'damaged.bin');
  writeFileSync(
    npy,
    encodeNpy(
      Float32Array.from({ length: 64 }, () => random.nextGaussian()),
      [4, 16],
    ),
  );
  writeFileSync(bin, makeRecordBytes(random));
  return [
    'score',
    '--image-embeddings',
    npy,
    '--text-embeddings',
    npy,
    '--encoder-id',
    'attack-encoder',
    '--selection',
    bin,
    '--out',
    join(folder, 'out.csv'),
  ];
}

function run(
  script: string,
  args: readonly string[],
  folder: string,
): Promise<{ status: number | null; stderr: string }> {
  const heap = `--max-old-space-size=${BOUNDS.threadHeapMiB}`;
  const child = spawn(process.execPath, [heap, join(PROJECT_ROOT, 'scripts', `${script}.ts`), ...args], {
    cwd: folder,
    env: { ...process.env, ALIGNQL_STATE: join(folder, 'state') },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BOUNDS.commandMs,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-MAX_OUTPUT_BYTES)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
}
