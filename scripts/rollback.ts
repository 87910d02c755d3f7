import { Command } from 'commander';
import { nameKey } from '../src/format/kv-keys.ts';
import { rollbackSelection } from '../src/storage/publish-selection.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { readDeployment } from './kv/deployment.ts';
import { openKv } from './kv/open-kv.ts';
import { WAIT_OPTION, whoPublishes, withPublishLock } from './kv/publish-lock.ts';

interface Options {
  readonly name: string;
  readonly to?: string;
  readonly remote: boolean;
  /** Seconds. */
  readonly wait: number;
}

const program = new Command('rollback')
  .description('Switch a name back to what was published before; repeated, it goes further back.')
  .option('--name <name>', 'name to switch back', 'default')
  .option('--to <id>', 'record in the history to switch to: its id, or the first 8 digits or more')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .option(...WAIT_OPTION)
  .addHelpText(
    'after',
    '\nPrints {"name", "id", "previous", "changed", "earlier"} like publish: the id now current, the one left, and how many\n' +
      'publications a further rollback can reach. To return to the one left, publish its folder again, or name it with --to\n' +
      '(npm run -s history lists what there was).',
  )
  .action(rollback);

async function rollback({ name, to, remote, wait }: Options): Promise<void> {
  nameKey(name); // says what a name may be
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections);
  try {
    const act = { createdAt: new Date().toISOString(), by: whoPublishes() };
    const work = () => rollbackSelection(kv, name, act, to);
    printJson(await withPublishLock(kv, name, work, { waitMs: 1000 * wait }));
  } finally {
    await close();
  }
}

await runCommand(program, process.argv);
