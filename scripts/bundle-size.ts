import { Command, InvalidArgumentError } from 'commander';
import { BUDGETS, overBudget } from './bundle/budgets.ts';
import { type Bundle, measureBundle } from './bundle/measure-bundle.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';

const KIB = 1024;

interface Options {
  readonly check?: boolean;
  readonly json?: boolean;
  readonly scriptKib?: number;
}

const program = new Command('size')
  .description('Bundle both Workers as a deployment would and show what they are made of.')
  .option('--check', 'exit 1 when something is over its budget (scripts/bundle/budgets.ts)')
  .option('--json', 'JSON in place of the tables')
  .option('--script-kib <N>', "another budget for each Worker's script, in KiB gzipped", positive)
  .action(({ check, json, scriptKib }: Options) => {
    const problems: string[] = [];
    const bundles: Record<string, Bundle> = {};
    for (const [config, stated] of Object.entries(BUDGETS)) {
      const budget = scriptKib === undefined ? stated : { ...stated, scriptGzipBytes: scriptKib * KIB };
      bundles[config] = measureBundle(config);
      problems.push(...overBudget(bundles[config], budget).map((problem) => `${config}: ${problem}`));
      if (json !== true) process.stdout.write(table(config, bundles[config], budget.scriptGzipBytes));
    }
    if (json === true) printJson(bundles);
    if (check === true && problems.length > 0) throw new UserError(`over budget\n${problems.join('\n')}`);
  });

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(`Got ${text}, expected a number above 0.`);
}

function table(config: string, { scriptBytes, scriptGzipBytes, parts, files }: Bundle, most: number): string {
  const share = (bytes: number): string => `${((100 * bytes) / scriptBytes).toFixed(1)}%`;
  const rows = [
    [`script of ${config}`, kib(scriptBytes), `gzip ${kib(scriptGzipBytes)} of ${kib(most)}`],
    ...parts.map(({ name, bytes }) => [`  ${name}`, kib(bytes), share(bytes)]),
    ...files.map(({ name, bytes, gzipBytes }) => [name, kib(bytes), `gzip ${kib(gzipBytes)}`]),
  ];
  const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map(([name, size, note]) => `${name.padEnd(first)}  ${size.padStart(second)}  ${note}`);
  return `${lines.join('\n')}\n\n`;
}

function kib(bytes: number): string {
  return `${(bytes / KIB).toFixed(1)} KiB`;
}

await runCommand(program, process.argv);
