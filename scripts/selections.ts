import { Command } from 'commander';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { readDeployment } from './kv/deployment.ts';
import { tellUnreadable } from './kv/list-published.ts';
import { describeKv, openKv } from './kv/open-kv.ts';
import { listSelections } from './selection/list-selections.ts';

const program = new Command('selections')
  .description('List the published selections, by name.')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .addHelpText(
    'after',
    '\nPrints [{"name", "id", "publishedAt", "earlier", "encoder", "encoderFingerprint", "strategy", "dim", "k", "fusion", "centred",\n' +
      '"baseRate", "bytes"}]; of one that cannot be read {"name", "error"}, told on stderr too. On a terminal the same as a table on stderr.',
  )
  .action(list);

async function list({ remote }: { readonly remote: boolean }): Promise<void> {
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections, { readsOnly: true });
  try {
    const entries = await listSelections(kv);
    showTable(
      ['name', 'record', 'published', 'encoder', 'strategy', 'k', 'fusion', 'bytes'],
      entries.map((entry) => {
        if ('error' in entry) return [entry.name, entry.error, '', '', '', '-', '', '-'];
        const { name, id, publishedAt, encoder, strategy, k, fusion, bytes } = entry;
        return [name, id.slice(0, 12), publishedAt, encoder, strategy, String(k), fusion, String(bytes)];
      }),
    );
    tellUnreadable(entries);
    printJson(entries);
    tell(`${entries.length} in ${describeKv(remote)}`);
  } finally {
    await close();
  }
}

await runCommand(program, process.argv);
