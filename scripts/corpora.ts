import { Command } from 'commander';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { listCorpora } from './corpus/list-corpora.ts';
import { readDeployment } from './kv/deployment.ts';
import { tellUnreadable } from './kv/list-published.ts';
import { describeKv, openKv } from './kv/open-kv.ts';

const program = new Command('corpora')
  .description('List the corpora that search knows, by name.')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .addHelpText(
    'after',
    '\nPrints [{"name", "count", "selection", "encoder", "encoderFingerprint", "modality", "plan", "engine", "encoding", "bytesPerVector", "memoryBytes", "segments",\n' +
      '"rerank", "fields", "thumbnails", "createdAt", "updatedAt"}], and "engineError" where wrangler.toml does not bind the engine; of one that cannot be read {"name", "error"}, told on stderr too. selection: the id of its record.\n' +
      'On a terminal the same as a table on stderr.',
  )
  .action(list);

async function list({ remote }: { readonly remote: boolean }): Promise<void> {
  const deployment = await readDeployment(remote);
  const { kv, close } = await openKv(remote, deployment.corpora, { readsOnly: true });
  try {
    const entries = await listCorpora(kv, deployment);
    showTable(
      ['name', 'vectors', 'of', 'encoder', 'record', 'plan', 'engine', 'bytes each', 'updated'],
      entries.map((entry) => {
        if ('error' in entry) return [entry.name, '-', '', entry.error, '', '', '', '-', ''];
        const { name, count, modality, encoder, selection, plan, engine, engineError, bytesPerVector } =
          entry;
        const record = selection.slice(0, 12);
        const found = engineError === undefined ? engine : `${engine}, not bound`;
        const cells = [name, String(count), modality, encoder, record, plan, found];
        return [...cells, String(bytesPerVector), entry.updatedAt];
      }),
    );
    tellUnreadable(entries);
    for (const entry of entries) {
      if (!('error' in entry) && entry.engineError !== undefined)
        tell(`note: "${entry.name}" cannot be searched: ${entry.engineError}`);
    }
    printJson(entries);
    tell(`${entries.length} in ${describeKv(remote)}`);
  } finally {
    await close();
  }
}

await runCommand(program, process.argv);
