import { quote } from '../../src/errors.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { ownerOf } from '../../src/format/kv-keys.ts';
import { readCorpusMemory } from '../../src/search/memory-budget.ts';
import { MAX_FULL_READS } from '../../src/search/rescore.ts';
import type { Thumbnails } from '../../src/storage/publish-corpus.ts';
import { tell } from '../cli/messages.ts';
import { UserError } from '../cli/user-error.ts';
import { type StartProgress, createProgress } from '../cli/progress.ts';
import { namedColumns } from '../dataset/column-options.ts';
import { bringsData, checkEngineFlags, checkIndexFlags } from './check-index-flags.ts';
import { engineToUse, readStoredCorpus } from './stored-corpus.ts';
import { httpChoiceOf } from '../clip/encoder-options.ts';
import type { IndexFlags } from './index-flags.ts';
import { type Deployment, readDeployment } from '../kv/deployment.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { openKv } from '../kv/open-kv.ts';
import { withPublishLock } from '../kv/publish-lock.ts';
import { roomFor } from '../owners/quotas.ts';
import { type NamedSelection, findCorpusSelection } from './corpus-selection.ts';
import type { Skipped } from '../dataset/pair-source.ts';
import { skippedFields, tellSkipped } from '../dataset/skipped-rows.ts';
import { explainPlan, explainThumbnails } from './explain-plan.ts';
import { dropWithRows } from './engines/drop-with-rows.ts';
import { openEngines } from './engines/open-engines.ts';
import type { FreshVectors } from './fresh-vectors.ts';
import { rowFormAsked } from './row-form-asked.ts';
import { readIdsFile } from './ids-file.ts';
import { type IndexRequest, type IndexSummary, assertThere, indexCorpus } from './index-corpus.ts';
import { readMetadataFile } from './metadata-file.ts';
import { readDatasetRows } from './read-dataset-rows.ts';
import { openMatrix } from './read-vectors.ts';

interface NewData {
  readonly modality: Modality;
  readonly vectors: FreshVectors;
  readonly skipped: readonly Skipped[];
  /** Empty for what holds no pictures. */
  readonly thumbnails: Thumbnails;
}

interface Output {
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}

/**
 * The whole command.
 * @throws UserError for whatever the caller can put right
 */
export async function runIndex(
  dataset: string | undefined,
  flags: IndexFlags,
): Promise<
  | (IndexSummary & { readonly skipped: number; readonly skippedRows?: readonly Skipped[] })
  | { readonly corpus: string; readonly dropped: true }
> {
  checkIndexFlags(dataset, flags);
  const { corpus } = flags;
  const output = {
    startProgress: createProgress(),
    tell,
  };
  const deployment = await readDeployment(flags.remote);
  const { kv, close } = await openKv(flags.remote, deployment.corpora);
  const engines = openEngines(deployment, flags);
  try {
    const wait = typeof flags.wait === 'number' ? { waitMs: 1000 * flags.wait } : {};
    if (flags.drop)
      return await whileLocked(kv, flags, deployment, wait, () =>
        dropWithRows(kv, engines, { ...flags, mayBePending: flags.wait === false, tell }),
      );
    const stored = await readStoredCorpus(kv, flags);
    const { manifest } = stored;
    // First of all: whatever else is wrong is of no interest where there is nothing to pack.
    if (!bringsData(dataset, flags)) assertThere(flags, manifest);
    checkEngineFlags(flags, engineToUse(corpus, stored, flags.engine));
    const selection = await findCorpusSelection(kv, flags, deployment);
    const deletions = new Set(flags.delete === undefined ? [] : await readIdsFile(flags.delete, '--delete'));
    // Once more under the lock: here only so that nothing is encoded for a corpus that there is no room for.
    if (ownerOf(corpus) !== null) {
      await withSelections(flags, deployment, (selections) =>
        roomFor({ selections, corpora: kv }, 'corpora', corpus),
      );
    }
    const fresh = await readFresh(
      dataset,
      { ...flags, thumbnails: wantsThumbnails(flags, manifest) },
      selection,
      output,
    );
    checkDeletions(deletions, fresh);
    const budgetBytes = readCorpusMemory(deployment.vars);
    const modality = fresh?.modality ?? manifest?.modality ?? 'image';
    const form = rowFormAsked(flags, selection.record.model.k);
    const { replace, rerank = null, fields = null } = flags;
    const plan = flags.plan ?? (form === null ? null : 'compact');
    const request: Omit<IndexRequest, 'assertRoom'> = {
      corpus,
      selection,
      modality,
      fresh: fresh?.vectors ?? null,
      thumbnails: fresh?.thumbnails ?? new Map(),
      dropThumbnails: flags.thumbnails === false,
      deletions,
      replace,
      plan,
      ...(form === null ? {} : { form }),
      rerank,
      fields,
      budgetBytes,
      ...(flags.engine === undefined ? {} : { engine: flags.engine }),
      engines,
      mayBePending: flags.wait === false,
      now: new Date().toISOString(),
    };
    const summary = await whileLocked(kv, flags, deployment, wait, async (readRoom) =>
      indexCorpus(kv, { ...request, assertRoom: await readRoom() }, output),
    );
    const thumbnailLine = explainThumbnails(summary, fresh?.thumbnails ?? new Map());
    if (thumbnailLine !== null) output.tell(thumbnailLine);
    const { dim } = selection.record.model;
    output.tell(explainPlan(summary, { dim, budgetBytes, maxFullReads: MAX_FULL_READS }));
    return { ...summary, skipped: 0, ...skippedFields(fresh?.skipped ?? []) };
  } finally {
    await engines.close();
    await close();
  }
}

