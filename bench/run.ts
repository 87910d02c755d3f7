import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Argument, Command, Option } from 'commander';
import { wholeNumber } from '../scripts/cli/options.ts';
import { runCommand } from '../scripts/cli/run.ts';
import { StoppedError } from './bench-process.ts';
import { BENCHES, CHOICES, benchList, benchesOf } from './benches.ts';
import { compareRefs, comparisonTable } from './compare.ts';
import { environmentLine, observeEnvironment } from './environment.ts';
import { benchMarkdown } from './markdown.ts';
import type { BenchRow } from './measure.ts';
import { assertSink } from './measure.ts';
import { assertDistinct, mergeRounds } from './merge-rounds.ts';
import { stopSignal } from './stop-signal.ts';
import { benchTable } from './table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly markdown?: boolean;
  readonly rounds: number;
}

const program = new Command('bench')
  .enablePositionalOptions()
  .description(
    'Time this project against named rivals in the same run, each benchmark in a process of its own.',
  )
  .addArgument(
    new Argument(
      '[NAME]',
      'one of them, or the first part of several; when left out all but those that run by name only',
    ).choices(CHOICES),
  )
  .addOption(new Option('--json', 'JSON on stdout in place of the table').conflicts('markdown'))
  .option('--markdown', 'the table as the documents show it: medians only')
  .option('--list', 'the benchmarks, about how long each takes and what it shows; runs none')
  .option('--rounds <n>', 'run each in that many fresh processes and merge their figures', wholeNumber(1), 1)
  .addHelpText(
    'after',
    `
ratio: the rival's median over ours, more is better. scikit-learn runs on one thread under python3, or what PYTHON names,
and is left out with a notice where it is missing. streaming writes 4 GB into the temporary folder and removes them.`,
  )
  .action(async (name: string | undefined, { json, list, markdown, rounds }: Options) => {
    if (list === true) {
      process.stdout.write(benchList(name));
      return;
    }
    const seeEnvironment = observeEnvironment(ROOT);
    const wanted = benchesOf(name);
    const rows =
      wanted.length === 1 && rounds === 1
        ? await runHere(wanted[0])
        : wanted.flatMap((bench, i) => {
            tell(`${bench}: ${i + 1} of ${wanted.length}, about ${rounds * BENCHES[bench].seconds} s`);
            return mergeRounds(Array.from({ length: rounds }, () => runInItsProcess(bench)));
          });
    const environment = seeEnvironment();
    if (json === true) process.stdout.write(`${JSON.stringify({ rows, rounds, environment })}\n`);
    else if (markdown === true) process.stdout.write(benchMarkdown(rows, environment));
    else process.stdout.write(`${benchTable(rows)}${environmentLine(environment, rows)}\n`);
  });

interface CompareFlags {
  readonly to?: string;
  readonly json?: boolean;
  readonly rounds: number;
}

/** Of a shell, for what Ctrl-C ended. */
const EXIT_STOPPED = 130;

program
  .command('compare')
  .description(
    'Time another commit of the project beside the files as they are, in processes that take turns.',
  )
  .argument('<REF>', 'the commit to compare with: a hash, tag or branch')
  .addArgument(new Argument('[NAME]', 'as above').choices(CHOICES))
  .option('--to <REF>', 'another commit in place of the files as they are')
  .option('--json', 'JSON on stdout in place of the table')
  .option('--rounds <n>', 'processes of each benchmark and side, at least 2', wholeNumber(2), 4)
  .addHelpText(
    'after',
    `
verdict: within noise unless the median ratio is further from 1 than any two successive processes of one side were. Code
that is equal gets another verdict by chance in one row of 13 at 4 rounds, of 60 at 6.`,
  )
  .action(async (ref: string, name: string | undefined, { to, json, rounds }: CompareFlags) => {
    const signal = stopSignal();
    const seeEnvironment = observeEnvironment(ROOT);
    try {
      const comparison = await compareRefs({
        root: ROOT,
        old: ref,
        current: to ?? null,
        names: benchesOf(name),
        rounds,
        signal,
        tell,
      });
      const environment = seeEnvironment();
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ ...comparison, environment })}\n`
          : `${comparisonTable(comparison)}${environmentLine(environment)}\n`,
      );
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      process.exitCode = EXIT_STOPPED;
    }
  });

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function runHere(name: string): Promise<BenchRow[]> {
  const bench = await BENCHES[name].load();
  const rows = await bench(tell);
  assertSink();
  assertDistinct(rows);
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

await runCommand(program, process.argv);
