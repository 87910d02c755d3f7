import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { BUDGETS } from './bundle/budgets.ts';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { PROJECT_ROOT } from './kv/project.ts';
import { readLockfile } from './supply/lockfile.ts';
import { renderNotices } from './supply/notices.ts';
import { findShipped } from './supply/shipped.ts';

const FILE = 'THIRD-PARTY-NOTICES.txt';

const program = new Command('licences')
  .description(
    `Write ${FILE}: what ships in the Workers and the page, what the commands install, and its licences.`,
  )
  .option('--check', `write nothing; exit 1 when ${FILE} is not current`)
  .action(async ({ check = false }: { readonly check?: boolean }) => {
    const notices = renderNotices(await findShipped(Object.keys(BUDGETS)), readLockfile());
    const path = join(PROJECT_ROOT, FILE);
    if (!check) {
      await writeFile(path, notices);
      tell(`${FILE} is written.`);
    } else if (notices !== (await readFile(path, 'utf8'))) {
      throw new UserError(`${FILE} is not current: run npm run -s licences and commit it`);
    }
  });

await runCommand(program, process.argv);
