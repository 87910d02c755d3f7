import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { runCommand } from '../scripts/cli/run.ts';
import type { BenchRow, Spread } from './measure.ts';
import { assertSink } from './measure.ts';

type Tell = (line: string) => void;
type Bench = (tell: Tell) => BenchRow[] | Promise<BenchRow[]>;

/** Loaded when their turn comes; a name asks for itself and for all that begin with it and a hyphen. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'selection-tabular': async () => (await import('./selection-tabular.ts')).benchTabular,
  'selection-linear': async () => (await import('./selection-linear.ts')).benchLinear,
  'selection-logistic': async () => (await import('./selection-logistic.ts')).benchLogistic,
  'selection-forest': async () => (await import('./selection-forest.ts')).benchForest,
  'selection-threads': async () => (await import('./selection-threads.ts')).benchThreads,
  streaming: async () => (await import('./streaming.ts')).benchStreaming,
  scoring: async () => (await import('./scoring.ts')).benchScoring,
  'score-path': async () => (await import('./score-path.ts')).benchScorePath,
};

const NAMES = Object.keys(BENCHES);

const program = new Command('bench')
  .description(
    'Time the kernels against named rivals in the same run, each benchmark in a process of its own.',
  )
  .addArgument(
    new Argument('[NAME]', 'one of them, or selection for all of its parts; all when left out').choices([
      'selection',
      ...NAMES,
    ]),
  )
  .option('--json', 'JSON on stdout in place of the table')
  .addHelpText(
    'after',
    `
ratio: the rival's median over ours, more is better. scikit-learn runs on one thread under python3, or what PYTHON names,
and is left out with a notice where it is missing. streaming writes 4 GB into the temporary folder and removes them.`,
  )
  .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
    const wanted = NAMES.filter(
      (bench) => name === undefined || bench === name || bench.startsWith(`${name}-`),
    );
    const rows = wanted.length === 1 ? await runHere(wanted[0]) : wanted.flatMap(runInItsProcess);
    const environment = { node: process.version, cpu: cpus()[0].model, cores: cpus().length };
    process.stdout.write(json === true ? `${JSON.stringify({ rows, environment })}\n` : table(rows));
  });

async function runHere(name: string): Promise<BenchRow[]> {
  const bench = await BENCHES[name]();
  const rows = await bench((line) => {
    process.stderr.write(`${line}\n`);
  });
  assertSink();
  return rows;
}

/** Another benchmark's garbage and compiled code would slow this one. */
function runInItsProcess(name: string): BenchRow[] {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`benchmark ${name} ended with ${status}`);
  return (JSON.parse(stdout) as { rows: BenchRow[] }).rows;
}

function table(rows: readonly BenchRow[]): string {
  const cells = [
    ['name', 'unit', 'ours', 'rival', '', 'ratio', 'target'],
    ...rows.map(({ name, unit, ours, rival, ratio, target, met }) => [
      name,
      unit,
      spread(ours),
      rival?.name ?? '-',
      rival === null ? '' : spread(rival),
      ratio?.toFixed(1) ?? '-',
      target === null ? '-' : `${target}${met === null ? '' : met ? ' met' : ' missed'}`,
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function spread({ median, min, max }: Spread): string {
  return `${median.toFixed(1)} (${min.toFixed(1)}-${max.toFixed(1)})`;
}

await runCommand(program, process.argv);
