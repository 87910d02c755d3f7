import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { runCommand } from '../scripts/cli/run.ts';
import { UserError } from '../scripts/cli/user-error.ts';
import { drawGrowth, growthCharts } from './growth-chart.ts';
import type { BenchRow } from './measure.ts';

const program = new Command('plot')
  .description(
    'Draw how cost grows, from what `npm run -s bench -- NAME --json` printed: a file of SVG for every curve.',
  )
  .argument('<FILES...>', 'JSON of one or more runs')
  .requiredOption('--out <folder>', 'where the pictures go; made where it is missing')
  .action((files: readonly string[], { out }: { readonly out: string }) => {
    const charts = growthCharts(files.flatMap(readRows));
    if (charts.length === 0) {
      throw new UserError(
        'None of the rows stands on a curve; evaluation, growth, search-scan, search-request and load print some that do.',
      );
    }
    mkdirSync(out, { recursive: true });
    for (const chart of charts) {
      const path = join(out, `${chart.chart}.svg`);
      writeFileSync(path, drawGrowth(chart));
      process.stdout.write(`${path}\n`);
    }
  });

/** @throws UserError when the file is not there or not what `bench --json` prints */
function readRows(path: string): readonly BenchRow[] {
  try {
    const { rows } = JSON.parse(readFileSync(path, 'utf8')) as { readonly rows?: unknown };
    if (Array.isArray(rows)) return rows as BenchRow[];
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${String(error)}`, { cause: error });
  }
  throw new UserError(`${path} has no rows; expected what bench --json prints.`);
}

await runCommand(program, process.argv);
