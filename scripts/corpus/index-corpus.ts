import { quote } from '../../src/errors.ts';
import { defaultRerank } from '../../src/core/search/corpus-plan.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import { type CorpusManifest, type CorpusPlan, corpusCount } from '../../src/format/corpus-manifest.ts';
import {
  ENGINE_TOP_K,
  type EngineKind,
  type EngineSpec,
  isSameEngine,
} from '../../src/format/corpus-engine.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import type { RowForm } from '../../src/format/row-forms.ts';
import type { RowCodes } from '../../src/core/search/code-rows.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import type { StoredCorpus, WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import {
  type EngineRows,
  type Thumbnails,
  hasExpired,
  publishCorpus,
} from '../../src/storage/publish-corpus.ts';
import { UserError } from '../cli/user-error.ts';
import type { StartProgress } from '../cli/progress.ts';
import { arrangeRows } from '../../src/packing/arrange-rows.ts';
import { chooseCodes, formOf } from '../../src/packing/choose-codes.ts';
import { type StoredRows, codeRows } from './code-rows.ts';
import { isolatePlan } from '../../src/packing/isolate-plan.ts';
import { writtenCodes, writtenCoding } from '../../src/packing/written-coding.ts';
import type { CorpusRows } from '../../src/packing/corpus-rows.ts';
import { type CorpusDescription, describeCorpus } from '../../src/packing/describe-corpus.ts';
import type { FreshVectors } from './fresh-vectors.ts';
import { filterableFields, numericFields } from './filterable-fields.ts';
import { mergeRows } from './merge-rows.ts';
import { clearDamaged } from './engines/clear-damaged.ts';
import type { Engines } from './engines/engines.ts';
import { engineToUse, readStoredCorpus } from './stored-corpus.ts';
import { openEngineRows } from './engines/store-rows.ts';
import type { PackedRows } from '../../src/packing/pack-segments.ts';
import { packSegments } from './pack-segments.ts';
import { readStoredRows } from './stored-rows.ts';

/** What is to be done to a corpus. */
export interface IndexRequest {
  readonly corpus: string;
  readonly selection: { readonly id: string; readonly record: SelectionRecord };
  readonly modality: Modality;
  /** Null: nothing is added. */
  readonly fresh: FreshVectors | null;
  /** Of the fresh items that name one. */
  readonly thumbnails: Thumbnails;
  /** Take them off all stored items. */
  readonly dropThumbnails: boolean;
  readonly deletions: ReadonlySet<string>;
  /** Start from nothing instead of from what is stored. */
  readonly replace: boolean;
  /** Null: auto, but compact where the corpus is. */
  readonly plan: CorpusPlan | 'auto' | null;
  /** Of plan `compact`; by itself as the corpus has it, else by the selection, else int8. */
  readonly form?: RowForm;
  /** Of plan `compact`; null: as the corpus has it, else by the selection. */
  readonly rerank: number | null;
  /** Null: all that can be. */
  readonly fields: readonly string[] | null;
  readonly budgetBytes: number;
  /** What finds candidates; by itself as the corpus has it, and the isolate without `engines`. */
  readonly engine?: EngineKind;
  readonly engines?: Engines;
  /** Whether the manifest may name rows of an engine that searches do not see yet. */
  readonly mayBePending?: boolean;
  /** ISO 8601, UTC. */
  readonly now: string;
  /** Told of the bytes that the corpus comes to, as they grow; throws when they are too many. */
  readonly assertRoom?: (bytes: number) => void;
}

/** What the command prints. */
export interface IndexSummary extends CorpusDescription {
  readonly corpus: string;
  readonly added: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Values written to KV, the manifest not counted. */
  readonly valuesWritten: number;
}

interface Output {
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}

/**
 * Adds, replaces and deletes vectors of a corpus and writes it anew, as far as it has changed.
 * @throws UserError when the stored corpus is for another selection or modality, or nothing fits the isolate's memory
 */
