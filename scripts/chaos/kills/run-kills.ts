import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EndedProgram, runNode } from '../../cli/run-node.ts';
import { KILL_CASES, type KillCase, type Run, scriptOf } from './kill-cases.ts';

export interface KillOptions {
  /** Of each command at most, spread over all; null: every one. */
  readonly points: number | null;
  /** Names of the commands; null: all. */
  readonly only: readonly string[] | null;
}

export interface KillRow {
  readonly command: string;
  /** Points at which it can be killed, and at how many it was. */
  readonly points: number;
  readonly killed: number;
  /** What readers saw afterwards: all as before, all as after, or of several files only some, never of both. */
  before: number;
  after: number;
  between: number;
  /** Run again, it came to the same result. */
  finished: number;
  readonly problems: string[];
}

const PRELOAD = join(import.meta.dirname, 'kill-at.ts');

/** Kills every command at its points, looks at what is left, and runs it again. */
export async function runKills(
  options: KillOptions,
  onKill: (command: string) => void,
  cases: readonly KillCase[] = KILL_CASES,
): Promise<KillRow[]> {
  const rows: KillRow[] = [];
  for (const killCase of cases) {
    if (options.only !== null && !options.only.includes(killCase.name)) continue;
    const home = await mkdtemp(join(tmpdir(), 'alignql-kills-'));
    try {
      rows.push(await killCommand(killCase, home, options.points, onKill));
    } finally {
      await remove(home);
    }
  }
  return rows;
}

async function killCommand(
  killCase: KillCase,
  home: string,
  most: number | null,
  onKill: (command: string) => void,
): Promise<KillRow> {
  const { name, command, observe, elsewhere } = killCase;
  // Always the same path: files tell where they were made.
  const [folder, base] = [join(home, 'run'), join(home, 'base')];
  await mkdir(folder);
  const run: Run = async (cwd, asked) =>
    expectEnd(await start(cwd, asked, elsewhere?.environment ?? {}), asked);
  await killCase.prepare(folder, run);
  await elsewhere?.save();
  await cp(folder, base, { recursive: true });
  const before = await observe(folder, run);
  const log = join(home, 'points.json');
  await expectEnd(await start(folder, command, { ...killing(killCase, folder, 0), KILL_LOG: log }), command);
  const after = await observe(folder, run);
  const settled = await elsewhere?.settled(folder);
  const all = JSON.parse(await readFile(log, 'utf8')) as string[];
  const chosen = spread(all.length, most);
  const row: KillRow = {
    command: name,
    points: all.length,
    killed: chosen.length,
    before: 0,
    after: 0,
    between: 0,
    finished: 0,
    problems: [],
  };
  for (const point of chosen) {
    await remove(folder);
    await cp(base, folder, { recursive: true });
    await elsewhere?.restore();
    const whole = { before, after, settled };
    const problem = await killOnce({ ...killCase, run }, folder, point, whole, row).catch(String);
    if (problem !== null) row.problems.push(`${name} killed ${all[point - 1]}: ${problem}`);
    onKill(name);
  }
  return row;
}

type Seen = Readonly<Record<string, string>>;

/** @returns what was wrong; null for nothing */
async function killOnce(
  killCase: KillCase & { readonly run: Run },
  folder: string,
  point: number,
  {
    before,
    after,
    settled,
  }: { readonly before: Seen; readonly after: Seen; readonly settled: string | undefined },
  row: KillRow,
): Promise<string | null> {
  const { command, observe, run, elsewhere } = killCase;
  const { signal, stderr } = await start(folder, command, killing(killCase, folder, point));
  if (signal !== 'SIGKILL') return `it ended by itself: ${stderr.slice(-300)}`;
  const seen = await observe(folder, run);
  const odd = Object.keys(seen).find((part) => seen[part] !== before[part] && seen[part] !== after[part]);
  if (odd !== undefined) return `${odd} is neither as before nor as after`;
  const parts = Object.keys({ ...before, ...after });
  const changed = parts.filter((part) => part in seen && before[part] !== after[part]);
  const isMixed = new Set(changed.map((part) => seen[part] === after[part])).size > 1;
  if (isMixed) return `a mix of before and after: ${changed.join(', ')}`;
  const isDone = parts.every((part) => seen[part] === after[part]);
  if (parts.every((part) => seen[part] === before[part])) row.before++;
  else if (isDone) row.after++;
  else row.between++;
  const rerun = await start(folder, command, elsewhere?.environment ?? {});
  // What can be done once only is refused then, and nothing is done twice.
  if (isDone && killCase.isOnce === true) {
    if (rerun.exitCode !== 1) return `run again when it was done, it ended with ${rerun.exitCode}`;
  } else await expectEnd(rerun, command);
  const again = await observe(folder, run);
  const other = parts.find((part) => again[part] !== after[part]);
  if (other !== undefined) return `run again, ${other} is not what a run that was not killed makes`;
  const left = await elsewhere?.settled(folder);
  if (left !== settled)
    return `run again, there is ${left} elsewhere, after a run that was not killed ${settled}`;
  row.finished++;
  return null;
}

function killing({ writesKv, elsewhere }: KillCase, folder: string, point: number): Record<string, string> {
  // The files of local KV are workerd's; what counts there are the calls.
  const kv: Record<string, string> = writesKv ? { KILL_KV: '1' } : {};
  return { KILL_FOLDER: folder, KILL_AT: String(point), ...kv, ...elsewhere?.environment };
}

/** So many of the points from 1 to `count`, the first and the last among them. */
function spread(count: number, most: number | null): number[] {
  if (most === null || most >= count) return Array.from({ length: count }, (_, i) => i + 1);
  if (most === 1) return [Math.ceil(count / 2)];
  return Array.from({ length: most }, (_, i) => 1 + Math.round((i * (count - 1)) / (most - 1)));
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });

function start(
  folder: string,
  [script, ...args]: readonly string[],
  environment: Record<string, string>,
): Promise<EndedProgram> {
  const preload = environment.KILL_AT === undefined ? [] : ['--import', PRELOAD];
  const written = args.map((arg) =>
    arg.startsWith('@') ? readFileSync(join(folder, arg.slice(1)), 'utf8') : arg.replace(/^DIR/, folder),
  );
  return runNode([...preload, scriptOf(script), ...written], {
    cwd: folder,
    environment: { INIT_CWD: '', ALIGNQL_STATE: join(folder, 'state'), ...environment },
  });
}

async function expectEnd(
  { exitCode, stdout, stderr }: EndedProgram,
  command: readonly string[],
): Promise<string> {
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stderr.slice(-500)}`);
  return stdout.toString();
}
