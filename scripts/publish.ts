import { join } from 'node:path';
import { Command } from 'commander';
import type { EncoderInfo } from '../src/clip/encoder-info.ts';
import { type SelectionRecord, decodeSelection, selectionId } from '../src/format/selection-record.ts';
import { nameKey, ownerOf } from '../src/format/kv-keys.ts';
import { abortCanary, promoteCanary, startCanary } from '../src/storage/canary.ts';
import { storeMeanings } from '../src/storage/meaning-store.ts';
import { type Act, publishSelection } from '../src/storage/publish-selection.ts';
import { readInput, readInputFile } from './files/input-file.ts';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { numberFrom } from './cli/options.ts';
import { type Deployment, readDeployment, readRunningEncoder } from './kv/deployment.ts';
import type { ProjectKv } from './kv/local-kv.ts';
import { openKv } from './kv/open-kv.ts';
import { roomFor } from './owners/quotas.ts';
import { readMeaningsFile } from './selection/meanings-file.ts';
import { withdrawMeanings } from './selection/withdraw-meanings.ts';
import { WAIT_OPTION, whoPublishes, withPublishLock } from './kv/publish-lock.ts';

interface Options {
  readonly name: string;
  readonly share?: number;
  readonly promote: boolean;
  readonly abort: boolean;
  readonly withdrawMeanings: boolean;
  readonly remote: boolean;
  /** Seconds. */
  readonly wait: number;
  readonly force: boolean;
}

const program = new Command('publish')
  .description(
    'Publish a selection: store the record, read it back, switch the name to it, or a share of its traffic.',
  )
  .argument('[DIR]', 'folder with selection.bin, as precompute writes it')
  .option('--name <name>', 'name to switch, OWNER/NAME where only an owner is to see it', 'default')
  .option(
    '--share <percent>',
    'a canary: only this share of the traffic is given the record',
    numberFrom(0, 100),
  )
  .option('--promote', 'end the canary: switch the name to its record', false)
  .option('--abort', 'end the canary: the record before serves all again', false)
  .option(
    '--withdraw-meanings',
    'take the words, captions and names of pictures that coordinates stand for out of KV, of all records of the name; the records stay',
    false,
  )
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .option(...WAIT_OPTION)
  .option('--force', 'publish as default even though the deployment runs another encoder', false)
  .addHelpText(
    'after',
    '\nPrints {"name", "id", "previous", "changed", "earlier"}: the record\'s id, the one that the name pointed at before (null:\n' +
      'none), whether anything was switched, and how many publications a rollback can still reach. With --share {"name", "id", "canary":\n' +
      '{"id", "share"}}, with --abort {"name", "id", "aborted"}, with --withdraw-meanings {"name", "withdrawn": [ids]}. A caller, by key or address, is given the same record all the time.\n' +
      'Local state lies in .alignql, or where ALIGNQL_STATE says. A running server picks it up within 10 s, an account within about a minute.\n' +
      'A name whose entry in KV is damaged is made anew, without its history; that is told on stderr.',
  )
  .action(publish);

async function publish(folder: string | undefined, options: Options): Promise<void> {
  const { name, remote, share, promote, abort } = options;
  if (options.withdrawMeanings) {
    if (promote || abort || share !== undefined || folder !== undefined)
      throw new UserError('--withdraw-meanings goes alone with --name: nothing is published');
    await whileLocked(options, await readDeployment(remote), (kv) => withdrawMeanings(kv, name));
    return;
  }
  if (promote || abort) {
    if (promote === abort || share !== undefined || folder !== undefined) {
      throw new UserError(
        '--promote and --abort end a canary: give one of them alone, without DIR and --share',
      );
    }
    await whileLocked(options, await readDeployment(remote), (kv, act) =>
      (promote ? promoteCanary : abortCanary)(kv, name, act),
    );
    return;
  }
  if (folder === undefined) throw new UserError('give the folder to publish: npm run -s publish -- DIR');
  const { bytes, deployment } = await readChecked(folder, options);
  const id = await selectionId(bytes);
  const meanings = await readMeaningsFile(folder, id);
  await whileLocked(options, deployment, async (kv, act) => {
    await assertRoom(kv, { name, bytes: bytes.length, isCanary: share !== undefined }, deployment);
    if (meanings !== null) await storeMeanings(kv, id, meanings);
    return share === undefined
      ? publishSelection(kv, name, bytes, act, ({ message }) =>
          tell(`note: the damaged entry of "${name}" is replaced, its history is lost (${message})`),
        )
      : startCanary(kv, name, bytes, { ...act, share });
  });
}

/** The record of the folder, unless it is not for this deployment. */
async function readChecked(
  folder: string,
  { name, remote, force }: Options,
): Promise<{ readonly bytes: Uint8Array; readonly deployment: Deployment }> {
  const path = join(folder, 'selection.bin');
  const record = await readInput(path, 'the selection', decodeSelection);
  const bytes = await readInputFile(path, 'the selection');
  const deployment = await readDeployment(remote);
  if (name === 'default' && !force) refuseForeignEncoder(record, await readRunningEncoder(deployment));
  return { bytes, deployment };
}

async function whileLocked(
  { name, remote, wait }: Options,
  { selections }: Deployment,
  work: (kv: ProjectKv, act: Act) => Promise<unknown>,
): Promise<void> {
  nameKey(name); // says what a name may be
  const { kv, close } = await openKv(remote, selections);
  try {
    const act = { createdAt: new Date().toISOString(), by: whoPublishes() };
    printJson(await withPublishLock(kv, name, () => work(kv, act), { waitMs: 1000 * wait }));
  } finally {
    await close();
  }
}

/** @throws UserError when the owner of the name has as much as it may */
async function assertRoom(
  selections: ProjectKv,
  { name, bytes, isCanary }: { readonly name: string; readonly bytes: number; readonly isCanary: boolean },
  { isRemote, corpora }: Deployment,
): Promise<void> {
  if (ownerOf(name) === null) return;
  const { kv, close } = await openKv(isRemote, corpora);
  try {
    (await roomFor({ selections, corpora: kv }, 'selections', name, { isCanary }))(bytes);
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
