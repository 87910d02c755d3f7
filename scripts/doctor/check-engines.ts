import { AppError } from '../../src/errors.ts';
import { engineRowId } from '../../src/format/corpus-engine.ts';
import { type CorpusManifest, corpusCount } from '../../src/format/corpus-manifest.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import type { NamedCorpus } from '../../src/storage/corpus-store.ts';
import type { VectorEngine } from '../../src/search/engine.ts';
import { UserError } from '../cli/user-error.ts';
import { type EngineProblem, bindingProblem } from '../corpus/engines/binding-problem.ts';
import type { Engines } from '../corpus/engines/engines.ts';
import { openEngines } from '../corpus/engines/open-engines.ts';
import { vectorizeMisfit } from '../corpus/engines/vectorize.ts';
import type { Deployment } from '../kv/deployment.ts';
import type { Problem } from './storage-report.ts';

/**
 * Corpora whose engine is not as they need it: it is not bound, or, where the environment has the credentials to ask it, it has not the form or not
 * the rows.
 */
export async function engineProblems(
  corpora: readonly NamedCorpus[],
  deployment: Deployment,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const engines = openEngines(deployment, {});
  try {
    for (const { name, manifest } of corpora) {
      const problem = await problemOf(name, manifest, engines, deployment);
      if (problem === null) continue;
      problems.push({ kind: 'unfit', namespace: 'CORPORA', key: corpusKey(name), ...problem });
    }
  } finally {
    await engines.close();
  }
  return problems;
}

async function problemOf(
  corpus: string,
  manifest: CorpusManifest,
  engines: Engines,
  deployment: Deployment,
): Promise<EngineProblem | null> {
  const { engine } = manifest;
  const unbound = bindingProblem(corpus, engine, deployment);
  if (engine === undefined || unbound !== null) return unbound;
  const again = `npm run -s index -- --corpus ${corpus} --engine ${engine.kind}`;
  try {
    const misfit = engine.kind === 'vectorize' ? await vectorizeMisfit(engine, deployment) : null;
    if (misfit !== null) {
      const other = `${again} --vectorize-index NAME`;
      return { what: misfit, do: `Bind an index that fits as VECTORS, and move the corpus: ${other}` };
    }
    const missing = await missingRows(await engines.open(engine), manifest);
    return missing === null ? null : { what: missing, do: `Write what is missing: ${again}` };
  } catch (error) {
    // Without credentials nothing can be asked.
    if (error instanceof UserError) return null;
    if (!(error instanceof AppError)) throw error;
    return { what: error.message, do: `Once it answers, run this again; where its rows are lost: ${again}` };
  }
}

/** What an engine lacks of the rows that the manifest names; null when nothing is known to be missing. */
async function missingRows(engine: VectorEngine, manifest: CorpusManifest): Promise<string | null> {
  const { engine: spec, segments } = manifest;
  const count = corpusCount(manifest);
  if (spec?.kind === 'postgres') {
    const { count: there } = await engine.describe();
    return there >= count ? null : `PostgreSQL has ${there} rows of its ${count} vectors`;
  }
  if (spec?.pending !== undefined && !(await engine.isVisible(spec.pending))) return null;
  let missing = 0;
  for (const segment of segments) {
    const ends = [engineRowId(segment, 0), engineRowId(segment, segment.count - 1)];
    if ((await engine.held(ends)).size === 0) missing++;
  }
  return missing === 0
    ? null
    : `Vectorize shows ${segments.length - missing} of its ${segments.length} segments whole`;
}
