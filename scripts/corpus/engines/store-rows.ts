import type { EngineSpec } from '../../../src/format/corpus-engine.ts';
import { engineRowId, segmentPrefix } from '../../../src/format/corpus-engine.ts';
import type { CorpusSegment } from '../../../src/format/corpus-manifest.ts';
import type { EngineRow, Mutation, VectorEngine } from '../../../src/search/engine.ts';
import type { EngineRows } from '../../../src/storage/publish-corpus.ts';
import { AppError } from '../../../src/errors.ts';
import { UserError } from '../../cli/user-error.ts';
import type { PackedRows } from '../../../src/packing/pack-segments.ts';
import { type EngineForm, engineRows } from './engine-rows.ts';
import type { Engines } from './engines.ts';

/** Rows that are looked up and written at once, unless the engine says otherwise. */
const BATCH_ROWS = 1000;
/** Vectorize shows half of its changes within 30 s and 99 in 100 within two minutes, by its own account. */
const VISIBLE_WITHIN_MS = 900_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

interface Storing {
  /** Null: the isolate. */
  readonly spec: EngineSpec | null;
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
  engines,
  form,
  mayBePending,
  tell,
}: Storing): Promise<EngineRows<PackedRows>> {
  const engine = spec === null ? null : await engines.open(spec);
  await engine?.prepare(form.model.k);
  let last: Mutation = null;

  return {
    async store(segment) {
      if (engine === null) return;
      const rows = engineRows(segment, segment.rows, form);
      for (const batch of batchesOf(rows, engine)) last = (await storeBatch(engine, batch)) ?? last;
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
      await waitUntilVisible(engine, last, tell);
      return spec;
    },

    async remove(segments) {
      for (const batch of batchesOf(segments.flatMap(rowIdsOf), engine)) await engine?.delete(batch);
    },

    async drop(left) {
      try {
        await (await engines.open(left)).drop();
        return true;
      } catch (error) {
        if (!(error instanceof UserError || error instanceof AppError)) throw error;
        tell(`note: rows of ${left.kind} that nothing names are still there: ${error.message}`);
        return false;
      }
    },
  };
}

async function storeBatch(engine: VectorEngine, rows: readonly EngineRow[]): Promise<Mutation> {
  const held = await engine.held(rows.map(({ id }) => id));
  const missing = rows.filter(({ id }) => !held.has(id));
  return missing.length === 0 ? null : engine.upsert(missing);
}

function* batchesOf<T>(all: readonly T[], engine: VectorEngine | null): Generator<readonly T[]> {
  const size = engine?.batchRows ?? BATCH_ROWS;
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

function rowIdsOf(segment: CorpusSegment): string[] {
  return Array.from({ length: segment.count }, (_, i) => engineRowId(segment, i));
}

/** @throws AppError STORAGE_FAILED when it takes too long */
async function waitUntilVisible(
  engine: VectorEngine,
  mutation: string,
  tell: (line: string) => void,
): Promise<void> {
  tell('waiting until the rows are seen; until then the corpus stays as it was');
  const until = Date.now() + VISIBLE_WITHIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (await engine.isVisible(mutation)) return;
    if (Date.now() > until) {
      throw new AppError(
        'STORAGE_FAILED',
        `the rows are written and not seen after ${VISIBLE_WITHIN_MS / 60_000} minutes; the corpus is as it was. Run the same command again, which writes no row twice, or with --no-wait`,
      );
    }
  }
}
