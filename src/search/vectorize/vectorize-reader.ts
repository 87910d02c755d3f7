import { AppError } from '../../errors.ts';
import type { VectorizeSpec } from '../../format/corpus-engine.ts';
import type { EngineReader } from '../engine.ts';
import { metadataFilter } from './metadata-filter.ts';
import { rowNames } from './row-names.ts';
import type { VectorizeReads } from './vectorize-calls.ts';
import { isMarkSeen, readMark } from './visibility.ts';

/** Marks that this isolate has seen: a change that is visible stays so. */
const seen = new Set<string>();
const MAX_SEEN = 1000;

/**
 * Searches the rows of one collection. Ids and scores alone are asked for: of those an answer holds a hundred, with metadata fifty.
 * Vectorize finds its neighbours approximately and rounds its scores: who reads them scores again.
 */
export function createVectorizeReader(calls: VectorizeReads, spec: VectorizeSpec): EngineReader {
  const names = rowNames(spec.collection);
  return {
    async query(asked) {
      const filter = metadataFilter(asked.filters, spec, asked.retired);
      if (filter === null || asked.topK === 0) return { candidates: [], isComplete: true };
      // Looked at before the search: what becomes visible in between is not claimed to have been searched.
      const isComplete = spec.pending === undefined || (await isSeen(spec.pending));
      const matches = await ask(calls, padded(asked.vector, spec), {
        topK: asked.topK,
        namespace: names.namespace,
        ...(filter.filter === null ? {} : { filter: filter.filter }),
      });
      const length = Math.hypot(...asked.vector);
      const candidates = matches.flatMap(({ id, score }) => {
        const rowId = names.rowIdOf(id);
        // The index compares by cosine, and rows are of unit length.
        return rowId === null ? [] : [{ id: rowId, score: score * length }];
      });
      return { candidates, isComplete, ...(filter.isExact ? {} : { isFiltered: false as const }) };
    },
  };

  async function isSeen(pending: string): Promise<boolean> {
    const key = `${spec.collection} ${pending}`;
    if (seen.has(key)) return true;
    const isNow = await isMarkSeen(calls, names, readMark(pending));
    if (isNow) {
      if (seen.size >= MAX_SEEN) seen.clear();
      seen.add(key);
    }
    return isNow;
  }
}

/** With zeros behind it, where the index has more dimensions than the corpus: they change no cosine. */
export function padded(
  vector: Float32Array,
  { dimensions }: Pick<VectorizeSpec, 'dimensions'>,
): Float32Array {
  if (vector.length === dimensions) return vector;
  const longer = new Float32Array(dimensions);
  longer.set(vector);
  return longer;
}

const REFUSAL = /\(code = (\d+)\)/;
/** Too many requests. */
const BUSY = '40041';

/** @throws AppError STORAGE_FAILED, to be tried again unless Vectorize has refused the question itself */
async function ask(
  calls: VectorizeReads,
  ...question: Parameters<VectorizeReads['query']>
): Promise<Awaited<ReturnType<VectorizeReads['query']>>['matches']> {
  try {
    return (await calls.query(...question)).matches;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const [, code] = REFUSAL.exec(message) ?? [];
    console.error(`Vectorize: ${message}`);
    const isRefused = code !== undefined && code !== BUSY;
    throw new AppError(
      'STORAGE_FAILED',
      isRefused
        ? 'The index of Vectorize refused the search: it is not as the corpus needs it. `npm run -s doctor` tells what differs; the log has the cause'
        : 'Vectorize did not answer; try again.',
      { cause, retryable: !isRefused },
    );
  }
}
