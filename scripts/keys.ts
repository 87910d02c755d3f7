import { Command, InvalidArgumentError } from 'commander';
import { MAX_DAILY, SCOPES, type Scope } from '../src/format/key-record.ts';
import { KEY_CACHE_TTL_SECONDS, type WritableKeyKv } from '../src/storage/key-kv.ts';
import { KEPT_SECONDS } from '../src/storage/key-store.ts';
import { keyIdOption, keyNameOption, lifeOption, ownerOption } from './access/key-options.ts';
import { createKey, listKeys, revokeKey } from './access/manage-keys.ts';
import { printJson, tell } from './cli/messages.ts';
import { commaList, wholeNumber } from './cli/options.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { readDeployment } from './kv/deployment.ts';
import type { KvUse } from './kv/local-kv.ts';
import { describeKv, openKv } from './kv/open-kv.ts';

const REMOTE = [
  '--remote',
  "the account's KV instead of the local server's (needs `npx wrangler login`)",
] as const;
/** From the write to the last place that still has the old record. */
const EVERYWHERE_SECONDS = KEPT_SECONDS + KEY_CACHE_TTL_SECONDS;

const program = new Command('keys').description(
  'Make, list and revoke the keys of a deployment with AUTH = "keys".',
);

program
  .command('create')
  .description('Make a key. It is printed once: only its hash is stored.')
  .requiredOption('--name <name>', 'whom or what it is for', keyNameOption)
  .requiredOption('--scopes <list>', `what it may do, of ${SCOPES.join(', ')}`, commaList(scopeOption))
  .option(
    '--expires <span>',
    'how long it is valid, such as 12h, 90d or 4w; left out, until it is revoked',
    lifeOption,
  )
  .option(
    '--owner <owner>',
    "whose names it sees beside the shared ones; left out, nobody's (with admin: everybody's)",
    ownerOption,
  )
  .option(
    '--daily <cost>',
    'units of cost that it may spend a day of UTC; left out, any number',
    wholeNumber(1, MAX_DAILY),
  )
  .option(...REMOTE, false)
  .addHelpText(
    'after',
    '\nPrints {"key", "id", "name", "owner", "scopes", "expires", "daily", "createdAt", "revokedAt", "state"}. read: score what is given; encode:\n' +
      'have pixels and text encoded; admin: /metrics. No scope includes another.',
  )
  .action(create);

program
  .command('list')
  .description('List all keys, by id; never the keys themselves.')
  .option(...REMOTE, false)
  .addHelpText(
    'after',
    '\nPrints [{"id", "name", "owner", "scopes", "expires", "daily", "createdAt", "revokedAt", "state"}], state valid, expired or revoked; of one\n' +
      'that cannot be read {"id", "error"}. On a terminal the same as a table on stderr.',
  )
  .action(list);

program
  .command('revoke')
  .description('Revoke a key, for good.')
  .argument('<ID>', 'as `list` shows it, or the key itself', keyIdOption)
  .option(...REMOTE, false)
  .addHelpText(
    'after',
    `\nPrints the key as \`list\` does; of one that cannot be read, and is removed, {"id", "removed", "error"}. It is refused everywhere within ${EVERYWHERE_SECONDS} s: ${KEPT_SECONDS} s that an isolate uses what it has read, and\n` +
      `${KEY_CACHE_TTL_SECONDS} s that KV's caches do.`,
  )
  .action(revoke);

interface CreateOptions {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expires?: number;
  readonly daily?: number;
  readonly owner?: string;
  readonly remote: boolean;
}

async function create({ name, scopes, expires, daily, owner, remote }: CreateOptions): Promise<void> {
  const request = { name, scopes, lifeMs: expires ?? null, daily: daily ?? null, owner: owner ?? null };
  await withKv(remote, async (kv) => printJson(await createKey(kv, request, new Date())));
  tell(`It opens what reads ${describeKv(remote)}. Keep it now: it is not stored and cannot be shown again.`);
}

async function list({ remote }: { readonly remote: boolean }): Promise<void> {
  const entries = await withKv(remote, (kv) => listKeys(kv, new Date()), { readsOnly: true });
  showTable(
    ['id', 'name', 'owner', 'scopes', 'state', 'expires', 'daily'],
    entries.map((entry) => {
      if ('error' in entry) return [entry.id, entry.error, '', '', '', '', '-'];
      const { id, name, owner, scopes, state, expires, daily } = entry;
      const spends = daily === null ? '-' : String(daily);
      return [id, name, owner ?? '-', scopes.join(','), state, expires ?? 'never', spends];
    }),
  );
  printJson(entries);
  tell(`${entries.length} in ${describeKv(remote)}`);
}

async function revoke(id: string, { remote }: { readonly remote: boolean }): Promise<void> {
  const revoked = await withKv(remote, (kv) => revokeKey(kv, id, new Date()));
  printJson(revoked);
  if ('removed' in revoked)
    tell(`note: what was stored of key ${id} is damaged, and removed: ${revoked.error}`);
  tell(`Refused everywhere within ${EVERYWHERE_SECONDS} s.`);
}

async function withKv<T>(
  remote: boolean,
  work: (kv: WritableKeyKv) => Promise<T>,
  use: KvUse = {},
): Promise<T> {
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections, use);
  try {
    return await work(kv);
  } finally {
    await close();
  }
}

function scopeOption(text: string): Scope {
  const scope = SCOPES.find((known) => known === text);
  if (scope !== undefined) return scope;
  throw new InvalidArgumentError(`Expected some of ${SCOPES.join(', ')}, got "${text}".`);
}

await runCommand(program, process.argv);