export async function indexCorpus(
  kv: WritableCorpusKv,
  request: IndexRequest,
  output: Output,
): Promise<IndexSummary> {
  const { corpus, selection, modality } = request;
  const { model, encoder } = selection.record;
  const found = await readStoredCorpus(kv, request);
  const { manifest: previous } = found;
  const kept = request.replace ? null : previous;
  const kind = engineOf(found, request);
  const { rows, counts, plan, codes, fittedOn } = await rowsInOrder(
    kv,
    { previous, kept, kind },
    request,
    output,
  );
  const { items, coding } = rows;
  if (plan === 'full' && request.rerank !== null)
    output.tell('note: plan full re-ranks nothing; --rerank is for plan compact');
  const fields = filterableFields(items, request.fields);
  const known = kept?.plan === 'compact' && kept.selection === selection.id ? kept.rerank : null;
  const rerank = plan === 'full' ? 0 : (request.rerank ?? known ?? defaultRerank(model));
  const topK = ENGINE_TOP_K[kind];
  if (topK !== null && rerank > topK)
    output.tell(
      `note: the selection needs ${rerank} candidates to re-rank, the engine ${kind} finds ${topK}: the recall of a search falls`,
    );
  const engines = await engineRowsOf(kind, found, { items, fields }, request, output);
  const progress = output.startProgress('stored', items.length);
  try {
    const { manifest, written } = await publishCorpus(
      kv,
      corpus,
      previous,
      {
        segments: packSegments(rows, {
          corpus,
          model,
          modality,
          plan,
          fields,
          ...(codes === null ? {} : { codes }),
        }),
        thumbnails: request.thumbnails,
        ...(request.assertRoom && { assertRoom: request.assertRoom }),
        ...(engines === null ? {} : { engines }),
        rewrites: request.replace,
      },
      {
        selection: selection.id,
        encoder,
        modality,
        dim: model.dim,
        k: model.k,
        plan,
        rerank,
        fields,
        coding: writtenCoding(coding, fittedOn),
        ...(codes === null ? {} : { codes: writtenCodes(codes) }),
        createdAt: previous?.createdAt ?? request.now,
        updatedAt: request.now,
      },
      progress.add,
    );
    return { corpus, ...describeCorpus(manifest), ...counts, valuesWritten: written };
  } finally {
    progress.stop();
  }
}

interface OrderedRows {
  readonly rows: CorpusRows;
  readonly counts: Pick<IndexSummary, 'added' | 'replaced' | 'deleted'>;
  readonly plan: CorpusPlan;
  /** Null where rows are int8. */
  readonly codes: RowCodes | null;
  /** Vectors that the coding of the rows was fitted to. */
  readonly fittedOn: number;
}

/**
 * What the corpus is to hold, in the order that it is packed in. By itself, so that rows in the order they came in are gone before segments are
 * packed: of a million vectors those are half a gigabyte.
 * @throws UserError as `indexCorpus`
 */
async function rowsInOrder(
  kv: WritableCorpusKv,
  {
    previous,
    kept,
    kind,
  }: {
    readonly previous: CorpusManifest | null;
    /** The same, unless it is replaced whole. */
    readonly kept: CorpusManifest | null;
    readonly kind: EngineKind;
  },
  request: IndexRequest,
  output: Output,
): Promise<OrderedRows> {
  const { selection, modality, deletions, budgetBytes } = request;
  const { model } = selection.record;
  const stored = await storedRows(kv, previous, request, output);
  const coded = await codeRows(model.dim, stored, request.fresh, output.startProgress);
  const before = request.dropThumbnails ? withoutThumbnails(coded.stored) : coded.stored;
  const { rows: merged, unknown, ...counts } = mergeRows(before, coded.fresh, deletions);
  for (const id of unknown.slice(0, 3)) output.tell(`note: there is no ${quote(id)} to delete`);
  if (kept !== null && kept.selection !== selection.id)
    output.tell(`note: packed anew for record ${selection.id}, it was for ${kept.selection}`);
  const count = merged.items.length;
  const asked = request.plan ?? (kept?.plan === 'compact' ? 'compact' : 'auto');
  const form = formOf(kept, request);
  const plan =
    kind === 'isolate' ? isolatePlan(count, asked, form, { model, budgetBytes }) : outerPlan(kind, request);
  const { fittedOn } = coded;
  if (plan === 'full') return { rows: merged, counts, plan, codes: null, fittedOn };
  const firstNew = kept?.plan === 'compact' ? count - counts.added : 0;
  const rows = arrangeRows(merged, firstNew, model, modality);
  return { rows, counts, plan, codes: chooseCodes(form, rows, kept, fittedOn, request), fittedOn };
}

/** What is to find candidates. */
function engineOf(
  found: StoredCorpus,
  { corpus, engine, engines }: Pick<IndexRequest, 'corpus' | 'engine' | 'engines'>,
): EngineKind {
  return engineToUse(corpus, found, engine ?? (engines === undefined ? 'isolate' : undefined));
}

