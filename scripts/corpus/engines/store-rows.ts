import type { EngineSpec } from '../../../src/format/corpus-engine.ts';
import { engineRowId, segmentPrefix } from '../../../src/format/corpus-engine.ts';
import type { CorpusSegment } from '../../../src/format/corpus-manifest.ts';
import type { Mutation, VectorEngine } from '../../../src/search/engine.ts';
import type { EngineRows } from '../../../src/storage/publish-corpus.ts';
import { AppError } from '../../../src/errors.ts';
import { UserError } from '../../cli/user-error.ts';
import type { PackedRows } from '../../../src/packing/pack-segments.ts';
import { type EngineForm, engineRows } from './engine-rows.ts';
import type { Engines } from './engines.ts';
import { waitUntilVisible } from './wait-until-visible.ts';

/** Rows that are looked up and written at once, unless the engine says otherwise. */
const BATCH_ROWS = 1000;
const UNSEEN =
  'the corpus is as it was. Run the same command again, which writes no row twice, or with --no-wait';

interface Storing {
  /** Null: the isolate. */
  readonly spec: EngineSpec | null;
  /** Other engines that may have rows of the corpus, and are not about to be dropped. */
  readonly others: readonly EngineSpec[];
  /** Ids of segments whose rows this very engine was given for the manifest that is there: none of them is about to be deleted. */
  readonly named: ReadonlySet<string>;
  readonly engines: Engines;
  readonly form: EngineForm;
  /** Whether the manifest may name rows that are not seen yet. */
  readonly mayBePending: boolean;
  readonly tell: (line: string) => void;
}

/**
 * What `publishCorpus` has stored beside KV. Rows are written before the manifest names them; a run that was killed is taken up by the next:
 * rows that an engine has are not sent again, and those that are sent twice take their own place.
 */
export async function openEngineRows({
  spec,
  others,
  named,
  engines,
  form,
  mayBePending,
  tell,
}: Storing): Promise<EngineRows<PackedRows>> {
  const engine = spec === null ? null : await engines.open(spec);
  await engine?.prepare(form.model.k);
  let last: Mutation = null;
  let isUpToDate = engine?.mark === undefined;

  /**
   * Rows that need not be sent. Those of a segment that was once deleted, or of a corpus that was dropped, may still be seen though they are about
   * to leave; so what is seen counts only after a change that was sent last is seen too, and where nobody waits it does not count.
   */
  async function heldOf(
    from: VectorEngine,
    segment: CorpusSegment,
    ids: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const held = await from.held(ids);
    if (isUpToDate || held.size === 0 || named.has(segment.id)) return held;
    if (mayBePending) return new Set();
    const mark = await from.mark?.();
    if (typeof mark === 'string') {
      tell('waiting until it is seen which rows are there');
      await waitUntilVisible(from, mark, UNSEEN);
    }
    isUpToDate = true;
    return from.held(ids);
  }

  return {
    async store(segment) {
      if (engine === null) return;
      const rows = engineRows(segment, segment.rows, form);
      for (const batch of batchesOf(rows, engine)) {
        const held = await heldOf(
          engine,
          segment,
          batch.map(({ id }) => id),
        );
        const missing = batch.filter(({ id }) => !held.has(id));
        if (missing.length > 0) last = (await engine.upsert(missing)) ?? last;
      }
      await engine.seal?.(segmentPrefix(segment));
    },

    async settle() {
      if (engine === null || spec === null) return null;
      await engine.build?.();
      if (last === null || (await engine.isVisible(last))) return spec;
      if (mayBePending) {
        if (spec.kind !== 'vectorize') throw new Error(`rows of ${spec.kind} are seen when they are written`);
        tell('note: the rows are written and not seen yet; until they are, searches say complete: false');
        return { ...spec, pending: last };
      }
      const line = 'waiting until the rows are seen; until then the corpus stays as it was';
      tell(line);
      await waitUntilVisible(engine, last, UNSEEN);
      return spec;
    },

    async remove(segments) {
      const ids = segments.flatMap(rowIdsOf);
      if (engine !== null) await deleteRows(engine, ids);
      for (const other of others) {
        try {
          await deleteRows(await engines.open(other), ids);
        } catch (error) {
          tellLeft(other, error);
        }
      }
    },

    async drop(left) {
      try {
        await (await engines.open(left)).drop();
        return true;
      } catch (error) {
        tellLeft(left, error);
        return false;
      }
    },
  };

  function tellLeft({ kind }: EngineSpec, error: unknown): void {
    if (!(error instanceof UserError || error instanceof AppError)) throw error;
    tell(`note: rows of ${kind} that nothing names are still there: ${error.message}`);
  }
}

async function deleteRows(engine: VectorEngine, ids: readonly string[]): Promise<void> {
  for (const batch of batchesOf(ids, engine)) await engine.delete(batch);
}

function* batchesOf<T>(all: readonly T[], engine: VectorEngine): Generator<readonly T[]> {
  const size = engine.batchRows ?? BATCH_ROWS;
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

/** Of all rows of a segment. */
export function rowIdsOf(segment: Pick<CorpusSegment, 'id' | 'count'>): string[] {
  return Array.from({ length: segment.count }, (_, i) => engineRowId(segment, i));
}