/**
 * Runs the work under the lock of the corpus. That of an owner lies in SELECTIONS, whatever is written: a quota counts selections and corpora
 * together.
 * @param work given what reads the room that the owner has, see `roomFor`
 * @throws UserError when somebody else is still at it after the wait
 */
async function whileLocked<T>(
  corpora: ProjectKv,
  flags: Pick<IndexFlags, 'corpus' | 'remote'>,
  deployment: Deployment,
  wait: { readonly waitMs?: number },
  work: (readRoom: () => ReturnType<typeof roomFor>) => Promise<T>,
): Promise<T> {
  const { corpus } = flags;
  if (ownerOf(corpus) === null) {
    return withPublishLock(corpora, corpus, () => work(() => Promise.resolve(() => undefined)), wait);
  }
  return withSelections(flags, deployment, (selections) => {
    const readRoom = (): ReturnType<typeof roomFor> => roomFor({ selections, corpora }, 'corpora', corpus);
    return withPublishLock(selections, corpus, () => work(readRoom), wait);
  });
}

async function withSelections<T>(
  { remote }: Pick<IndexFlags, 'remote'>,
  { selections }: Deployment,
  work: (selections: ProjectKv) => Promise<T>,
): Promise<T> {
  const { kv, close } = await openKv(remote, selections);
  try {
    return await work(kv);
  } finally {
    await close();
  }
}

/** A corpus that has some goes on having them, unless it is made anew or told otherwise. */
function wantsThumbnails({ thumbnails, replace }: IndexFlags, manifest: CorpusManifest | null): boolean {
  return thumbnails ?? (!replace && manifest?.thumbnails !== undefined);
}

/** Whether such a vector is to be there afterwards is anybody's guess. */
function checkDeletions(deletions: ReadonlySet<string>, fresh: NewData | null): void {
  const both = fresh?.vectors.items.find(({ id }) => deletions.has(id));
  if (both === undefined) return;
  throw new UserError(`the id ${quote(both.id)} is in the data and to be deleted: take it out of one`);
}

async function readFresh(
  dataset: string | undefined,
  flags: IndexFlags,
  { record, label }: NamedSelection,
  output: Output,
): Promise<NewData | null> {
  if (dataset !== undefined) {
    const { modality = 'image', cache, model, maxPixels } = flags;
    const columns = namedColumns(flags);
    const thumbnails = flags.thumbnails === true && modality === 'image';
    const http = httpChoiceOf(flags, model);
    const source = { path: dataset, columns, modality, cache, model, http, maxPixels, thumbnails };
    const { fresh: vectors, ...rest } = await readDatasetRows(source, record, label, output);
    return told({ modality, vectors, ...rest }, flags, output);
  }
  const { imageEmbeddings, textEmbeddings } = flags;
  const path = imageEmbeddings ?? textEmbeddings;
  if (path === undefined) return null;
  const modality = imageEmbeddings === undefined ? 'text' : 'image';
  const items = (count: number): Promise<CorpusItem[]> => itemsOf(count, path, flags);
  const { vectors, skipped } = await openMatrix({ modality, path }, record.model.dim, items);
  return told({ modality, vectors, skipped, thumbnails: new Map() }, flags, output);
}

/** The data, after telling what was left out of it. @throws UserError when that is refused */
function told(data: NewData, { strict }: IndexFlags, output: Output): NewData {
  tellSkipped(data.skipped, { strict, tell: output.tell, listedIn: 'skippedRows' });
  return data;
}

async function itemsOf(
  count: number,
  path: string,
  { ids: idsPath, metadata: metadataPath }: IndexFlags,
): Promise<CorpusItem[]> {
  const ids =
    idsPath === undefined
      ? Array.from({ length: count }, (_, i) => String(i))
      : await readIdsFile(idsPath, '--ids');
  if (ids.length !== count) {
    throw new UserError(
      `--ids ${idsPath} has ${ids.length} ids, ${path} has ${count} rows: expected one a row`,
    );
  }
  const metadata =
    metadataPath === undefined ? new Map<string, string>() : await readMetadataFile(metadataPath);
  const known = new Set(ids);
  const stray = [...metadata.keys()].find((id) => !known.has(id));
  if (stray !== undefined) {
    const advice = idsPath === undefined ? ' (ids are row numbers, from 0, unless --ids names them)' : '';
    throw new UserError(`--metadata ${metadataPath}: there is no vector of the id ${quote(stray)}${advice}`);
  }
  return ids.map((id) => ({ id, metadata: metadata.get(id) ?? null }));
}
