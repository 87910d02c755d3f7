import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCold } from './cold/run-cold.ts';
import { startupActiveMs } from './cold/startup-profile.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, inTurn, limitRow, spreadOf } from './measure.ts';
import { buildUpload, buildWorker, withoutWasm } from './workerd/build-worker.ts';

const ROUNDS = 9;
/** A profile counts time, not CPU: whatever else the machine does only adds, so the least of a few stands for a round. */
const PROFILE_ROUNDS = 5;
const PROFILES_A_ROUND = 3;
const CONFIGS = { ours: 'wrangler.toml', hello: 'bench/cold/hello-yoga.toml' };
const RIVAL = 'hello-world yoga';
/** Ours at most 1.3 times the rival: 1 / 1.3. */
const TARGET = 0.77;
const TYPENAME = '{ __typename }';
const TEXT = '{ embedTexts(texts: ["a red apple"]) { ... on Embedding { vector } } }';

type Side = keyof typeof CONFIGS;
const SIDES: readonly Side[] = ['ours', 'hello'];

/** What a new isolate costs before it is of use, against a hello-world yoga that is bundled and minified the same way. */
export async function benchColdStart(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-cold-'));
  try {
    tell('startup profiles');
    const startup = profileStartups(folder);
    tell('cold processes');
    return [startup, ...(await coldProcesses(folder))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function profileStartups(folder: string): BenchRow {
  const uploads = {
    ours: buildUpload(folder, { config: CONFIGS.ours }),
    hello: buildUpload(folder, { config: CONFIGS.hello }),
  };
  const times: Record<Side, number[]> = { ours: [], hello: [] };
  for (let round = 0; round < PROFILE_ROUNDS; round++) {
    const least: Record<Side, number> = { ours: Infinity, hello: Infinity };
    for (let profile = 0; profile < PROFILES_A_ROUND; profile++) {
      for (const side of inTurn(SIDES, profile)) {
        const active = startupActiveMs(uploads[side], join(folder, `${side}.cpuprofile`));
        least[side] = Math.min(least[side], active);
      }
    }
    for (const side of SIDES) times[side].push(least[side]);
  }
  const row = benchRow('startup', spreadOf(times.ours), { name: RIVAL, ...spreadOf(times.hello) }, TARGET);
  return { ...row, metric: 'active time by wrangler check startup' };
}

/** CPU of whole workerd processes from their start on: of a request what it adds. */
async function coldProcesses(folder: string): Promise<BenchRow[]> {
  const ours = buildWorker(folder, { config: CONFIGS.ours });
  const hello = buildWorker(folder, { config: CONFIGS.hello });
  const bare = withoutWasm(ours, folder);
  const cpu = new Map<string, number[]>();
  const note = (name: string, ms: number): void => void cpu.set(name, [...(cpu.get(name) ?? []), ms]);
  const sides = [
    { name: 'ours', run: () => runCold(ours, [TYPENAME, TEXT, TEXT]) },
    { name: 'bare', run: () => runCold(bare, [TYPENAME]) },
    { name: 'hello', run: () => runCold(hello, [TYPENAME]) },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of inTurn(sides, round)) {
      const [start, first, text, second] = await run();
      note(name, first.cpuMs);
      note(`${name} first`, first.cpuMs - start.cpuMs);
      if (name !== 'ours') continue;
      note('text', text.cpuMs - first.cpuMs);
      note('text wall', text.wallMs - first.wallMs);
      note('next text', second.cpuMs - text.cpuMs);
    }
  }
  const spread = (name: string) => spreadOf(cpu.get(name) ?? []);
  const rival = { name: RIVAL, ...spread('hello') };
  const asCpu = (row: BenchRow): BenchRow => ({ ...row, metric: 'CPU of the process' });
  return [
    asCpu(benchRow('workerd to its first answer', spread('ours'), rival, null)),
    asCpu(benchRow("the same without ORT's wasm", spread('bare'), rival, TARGET)),
    asCpu(
      benchRow('first answer alone', spread('ours first'), { name: RIVAL, ...spread('hello first') }, null),
    ),
    limitRow('first text of the isolate', 'CPU of the process', 'ms', spread('text'), null),
    limitRow('first text of the isolate', 'time to the answer', 'ms', spread('text wall'), null),
    limitRow('the same text again', 'CPU of the process', 'ms', spread('next text'), null),
  ];
}
