import { CORPUS_PREFIX, OLD_CORPUS_PREFIX, OWNED_CORPUS_PREFIX } from '../../src/format/kv-keys.ts';
import { type CorpusKv, readManifest } from '../../src/storage/corpus-kv.ts';
import type { Deployment } from '../kv/deployment.ts';
import { type Published, listPublished } from '../kv/list-published.ts';
import type { ReadableKv } from '../kv/read-many.ts';
import { bindingProblem } from './engines/binding-problem.ts';
import { type CorpusDescription, describeCorpus } from '../../src/packing/describe-corpus.ts';

interface ListedCorpus extends CorpusDescription {
  /** Why the deployment's Worker does not reach the engine, and what to do; missing where it binds it. */
  readonly engineError?: string;
  readonly encoderFingerprint: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * Every corpus, by name ascending; one whose manifest cannot be read with its error.
 * @throws AppError STORAGE_FAILED when KV does not list
 */
export function listCorpora(
  kv: CorpusKv & ReadableKv,
  deployment: Pick<Deployment, 'vectorizeIndex' | 'bindsPostgres'>,
): Promise<Published<ListedCorpus>[]> {
  const prefixes = [CORPUS_PREFIX, OLD_CORPUS_PREFIX, OWNED_CORPUS_PREFIX];
  return listPublished(kv, { what: 'corpora', prefixes }, async (near, name) => {
    const manifest = await readManifest(near, name);
    if (manifest === null) return null;
    const { encoder, engine, createdAt, updatedAt } = manifest;
    const unbound = bindingProblem(name, engine, deployment);
    return {
      ...describeCorpus(manifest),
      encoderFingerprint: encoder.fingerprint,
      createdAt,
      updatedAt,
      ...(unbound === null ? {} : { engineError: `${unbound.what}. ${unbound.do}` }),
    };
  });
}