/** Behind an engine the isolate keeps no vectors, so that there is no budget; what it re-ranks by are chunks of full vectors. */
function outerPlan(kind: EngineKind, { plan }: IndexRequest): CorpusPlan {
  if (plan !== 'full') return 'compact';
  throw new UserError(
    `--plan full is for the isolate, which scans full vectors; the engine ${kind} takes the selection's coordinates: leave it out, or give --engine isolate`,
  );
}

/** What writes and removes rows of engines; null where none has any. */
async function engineRowsOf(
  kind: EngineKind,
  { manifest: previous, damaged }: StoredCorpus,
  { items, fields }: { readonly items: readonly CorpusItem[]; readonly fields: readonly string[] },
  { corpus, selection, modality, engines, mayBePending = false, now }: IndexRequest,
  { tell }: Output,
): Promise<EngineRows<PackedRows> | null> {
  if (engines === undefined) return null;
  const isIsolate = kind === 'isolate';
  const { model } = selection.record;
  const { engine: current, retiredEngines = [] } = previous ?? {};
  const before = current ?? damaged?.current ?? undefined;
  const facts = {
    corpus,
    selection: selection.id,
    model,
    count: items.length,
    fields,
    numbers: numericFields(items, fields),
    previous: before,
    retired: retiredEngines.map(({ engine }) => engine),
  };
  const spec = isIsolate ? null : await engines.specOf(kind, facts);
  if (damaged !== null) {
    tell(
      `note: the manifest of corpus "${corpus}" is damaged: it is made anew behind the engine ${kind}, for record ${selection.id}`,
    );
    await clearDamaged(engines, corpus, damaged, kind, { mayBePending, tell });
  }
  if (isIsolate && current === undefined && retiredEngines.length === 0) return null;
  const isOther = (engine: EngineSpec): boolean => spec === null || !isSameEngine(engine, spec);
  const staying = retiredEngines.filter((retired) => !hasExpired(retired, now)).map(({ engine }) => engine);
  const others = [...staying, ...(current === undefined ? [] : [current])].filter(isOther);
  const isThere = current !== undefined && !isOther(current);
  const named = new Set(isThere ? previous?.segments.map(({ id }) => id) : []);
  const form = { model, modality, fields };
  return openEngineRows({ spec, others, named, engines, form, mayBePending, tell });
}

function withoutThumbnails(rows: CorpusRows): CorpusRows {
  return { ...rows, items: rows.items.map(({ id, metadata }) => ({ id, metadata })) };
}

/** Null when the corpus is new or is to be made anew. */
async function storedRows(
  kv: WritableCorpusKv,
  previous: CorpusManifest | null,
  { corpus, selection, modality, replace, fresh }: IndexRequest,
  { startProgress }: Output,
): Promise<StoredRows | null> {
  if (fresh !== null && (previous === null || replace)) return null;
  assertThere({ corpus, replace }, previous);
  if (previous.modality !== modality && fresh !== null) {
    throw new UserError(
      `corpus "${corpus}" holds ${previous.modality} vectors, these are of ${modality}: give another --corpus, or --replace it whole`,
    );
  }
  assertSameEncoder(corpus, previous, selection.record);
  const progress = startProgress('read', corpusCount(previous));
  try {
    const rows = await readStoredRows(kv, previous, progress.add);
    return { rows, fittedOn: previous.coding.fittedOn };
  } finally {
    progress.stop();
  }
}

/**
 * Of a request without data.
 * @throws UserError where there is no corpus that could be packed anew
 */
export function assertThere(
  { corpus, replace }: Pick<IndexRequest, 'corpus' | 'replace'>,
  stored: CorpusManifest | null,
): asserts stored is CorpusManifest {
  if (stored === null) {
    throw new UserError(
      `there is no corpus "${corpus}": give --image-embeddings, --text-embeddings or a DATASET to make it`,
    );
  }
  if (replace) throw new UserError('--replace needs the data to replace the corpus by');
}

/** Another selection of the same encoder is fine: stored vectors are packed anew for it. */
function assertSameEncoder(
  corpus: string,
  previous: CorpusManifest,
  { encoder, model }: SelectionRecord,
): void {
  const { id, fingerprint } = previous.encoder;
  if (id === encoder.id && fingerprint === encoder.fingerprint && previous.dim === model.dim) return;
  throw new UserError(
    `corpus "${corpus}" holds vectors of ${id} (fingerprint ${fingerprint}, ${previous.dim} numbers), the selection is for ${encoder.id} ` +
      `(fingerprint ${encoder.fingerprint}, ${model.dim} numbers): choose another --selection, or --replace the corpus whole, with the --selection of the new encoder`,
  );
}
