import { CORPUS_PREFIX, OLD_CORPUS_PREFIX, OWNED_CORPUS_PREFIX } from '../../src/format/kv-keys.ts';
import { type CorpusKv, readManifest } from '../../src/storage/corpus-kv.ts';
import { type Published, listPublished } from '../kv/list-published.ts';
import { type CorpusDescription, describeCorpus } from '../../src/packing/describe-corpus.ts';

interface ListedCorpus extends CorpusDescription {
  readonly encoderFingerprint: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * Every corpus, by name ascending; one whose manifest cannot be read with its error.
 * @throws AppError STORAGE_FAILED when KV does not list
 */
export function listCorpora(kv: CorpusKv): Promise<Published<ListedCorpus>[]> {
  return listPublished(kv, [CORPUS_PREFIX, OLD_CORPUS_PREFIX, OWNED_CORPUS_PREFIX], async (name) => {
    const manifest = await readManifest(kv, name);
    if (manifest === null) return null;
    const { encoder, createdAt, updatedAt } = manifest;
    return { ...describeCorpus(manifest), encoderFingerprint: encoder.fingerprint, createdAt, updatedAt };
  });
}
