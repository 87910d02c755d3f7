import { type EngineKind, engineKindOf } from '../../src/format/corpus-engine.ts';
import {
  type CorpusKv,
  type StoredCorpus,
  readManifest,
  readManifestToReplace,
} from '../../src/storage/corpus-kv.ts';
import { UserError } from '../cli/user-error.ts';

/** @throws AppError STORAGE_FAILED when KV fails, or the manifest cannot be read and is not to be replaced */
export async function readStoredCorpus(
  kv: CorpusKv,
  { corpus, replace }: { readonly corpus: string; readonly replace: boolean },
): Promise<StoredCorpus> {
  return replace
    ? readManifestToReplace(kv, corpus)
    : { manifest: await readManifest(kv, corpus), damaged: null };
}

/**
 * What is to find candidates of a corpus: what was asked for, else what does so far, else the isolate.
 * @throws UserError where that is not to be read any more: a corpus moves to another engine only when somebody says so
 */
export function engineToUse(
  corpus: string,
  { manifest, damaged }: StoredCorpus,
  asked: EngineKind | undefined,
): EngineKind {
  if (asked !== undefined) return asked;
  if (damaged === null) return engineKindOf(manifest ?? {});
  const { current } = damaged;
  if (current !== undefined) return current?.kind ?? 'isolate';
  throw new UserError(
    `the manifest of corpus "${corpus}" is damaged, and what engine searches it cannot be read in it: give the one that it is to have with --engine`,
  );
}
