import { Command } from 'commander';
import { nameKey } from '../src/format/kv-keys.ts';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { readDeployment } from './kv/deployment.ts';
import { describeKv, openKv } from './kv/open-kv.ts';
import { readHistory } from './selection/read-history.ts';

interface Options {
  readonly name: string;
  readonly remote: boolean;
}

const program = new Command('history')
  .description('List what was done to a name, latest first: published, rolled back, given a canary.')
  .option('--name <name>', 'name of the selection', 'default')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .addHelpText(
    'after',
    '\nPrints {"name", "id", "canary": {"id", "share"} or null, "entries": [{"action", "id", "at", "by", "share"?, "current", "metrics" or "error"}]}:\n' +
      'at most the latest 50. action: publish, rollback, canary, promote, abort or migrate. metrics are those of the record, as precompute\n' +
      'measured them; error says why the record cannot be read. Any id can be switched to: npm run -s rollback -- --name NAME --to ID.',
  )
  .action(history);

async function history({ name, remote }: Options): Promise<void> {
  nameKey(name); // says what a name may be
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections, { readsOnly: true });
  try {
    const found = await readHistory(kv, name);
    showTable(
      ['at', 'action', 'record', 'by', ''],
      found.entries.map(({ at, action, id, by, share, current }) => [
        at,
        share === undefined ? action : `${action} ${share}%`,
        id.slice(0, 12),
        by,
        current ? 'current' : '',
      ]),
    );
    printJson(found);
  } catch (error) {
    tell(`looked in ${describeKv(remote)}`);
    throw error;
  } finally {
    await close();
  }
}

await runCommand(program, process.argv);
