import { Command } from 'commander';
import { rollbackSelection } from '../src/storage/publish-selection.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { readDeployment } from './kv/deployment.ts';
import { openKv } from './kv/open-kv.ts';

interface Options {
  readonly name: string;
  readonly remote: boolean;
}

const program = new Command('rollback')
  .description('Switch a name back to what was published before; repeated, it goes further back.')
  .option('--name <name>', 'name to switch back', 'default')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .addHelpText(
    'after',
    '\nPrints {"name", "id", "previous", "changed", "earlier"} like publish: the id now current, the one left, and how many\n' +
      'publications a further rollback can reach. To return to the one left, publish its folder again.',
  )
  .action(rollback);

async function rollback({ name, remote }: Options): Promise<void> {
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections);
  try {
    const result = await rollbackSelection(kv, name);
    printJson(result);
  } finally {
    await close();
  }
}

await runCommand(program, process.argv);
