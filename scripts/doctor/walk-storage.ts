import { OWNER_PREFIX, corpusNameOfKey, isOwner, nameOfKey } from '../../src/format/kv-keys.ts';
import type { NamedCorpus } from '../../src/storage/corpus-store.ts';
import { listEntries } from '../../src/storage/kv-calls.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import { Findings } from './findings.ts';
import type { Orphan, Problem, StorageReport } from './storage-report.ts';
import { createProgress } from '../cli/progress.ts';
import { repairOfQuota, reportWalkedOwners } from '../owners/quotas.ts';
import { walkCorpora } from './walk-corpora.ts';
import { walkSelections } from './walk-selections.ts';

export interface StorageWalk {
  readonly report: StorageReport;
  readonly orphans: readonly Orphan[];
  /** Corpora that something else than an isolate searches. */
  readonly behindEngines: readonly NamedCorpus[];
}

export const DAY_MS = 86_400_000;

/**
 * Reads all that is published, as a Worker would, and whatever else lies in the namespaces. What a name or manifest that cannot be read
 * reaches is not known: while there is one, nothing that it could reach counts as an orphan.
 * @param now milliseconds since 1970
 * @throws AppError STORAGE_FAILED when KV does not answer
 */
export async function walkStorage(kvs: Namespaces, now: number): Promise<StorageWalk> {
  // Listed before anything is read: what a publish under way writes after this is not taken for an orphan.
  const selections = await listEntries(kvs.selections, '');
  const corpora = await listEntries(kvs.corpora, '');
  const findings = new Findings();
  const isName = ({ name: key }: { readonly name: string }): boolean =>
    corpusNameOfKey(key) !== null || nameOfKey(key) !== null;
  const total = corpora.filter(isName).length + selections.filter(isName).length;
  const progress = createProgress()('names', total, { onlyIfLong: true });
  const onDone = (): void => progress.add(1);
  const manifests = await walkCorpora(kvs.corpora, corpora, findings, onDone);
  const { names, records } = await walkSelections(kvs.selections, selections, manifests, findings, onDone);
  progress.stop();
  const owners = await reportWalkedOwners(kvs.selections, { selections, corpora }, records);
  for (const report of owners) {
    if ('error' in report) {
      const { owner, error: what } = report;
      const where = { namespace: 'SELECTIONS', key: OWNER_PREFIX + owner } as const;
      findings.add({ ...where, kind: 'damaged', what, do: repairOfQuota(owner) });
      continue;
    }
    const { owner, usage, quota, over } = report;
    for (const part of over) {
      findings.add({
        kind: 'over',
        namespace: 'SELECTIONS',
        key: OWNER_PREFIX + owner,
        what: `${owner} has ${usage[part]} ${part} and may have ${quota[part]}`,
        do: `Remove some, or raise it: npm run -s owners -- set ${owner} --${part} N`,
      });
    }
  }
  for (const { name: key } of selections) {
    if (key.startsWith(OWNER_PREFIX) && !isOwner(key.slice(OWNER_PREFIX.length))) {
      findings.orphans.push({ namespace: 'SELECTIONS', key, writtenAt: null });
    }
  }
  const orphans = findings.orphans;
  const isYoung = ({ writtenAt }: Orphan): boolean => writtenAt !== null && now - writtenAt < DAY_MS;
  const old = orphans.filter((orphan) => !isYoung(orphan));
  return {
    orphans: old,
    behindEngines: manifests.behindEngines,
    report: {
      values: selections.length + corpora.length,
      bytes: findings.bytes,
      names,
      corpora: manifests.count,
      problems: [...findings.problems, ...old.map(asProblem)],
      young: orphans.length - old.length,
      removed: [],
    },
  };
}

function asProblem({ namespace, key, writtenAt }: Orphan): Problem {
  const since = writtenAt === null ? 'of unknown age' : `of ${new Date(writtenAt).toISOString()}`;
  return {
    kind: 'orphaned',
    namespace,
    key,
    what: `${since}; no name, history or manifest reaches it`,
    do: 'Remove it with npm run -s doctor -- --storage --sweep',
  };
}
