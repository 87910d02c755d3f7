import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from '../../kv/project.ts';

/** What came of a run whose machine went down, once or again and again, and that was started again. */
export interface PipelineKill {
  /** What the run said last before it was killed. */
  readonly killedAt: string;
  readonly attempts: number;
  readonly pairs: number;
  /** Whether the record is that of the run nobody killed. */
  readonly isSame: boolean;
}

const DATASET = 'r2://alignql-datasets/sample';
const OPTIONS = ['--strategies', 'variance', '--k', '16', '--folds', '2', '--fusion', 'identity'];
/** So that these pictures make several shards, and are sampled. */
const PICTURES = 64;
const CUT = ['--pairs-per-part', '8', '--pairs-per-shard', '16', '--sample', '40'];
const LINE = /^(listing|indexing|encoding|sampling|summing|selecting|publishing)\b/;

interface Ended {
  readonly lines: readonly string[];
  readonly result: { readonly id: string; readonly pairs: number };
  readonly attempts: number;
}

/**
 * Runs the pipeline over pictures of the sample set once without kills, then once for each thing that it says on the way, killed there with workerd
 * and all, and started again.
 * @param points at most so many kills; null: every one
 */
export async function killPipeline(
  points: number | null,
  tell: (line: string) => void,
): Promise<PipelineKill[]> {
  const folder = await mkdtemp(join(tmpdir(), 'alignql-kills-'));
  try {
    const data = join(folder, 'data');
    await copySample(data);
    const whole = await start(data, join(folder, 'whole'), null);
    if (whole === null) throw new Error('a run that nobody killed has not ended');
    const lines = whole.lines.filter((line) => LINE.test(line));
    const step = points === null ? 1 : Math.max(1, Math.ceil(lines.length / points));
    const kills: PipelineKill[] = [];
    for (let at = 0; at < lines.length; at += step) {
      const state = join(folder, String(at));
      const killed = await start(data, state, at);
      const ended = killed ?? (await start(data, state, null));
      if (ended === null)
        throw new Error(`started again after a kill at "${lines[at]}", the run has not ended`);
      const isSame = ended.result.id === whole.result.id && ended.result.pairs === whole.result.pairs;
      kills.push({ killedAt: lines[at], attempts: ended.attempts, pairs: ended.result.pairs, isSame });
      tell(
        `killed at "${lines[at]}": ${isSame ? 'the same record' : 'ANOTHER RECORD'}, ${ended.attempts} attempts`,
      );
      await rm(state, { recursive: true, force: true });
    }
    return kills;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param killAt the line, of those that tell of the run, at which all of it is killed @returns null when it was */
function start(data: string, state: string, killAt: number | null): Promise<Ended | null> {
  const command = ['scripts/pipeline.ts', 'start', '--dataset', DATASET, '--from', data, ...OPTIONS, ...CUT];
  const child = spawn(process.execPath, command, {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ALIGNQL_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: workerd is to go with it.
    detached: true,
  });
  const lines: string[] = [];
  let told = -1;
  let isKilled = false;
  createInterface(child.stderr).on('line', (line) => {
    lines.push(line);
    if (LINE.test(line)) told++;
    if (killAt === null || told < killAt || isKilled || child.pid === undefined) return;
    isKilled = true;
    process.kill(-child.pid, 'SIGKILL');
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      if (isKilled) resolve(null);
      else if (code !== 0)
        reject(new Error(`the pipeline ended with ${code}:\n${lines.slice(-10).join('\n')}`));
      else resolve({ ...(JSON.parse(output) as Omit<Ended, 'lines'>), lines });
    });
  });
}

/** The first pictures of the sample set, with their lines of its table. */
async function copySample(folder: string): Promise<void> {
  const sample = join(PROJECT_ROOT, 'models/sample');
  const lines = (await readFile(join(sample, 'captions.csv'), 'utf8')).split('\n').slice(0, PICTURES + 1);
  await mkdir(join(folder, 'images'), { recursive: true });
  await writeFile(join(folder, 'captions.csv'), lines.join('\n'));
  for (const [image] of lines.slice(1).map((line) => line.split(','))) {
    await copyFile(join(sample, image), join(folder, image));
  }
}
