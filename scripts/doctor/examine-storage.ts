import { UserError } from '../cli/user-error.ts';
import { tell } from '../cli/messages.ts';
import { readDeployment } from '../kv/deployment.ts';
import { EVERYTHING, withPublishLock } from '../kv/publish-lock.ts';
import { engineProblems } from './check-engines.ts';
import { migrateNames } from './migrate-names.ts';
import { type Namespaces, withNamespaces } from '../kv/namespaces.ts';
import { describeKv } from '../kv/open-kv.ts';
import { type StorageReport, inWords } from './storage-report.ts';
import { sweep } from './sweep.ts';
import { walkStorage } from './walk-storage.ts';

export interface StorageOptions {
  readonly migrate: boolean;
  readonly sweep: boolean;
  readonly plan: boolean;
  readonly remote: boolean;
}

const TO_PUBLISH =
  '`npm start` makes samples, `npm run -s publish` publishes; ALIGNQL_STATE names another folder';

/**
 * The whole of `doctor -- --storage`.
 * @throws UserError for options that do not go together; AppError STORAGE_FAILED when KV does not answer
 */
export async function examineStorage(options: StorageOptions): Promise<StorageReport> {
  if (options.plan && !options.sweep) throw new UserError('--plan goes with --sweep');
  const deployment = await readDeployment(options.remote);
  const examine = async (kvs: Namespaces): Promise<StorageReport> => {
    if (options.migrate) {
      await withPublishLock(kvs.selections, EVERYTHING, () => migrateNames(kvs.selections));
    }
    const now = Date.now();
    const walk = await walkStorage(kvs, now);
    const stored = options.sweep ? await sweep(kvs, walk, { isPlan: options.plan, now }) : walk.report;
    const unfit = await engineProblems(walk.behindEngines, deployment);
    const report = { ...stored, problems: [...stored.problems, ...unfit] };
    for (const line of inWords(report, options)) tell(line);
    tell(`looked in ${describeKv(options.remote)}`);
    if (report.values === 0) tell(TO_PUBLISH);
    return report;
  };
  const readsOnly = !options.migrate && (!options.sweep || options.plan);
  return withNamespaces(options.remote, deployment, examine, { readsOnly });
}
