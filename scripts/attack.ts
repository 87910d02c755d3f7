import { Command, InvalidArgumentError, Option } from 'commander';
import { CLASSES, type AttackClass } from './attack/classes.ts';
import { type AttackResult, runAttack } from './attack/run-attack.ts';
import { attachTarget, startTarget } from './attack/target.ts';
import { endChildrenWithThisProcess } from './cli/child-watch.ts';
import { printJson, tell, tellLines } from './cli/messages.ts';
import { commaList, wholeNumber } from './cli/options.ts';
import { createProgress } from './cli/progress.ts';
import { runCommand } from './cli/run.ts';
import { textTable } from './cli/text-table.ts';

interface Options {
  readonly cases: number;
  readonly seed?: number;
  readonly endpoint?: string;
  readonly classes: readonly AttackClass[];
  readonly case?: number;
}

const DEFAULT_CASES = 20_000;

const program = new Command('attack')
  .description(
    'Try hostile input on a server of this machine, and tell what was refused properly, what it cost and what leaked.',
  )
  .option('--cases <N>', 'how many', wholeNumber(1, 10_000_000), DEFAULT_CASES)
  .option('--seed <S>', 'of all that is random (default: the time)', wholeNumber(0))
  .option(
    '--endpoint <URL>',
    'a server of this machine that runs already (default: starts one with a state of its own)',
  )
  .addOption(
    new Option('--classes <LIST>', 'only these').argParser(commaList(readClass)).default(CLASSES, 'all'),
  )
  .option('--case <NUMBER>', 'only this case of each class, to look at a failure again', wholeNumber(0))
  .addHelpText(
    'after',
    `\nClasses: ${CLASSES.map(({ name }) => name).join(', ')}.\nExit code 0 when every row holds, else 1.`,
  )
  .action(attack);

async function attack({
  cases,
  seed = Date.now() % 2 ** 31,
  endpoint,
  classes,
  case: number,
}: Options): Promise<void> {
  endChildrenWithThisProcess();
  tell(`Seed ${seed}.`);
  const target = endpoint === undefined ? await startTarget(tell) : attachTarget(endpoint);
  try {
    const output = { startProgress: createProgress(), tell };
    const options = { classes, cases, seed, ...(number === undefined ? {} : { number }) };
    const result = await runAttack(target, options, output);
    show(result);
    printJson(result, 2);
    process.exitCode = result.holds ? 0 : 1;
  } finally {
    await target.stop();
  }
}

function readClass(name: string): AttackClass {
  const found = CLASSES.find((attackClass) => attackClass.name === name);
  if (found) return found;
  throw new InvalidArgumentError(
    `Expected one of ${CLASSES.map((known) => known.name).join(', ')}; got "${name}".`,
  );
}

function show({ rows, memory, threads, slowestOtherCallerMs, seconds, seed, holds }: AttackResult): void {
  const header = [
    'class',
    'tried',
    'refused properly',
    'answered',
    'faults',
    'slowest CPU ms',
    'largest answer',
    'restarts',
    'leaks',
  ];
  const lines = rows.map((row) => [
    row.class,
    ...[
      row.tried,
      row.refused,
      row.answered,
      row.faults,
      row.slowestCpuMs,
      row.largestAnswerBytes,
      row.restarts,
      row.leaks,
    ].map(String),
  ]);
  tellLines(textTable(header, lines));
  if (memory)
    tell(
      `memory of workerd: ${memory.beforeMiB} MiB before, ${memory.afterMiB} MiB after, allowed ${memory.boundMiB} MiB more`,
    );
  tell(
    `memory of the threads that decode and read: ${threads.peakMiB} MiB at most, allowed ${threads.boundMiB} MiB`,
  );
  tell(`another caller waited ${slowestOtherCallerMs} ms at most`);
  tell(`${holds ? 'every row holds' : 'not every row holds'} (seed ${seed}, ${seconds} s)`);
}

await runCommand(program, process.argv);
