import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { showKills } from './chaos/kills/report-kills.ts';
import { KILL_CASES } from './chaos/kills/kill-cases.ts';
import { type KillOptions, runKills } from './chaos/kills/run-kills.ts';
import { killPipeline } from './chaos/pipeline/kill-pipeline.ts';
import { prepareKv } from './chaos/prepare-kv.ts';
import { type ChaosOptions, runChaos } from './chaos/run-chaos.ts';
import { serveBehindFaults } from './chaos/serve.ts';
import { isHeld, reportOf, showReport } from './chaos/report.ts';
import { endChildrenWithThisProcess } from './cli/child-watch.ts';
import { printJson, tell } from './cli/messages.ts';
import { commaList, shareOption, wholeNumber } from './cli/options.ts';
import { createProgress } from './cli/progress.ts';
import { runCommand } from './cli/run.ts';

const program = new Command('chaos')
  .description(
    'Ask a Worker of its own mixed queries while its bindings fail, and hold every answer against those of the same Worker without faults.',
  )
  .option('--queries <N>', 'queries, shared among the seeds', wholeNumber(1, 1_000_000), 5000)
  .option('--seeds <A,B>', 'seeds of queries and faults', commaList(wholeNumber(0, 2 ** 31)), [1, 2, 3])
  .option('--faults <SHARE>', 'share of the calls of AI and KV that go wrong, 0 to 1', shareOption, 0.3)
  .option('--kills', 'in place of queries: kill the commands that write, at every point where they do', false)
  .option(
    '--pipeline',
    'in place of queries: run the pipeline over 64 pictures of the sample set, to a published record and a corpus, kill it with workerd before and after every kind of write, and start it again',
    false,
  )
  .option(
    '--points <N>',
    'with --kills: points of each command at most, with --pipeline: of the run (default: every one)',
    wholeNumber(1),
  )
  .option('--from <WRITE>', 'with --pipeline: begin at the write whose name holds this, such as selecting')
  .option(
    '--only <A,B>',
    `with --kills: these commands (${KILL_CASES.map(({ name }) => name).join(', ')})`,
    commaList(commandName),
  )
  .addHelpText(
    'after',
    '\nStarts everything itself: KV in a temporary folder, a free port of the loopback, nothing outside it.\n' +
      'A table on stderr, JSON on stdout. Exit code 0 when no answer was wrong, every request had a well-formed answer, and the 99th\n' +
      'percentile of their times was within the deadline of a request; else 1.',
  )
  .action(async ({ kills, pipeline, points = null, only = null, from = null, ...options }: Flags) => {
    if (pipeline) await killRuns({ points, from });
    else if (kills) await killCommands({ points, only });
    else await chaos(options);
  });

interface Flags extends ChaosOptions, Partial<KillOptions> {
  readonly kills: boolean;
  readonly pipeline: boolean;
  readonly from?: string | null;
}

async function killRuns(options: {
  readonly points: number | null;
  readonly from: string | null;
}): Promise<void> {
  endChildrenWithThisProcess();
  const rows = await killPipeline(options, tell);
  const held = rows.every(({ isSame, isSameKv }) => isSame && isSameKv);
  printJson({ rows, held });
  process.exitCode = held ? 0 : 1;
}

async function killCommands(options: KillOptions): Promise<void> {
  endChildrenWithThisProcess();
  const rows = await runKills(options, (command) => tell(`killed ${command}`));
  const held = showKills(rows);
  printJson({ rows, held });
  process.exitCode = held ? 0 : 1;
}

async function chaos(options: ChaosOptions): Promise<void> {
  endChildrenWithThisProcess();
  const state = await mkdtemp(join(tmpdir(), 'alignql-chaos-'));
  try {
    const old = await prepareKv(state, tell);
    const server = await serveBehindFaults(state, old, tell);
    try {
      tell(`Seeds ${options.seeds.join(', ')}; ${server.origin}`);
      const progress = createProgress()(
        'asked',
        Math.ceil(options.queries / options.seeds.length) * options.seeds.length,
      );
      const run = await runChaos(server.origin, options, () => progress.add(1)).finally(progress.stop);
      const report = reportOf(options, run);
      showReport(report, run);
      printJson(report);
      process.exitCode = isHeld(report) ? 0 : 1;
    } finally {
      await server.close();
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

function commandName(text: string): string {
  if (KILL_CASES.some(({ name }) => name === text)) return text;
  throw new InvalidArgumentError(`Expected commands of ${KILL_CASES.map(({ name }) => name).join(', ')}.`);
}

await runCommand(program, process.argv);
