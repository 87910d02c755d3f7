import { UserError } from '../cli/user-error.ts';
import { tell } from '../cli/messages.ts';
import { readDeployment } from '../kv/deployment.ts';
import { EVERYTHING, withPublishLock } from '../kv/publish-lock.ts';
import { engineProblems } from './check-engines.ts';
import { migrateNames } from './migrate-names.ts';
import { withNamespaces } from '../kv/namespaces.ts';
import { type StorageReport, inWords } from './storage-report.ts';
import { sweep } from './sweep.ts';
import { walkStorage } from './walk-storage.ts';

export interface StorageOptions {
  readonly migrate: boolean;
  readonly sweep: boolean;
  readonly plan: boolean;
  readonly remote: boolean;
}

/**
 * The whole of `doctor -- --storage`.
 * @throws UserError for options that do not go together; AppError STORAGE_FAILED when KV does not answer
 */
export async function examineStorage(options: StorageOptions): Promise<StorageReport> {
  if (options.plan && !options.sweep) throw new UserError('--plan goes with --sweep');
  const deployment = await readDeployment(options.remote);
  return withNamespaces(options.remote, deployment, async (kvs) => {
    if (options.migrate) {
      await withPublishLock(kvs.selections, EVERYTHING, () => migrateNames(kvs.selections));
    }
    const now = Date.now();
    const walk = await walkStorage(kvs, now);
    const stored = options.sweep ? await sweep(kvs, walk, { isPlan: options.plan, now }) : walk.report;
    const unfit = await engineProblems(walk.behindEngines, deployment);
    const report = { ...stored, problems: [...stored.problems, ...unfit] };
    for (const line of inWords(report, options)) tell(line);
    return report;
  });
}
