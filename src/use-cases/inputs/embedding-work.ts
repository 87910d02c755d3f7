import type { Modality } from '../../core/scoring/selection-model.ts';
import type { FoundEmbedding } from '../../storage/embedding-cache.ts';
import type { EmbeddingTotals } from '../../telemetry/recorder.ts';

/** What one request did for its embeddings. Counts are of different inputs; those given as vectors are not among them. */
export interface EmbeddingWork {
  readonly foundInIsolate: () => void;
  /** Runs a read of the shared cache, and notes what it gave and how long it took. */
  readonly reading: (
    read: () => Promise<(FoundEmbedding | null)[]>,
  ) => Promise<readonly (FoundEmbedding | null)[]>;
  /** Runs an encoder on `count` inputs, and notes how long it took, whether it succeeds or not. */
  readonly encoding: <T>(modality: Modality, count: number, encode: () => Promise<T>) => Promise<T>;
  /** So far, for log and metrics. */
  readonly totals: () => EmbeddingTotals;
  /** The value of a Server-Timing header, see docs/graphql.md. */
  readonly toHeader: () => string;
}

/** @param now milliseconds; workerd moves it only while a request waits for something */
export function createEmbeddingWork(now: () => number = Date.now): EmbeddingWork {
  const counts = { isolate: 0, shared: 0, encoded: 0 };
  let ageSeconds: number | null = null;
  /** Milliseconds by name; pictures and texts may be looked up at the same time, so the longer one counts. */
  const phases = new Map<string, number>();
  const timed = async <T>(phase: string, run: () => Promise<T>): Promise<T> => {
    const start = now();
    try {
      return await run();
    } finally {
      phases.set(phase, Math.max(phases.get(phase) ?? 0, now() - start));
    }
  };

  return {
    foundInIsolate: () => void counts.isolate++,
    async reading(read) {
      const found = await timed('cache', read);
      for (const entry of found) {
        if (entry === null) continue;
        counts.shared++;
        ageSeconds = Math.max(ageSeconds ?? 0, entry.ageSeconds);
      }
      return found;
    },
    encoding(modality, count, encode) {
      counts.encoded += count;
      return timed(`encode-${modality}s`, encode);
    },
    totals: () => ({
      ...counts,
      encodeImagesMs: phases.get('encode-images') ?? null,
      encodeTextsMs: phases.get('encode-texts') ?? null,
    }),
    toHeader() {
      const age = ageSeconds === null ? '' : ` age=${ageSeconds}`;
      const { isolate, shared, encoded } = counts;
      return [
        `embed;desc="isolate=${isolate} shared=${shared} encoded=${encoded}${age}"`,
        ...Array.from(phases, ([name, ms]) => `${name};dur=${ms}`).sort(),
      ].join(', ');
    },
  };
}
