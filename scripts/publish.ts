import { join } from 'node:path';
import { Command } from 'commander';
import type { EncoderInfo } from '../src/clip/encoder-info.ts';
import { type SelectionRecord, decodeSelection } from '../src/format/selection-record.ts';
import { publishSelection } from '../src/storage/publish-selection.ts';
import { readInput, readInputFile } from './files/input-file.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { readDeployment, readRunningEncoder } from './kv/deployment.ts';
import { openKv } from './kv/open-kv.ts';

interface Options {
  readonly name: string;
  readonly remote: boolean;
  readonly force: boolean;
}

const program = new Command('publish')
  .description('Publish a selection: store the record, read it back, switch the name to it.')
  .argument('<DIR>', 'folder with selection.bin, as precompute writes it')
  .option('--name <name>', 'name to switch', 'default')
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .option('--force', 'publish as default even though the deployment runs another encoder', false)
  .addHelpText(
    'after',
    '\nPrints {"name", "id", "previous", "changed", "earlier"}: the record\'s id, the one that the name pointed at before (null:\n' +
      'none), whether anything was switched, and how many publications a rollback can still reach.\n' +
      'Local state lies in .alignql, or where ALIGNQL_STATE says. A running server picks it up within 10 s, an account within about a minute.',
  )
  .action(publish);

async function publish(folder: string, { name, remote, force }: Options): Promise<void> {
  const path = join(folder, 'selection.bin');
  const record = await readInput(path, 'the selection', decodeSelection);
  const bytes = await readInputFile(path, 'the selection');
  const deployment = await readDeployment(remote);
  if (name === 'default' && !force) refuseForeignEncoder(record, await readRunningEncoder(deployment));
  const { kv, close } = await openKv(remote, deployment.selections);
  try {
    const result = await publishSelection(kv, name, bytes, { createdAt: new Date().toISOString() });
    printJson(result);
  } finally {
    await close();
  }
}

/** Pixels and text under such a record could only fail; callers who name no selection would all meet it. */
function refuseForeignEncoder({ encoder }: SelectionRecord, running: EncoderInfo): void {
  const advice = 'Publish it under another --name, or insist with --force.';
  if (encoder.id !== running.id) {
    throw new UserError(
      `the record is for encoder "${encoder.id}", the deployment runs "${running.id}". ${advice}`,
    );
  }
  if (encoder.fingerprint !== running.fingerprint) {
    throw new UserError(
      `the record is for fingerprint ${encoder.fingerprint} of "${encoder.id}", the deployment runs ${running.fingerprint}. ${advice}`,
    );
  }
}

await runCommand(program, process.argv);
