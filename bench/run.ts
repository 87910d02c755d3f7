import { cpus } from 'node:os';
import { Argument, Command } from 'commander';
import { runCommand } from '../scripts/cli/run.ts';
import type { BenchRow, Spread } from './measure.ts';
import { assertSink } from './measure.ts';
import { benchScoring } from './scoring.ts';
import { benchSelection } from './selection.ts';

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const BENCHES: Readonly<Record<string, () => BenchRow[]>> = {
  selection: () => benchSelection(tell),
  scoring: benchScoring,
};

const program = new Command('bench')
  .description('Time the kernels against named rivals in the same run.')
  .addArgument(new Argument('[NAME]', 'one of them; all when left out').choices(Object.keys(BENCHES)))
  .option('--json', 'JSON on stdout in place of the table')
  .addHelpText(
    'after',
    `
ratio: the rival's median time over ours, more is better. scikit-learn runs on one thread under python3, or what PYTHON
names, and is left out with a notice where it is missing.`,
  )
  .action((name: string | undefined, { json }: { readonly json?: boolean }) => {
    const rows = Object.keys(BENCHES)
      .filter((bench) => name === undefined || bench === name)
      .flatMap((bench) => BENCHES[bench]());
    assertSink();
    const environment = { node: process.version, cpu: cpus()[0].model, cores: cpus().length };
    process.stdout.write(json === true ? `${JSON.stringify({ rows, environment })}\n` : table(rows));
  });

function table(rows: readonly BenchRow[]): string {
  const cells = [
    ['name', 'ours (ms)', 'rival (ms)', 'rival', 'ratio', 'target'],
    ...rows.map(({ name, ours, rival, ratio, target, met }) => [
      name,
      spread(ours),
      rival === null ? '-' : spread(rival),
      rival?.name ?? '-',
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
