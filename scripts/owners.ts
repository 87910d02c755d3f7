import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_QUOTA, type Quota } from '../src/format/owner-record.ts';
import { ownerOption } from './access/key-options.ts';
import { printJson, tell } from './cli/messages.ts';
import { wholeNumber } from './cli/options.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { UserError } from './cli/user-error.ts';
import { readDeployment } from './kv/deployment.ts';
import { withNamespaces } from './kv/namespaces.ts';
import { describeKv } from './kv/open-kv.ts';
import { type OwnerReport, repairOfQuota, reportOwners, setQuota } from './owners/quotas.ts';

const REMOTE = [
  '--remote',
  "the account's KV instead of the local server's (needs `npx wrangler login`)",
] as const;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

const program = new Command('owners').description(
  'List the owners of names with what they have and may have, and set what they may have.',
);

program
  .command('list')
  .description('List every owner of a name, and for whom a quota is set, ascending.')
  .option(...REMOTE, false)
  .addHelpText(
    'after',
    '\nPrints [{"owner", "usage": Q, "quota": Q, "isDefault", "over"}], Q = {"selections", "corpora", "bytes"}; over: the parts of the quota\n' +
      'that are exceeded; of one whose quota cannot be read {"owner", "error"}. bytes: of the current records and canaries, of the values of corpora, and 6 KiB a thumbnail. On a terminal the same as a table on stderr.',
  )
  .action(list);

program
  .command('set')
  .description('Set what an owner may have; what is not given stays.')
  .argument('<OWNER>', 'as in OWNER/NAME', ownerOption)
  .option('--selections <count>', 'names of selections', wholeNumber(0))
  .option('--corpora <count>', 'names of corpora', wholeNumber(0))
  .option('--bytes <size>', 'of records and corpora together, such as 500M or 2G', sizeOption)
  .option(...REMOTE, false)
  .addHelpText(
    'after',
    `\nOf whom nothing is set: ${DEFAULT_QUOTA.selections} selections, ${DEFAULT_QUOTA.corpora} corpora and ${DEFAULT_QUOTA.bytes / 1024 ** 3} GiB. Commands refuse what would go beyond; what is there\n` +
      'already stays, and `doctor -- --storage` tells of it. Prints the owner as `list` does.',
  )
  .action(set);

async function list({ remote }: { readonly remote: boolean }): Promise<void> {
  const reports = await withNamespaces(remote, await readDeployment(remote), reportOwners, {
    readsOnly: true,
  });
  const ofQuota = ({ usage, quota }: OwnerReport, part: keyof Quota): string =>
    `${usage[part]} of ${quota[part]}`;
  showTable(
    ['owner', 'selections', 'corpora', 'bytes', ''],
    reports.map((report) =>
      'error' in report
        ? [report.owner, '-', '-', '-', report.error]
        : [
            report.owner,
            ofQuota(report, 'selections'),
            ofQuota(report, 'corpora'),
            ofQuota(report, 'bytes'),
            report.over.length === 0 ? '' : `over: ${report.over.join(', ')}`,
          ],
    ),
  );
  for (const report of reports) {
    if ('error' in report) tell(`note: ${report.error}. ${repairOfQuota(report.owner)}`);
  }
  printJson(reports);
  tell(`${reports.length} in ${describeKv(remote)}`);
}

async function set(
  owner: string,
  { remote, ...parts }: Partial<Quota> & { readonly remote: boolean },
): Promise<void> {
  if (Object.keys(parts).length === 0) {
    throw new UserError('give what to set: --selections, --corpora or --bytes');
  }
  const replaced = ({ message }: Error): void =>
    tell(
      `note: what was set for ${owner} is damaged and replaced; what is not given is the default (${message})`,
    );
  printJson(
    await withNamespaces(remote, await readDeployment(remote), (kvs) =>
      setQuota(kvs, owner, parts, replaced),
    ),
  );
}

function sizeOption(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,15})([KMGT]?)$/i.exec(text.trim()) ?? [];
  const size = Number(count) * UNITS[unit.toUpperCase()];
  if (count !== '' && Number.isSafeInteger(size)) return size;
  throw new InvalidArgumentError(`Expected bytes, such as 500M or 2G, got "${text}".`);
}

await runCommand(program, process.argv);
