import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRow } from './measure.ts';
import { limitRow, spreadOf } from './measure.ts';
import { type BuiltWorker, buildWorker } from './workerd/build-worker.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { type ProcessMemory, memoryOf } from './workerd/process-memory.ts';
import { startWorkerd } from './workerd/start-workerd.ts';

const COUNT = 1_000_000;
/** 64 bytes a vector: 60 coordinates of int8 and a scale, or 128 of int4. */
const DIM = 60;
const ROW_BYTES = 64;
const FORMS = [
  { name: 'int8', fill: `dim=${DIM}` },
  { name: 'int4', fill: `int4=${ROW_BYTES}` },
] as const;
const STARTS = 3;
const WARM_UP = 10;
const SEARCHES = 30;
const MOST_GROWTH_MEGABYTES = 80;
/** What the platform gives an isolate; here held against all of workerd, its own share included. */
const ISOLATE_MEGABYTES = 128;

interface Figures {
  readonly idle: ProcessMemory;
  readonly full: ProcessMemory;
  readonly searchMs: number;
}

/**
 * A million vectors of 64 bytes in raw workerd: what the process takes before they are there and at most, while they are
 * written and searched, and the CPU of an exact search among them: as int8, and as int4. Linux only.
 */
export async function benchSearchMemory(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-search-'));
  try {
    const worker = buildWorker(folder, { entry: 'bench/workerd/workers/scan-corpus.ts' });
    const byForm: Figures[][] = FORMS.map(() => []);
    // In turn, so that both meet the machine alike.
    for (let i = 0; i < STARTS; i++) {
      for (const [at, { name, fill }] of FORMS.entries()) {
        tell(`search-memory: workerd ${i + 1} of ${STARTS}, ${name}`);
        byForm[at].push(await measureWorkerd(worker, fill));
      }
    }
    return [
      limitRow(
        'idle Worker in workerd',
        'resident',
        'MB',
        spreadOf(byForm.flat().map(({ idle }) => idle.resident)),
        null,
      ),
      ...FORMS.flatMap(({ name }, at) => rowsOf(name, byForm[at])),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(form: string, figures: readonly Figures[]): BenchRow[] {
  const size = `${COUNT.toLocaleString('en')}×${ROW_BYTES} bytes of ${form} in workerd`;
  const spread = (of: (figures: Figures) => number) => spreadOf(figures.map(of));
  const peak = spread(({ full }) => full.peak);
  const grown = spread(({ idle, full }) => full.peak - idle.resident);
  const own = spread(({ idle, full }) => full.own - idle.own);
  return [
    limitRow(size, 'peak resident', 'MB', peak, ISOLATE_MEGABYTES),
    limitRow(`${size}, above idle`, 'peak resident', 'MB', grown, MOST_GROWTH_MEGABYTES),
    limitRow(`${size}, above idle`, 'private', 'MB', own, MOST_GROWTH_MEGABYTES),
    limitRow(
      `search ${size}, top 10`,
      'CPU time',
      'ms',
      spread(({ searchMs }) => searchMs),
      null,
    ),
  ];
}

/** @param fill how the Worker makes its corpus */
async function measureWorkerd(worker: BuiltWorker, fill: string): Promise<Figures> {
  const { url, pid, stop } = await startWorkerd({ worker });
  try {
    await ask(url, '/', 'idle');
    const idle = memoryOf(pid);
    await ask(url, `/fill?count=${COUNT}&${fill}`, 'filled');
    await ask(url, `/search?times=${WARM_UP}`, 'simd ');
    const before = cpuMicroseconds(pid);
    await ask(url, `/search?times=${SEARCHES}`, 'simd ');
    const searchMs = (cpuMicroseconds(pid) - before) / SEARCHES / 1000;
    return { idle, full: memoryOf(pid), searchMs };
  } finally {
    await stop();
  }
}

async function ask(url: string, path: string, expected: string): Promise<void> {
  const text = await (await fetch(url + path)).text();
  if (!text.startsWith(expected)) throw new Error(`expected ${expected} from ${path}, got ${text}`);
}
