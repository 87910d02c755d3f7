import { corpusKey } from '../../src/format/kv-keys.ts';
import { AppError } from '../../src/errors.ts';
import { type CorpusKv, readManifest } from '../../src/storage/corpus-kv.ts';
import { vectorizeMisfit } from '../corpus/engines/vectorize.ts';
import { listCorpora } from '../corpus/list-corpora.ts';
import type { Deployment } from '../kv/deployment.ts';
import type { Problem } from './storage-report.ts';

/**
 * Corpora whose engine is not as they need it. Whether PostgreSQL has its rows is told by a search; Vectorize is asked how its index is where the
 * environment has the credentials.
 */
export async function engineProblems(kv: CorpusKv, deployment: Deployment): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const entry of await listCorpora(kv)) {
    if ('error' in entry || entry.engine !== 'vectorize') continue;
    const { engine } = (await readManifest(kv, entry.name)) ?? {};
    if (engine?.kind !== 'vectorize') continue;
    const what = await vectorizeMisfit(engine, deployment).catch(said);
    if (what === null) continue;
    problems.push({
      kind: 'unfit',
      namespace: 'CORPORA',
      key: corpusKey(entry.name),
      what,
      do: `Bind that index as VECTORS in wrangler.toml (docs/deploy.md), or move the corpus: npm run -s index -- --corpus ${entry.name} --engine vectorize --vectorize-index NAME`,
    });
  }
  return problems;
}

function said(error: unknown): string {
  if (error instanceof AppError) return error.message;
  throw error;
}
