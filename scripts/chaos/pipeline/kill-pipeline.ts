import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployment } from '../../kv/deployment.ts';
import { openLocalNamespaces } from '../../kv/local-kv.ts';
import { PROJECT_ROOT } from '../../kv/project.ts';

/** What came of a run whose machine went down, and that was started again. */
export interface PipelineKill {
  /** The write before or after which it was killed. */
  readonly killedAt: string;
  /** How many equal ones the run has, at the middle of which it was. */
  readonly of: number;
  readonly attempts: number;
  readonly pairs: number;
  /** Whether the record is that of the run nobody killed. */
  readonly isSame: boolean;
  /** And all values in KV, but for times: record, name, segments, manifest. */
  readonly isSameKv: boolean;
}

const DATASET = 'r2://alignql-datasets/sample';
const OPTIONS = ['--strategies', 'variance', '--k', '16', '--folds', '2', '--fusion', 'identity'];
/** So that these pictures make several shards, and are sampled. */
const PICTURES = 64;
const CUT = ['--pairs-per-part', '8', '--pairs-per-shard', '16', '--sample', '40'];
const MADE = ['--publish', 'mine', '--corpus', 'mine'];
const WATCH = new URL('watch-local.ts', import.meta.url).href;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
/** In front of values: the checksum goes over their times. */
const SEAL = /^alignql\/1 [0-9a-f]{8} [0-9a-f]{8}/;

interface Result {
  readonly attempts: number;
  readonly result: { readonly id: string; readonly pairs: number };
}

/** A kind of write, and how often a run does it. */
interface Point {
  readonly name: string;
  readonly count: number;
}

/**
 * Runs the pipeline over pictures of the sample set once without kills, then once for every kind of write that it does, killed before or
 * after it with workerd and all, and started again by the same command.
 * @param options.points at most so many kills, spread over the run; null: every one
 * @param options.from a part of the name of the write at which to begin; null: the first
 */
export async function killPipeline(
  { points: most, from }: { readonly points: number | null; readonly from: string | null },
  tell: (line: string) => void,
): Promise<PipelineKill[]> {
  const folder = await mkdtemp(join(tmpdir(), 'alignql-kills-'));
  try {
    const data = join(folder, 'data');
    await copySample(data);
    const log = join(folder, 'points.txt');
    const wholeState = join(folder, 'whole');
    const whole = await start(data, wholeState, { KILL_LOG: log });
    if (whole === null) throw new Error('a run that nobody killed has not ended');
    const values = await storedValues(wholeState);
    const all = countPoints(await readFile(log, 'utf8'));
    const first = from === null ? 0 : all.findIndex(({ name }) => name.includes(from));
    if (first < 0)
      throw new Error(`there is no write "${from}" among ${all.map(({ name }) => name).join(', ')}`);
    const points = all.slice(first);
    const step = most === null ? 1 : Math.max(1, points.length / most);
    const kills: PipelineKill[] = [];
    for (let at = 0; at < points.length; at += step) {
      const { name, count } = points[Math.floor(at)];
      const state = join(folder, String(Math.floor(at)));
      const killed = await start(data, state, { KILL_AT: name, KILL_NUMBER: String(Math.ceil(count / 2)) });
      if (killed !== null) throw new Error(`the run has ended before it came to "${name}"`);
      const ended = await start(data, state, null);
      if (ended === null) throw new Error(`started again after a kill ${name}, the run has not ended`);
      const { attempts, result } = ended;
      const isSame = result.id === whole.result.id && result.pairs === whole.result.pairs;
      const isSameKv = (await storedValues(state)) === values;
      kills.push({ killedAt: name, of: count, attempts, pairs: result.pairs, isSame, isSameKv });
      tell(
        `${kills.length}: killed ${name}: ${isSame ? 'the same record' : 'ANOTHER RECORD'}, ${isSameKv ? 'the same values in KV' : 'OTHER VALUES IN KV'}, ${attempts} attempts`,
      );
      await rm(state, { recursive: true, force: true });
    }
    return kills;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In the order in which a run first comes to them. */
function countPoints(log: string): Point[] {
  const counts = new Map<string, number>();
  for (const name of log.trim().split('\n')) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }));
}

/**
 * @param watch variables of watched-local.ts; null: nothing is watched
 * @returns null when it was killed
 */
function start(
  data: string,
  state: string,
  watch: Readonly<Record<string, string>> | null,
): Promise<Result | null> {
  const command = ['scripts/pipeline.ts', 'start', '--dataset', DATASET, '--from', data];
  const child = spawn(
    process.execPath,
    [...(watch === null ? [] : ['--import', WATCH]), ...command, ...OPTIONS, ...CUT, ...MADE],
    {
      cwd: PROJECT_ROOT,
      env: { ...process.env, ALIGNQL_STATE: state, ...watch },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: workerd is to go with it.
      detached: true,
    },
  );
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null);
      else if (code !== 0) reject(new Error(`the pipeline ended with ${code}:\n${errors.slice(-2_000)}`));
      else resolve(JSON.parse(output) as Result);
    });
  });
}

/** Keys and values of both namespaces, without times. */
async function storedValues(state: string): Promise<string> {
  const { selections, corpora } = await readDeployment(false);
  const { kvs, close } = await openLocalNamespaces(state, [selections.id, corpora.id]);
  try {
    const found: string[] = [];
    for (const kv of kvs) {
      const { keys } = await kv.list({ prefix: '' });
      for (const { name } of keys) {
        const { value } = await kv.getWithMetadata(name, { type: 'arrayBuffer' });
        const text = Buffer.from(value ?? new ArrayBuffer()).toString('latin1');
        found.push(`${name} ${text.replace(SEAL, 'SEAL').replaceAll(TIME, 'TIME')}`);
      }
    }
    return found.join('\n');
  } finally {
    await close();
  }
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
