import { Command } from 'commander';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { EXPLAINED, readAdvisories } from './supply/advisories.ts';
import { askNpm } from './supply/npm.ts';

const program = new Command('audit')
  .description(
    'Ask the npm registry for published weaknesses of the locked packages, those of tests and builds too. Exit 1 when one is not explained in scripts/supply/advisories.ts, or when the registry does not answer.',
  )
  .action(() => {
    const advisories = readAdvisories(askNpm(['audit', '--json']));
    if (advisories === null) {
      throw new UserError(
        'the registry does not answer questions about advisories: nothing is known; name another one in .npmrc (registry=URL)',
      );
    }
    const findings = advisories.map((advisory) => ({
      ...advisory,
      explained: EXPLAINED[advisory.id] ?? null,
    }));
    printJson(findings, 2);
    const open = findings.filter(({ explained }) => explained === null);
    if (open.length > 0)
      throw new UserError(`${open.length} not explained: ${open.map(({ id }) => id).join(', ')}`);
  });

await runCommand(program, process.argv);
