import { directionScoresInPlace } from '../core/search/row-scores.ts';
import type { BlockShape, ScanMemory } from '../core/search/scan-memory.ts';
import { scanPlain } from '../core/search/scan-plain.ts';
import type { PreparedQuery } from './prepare-query.ts';

/** What vectors are ranked by; valid until the memory's next scan. `allowed`: 0 leaves a vector out, null none. */
export interface RankedSegment {
  readonly values: Float32Array;
  readonly allowed: Uint8Array | null;
}

/** Compact vectors: the selection's score. */
export function scanCompact(
  memory: ScanMemory,
  slot: number,
  shape: BlockShape,
  query: PreparedQuery,
  allowed: Uint8Array | null,
): RankedSegment {
  const { codes } = query;
  const values =
    codes === null
      ? memory.scan(slot, shape, query.compact)
      : memory.scanCodes(slot, { count: shape.count, rowBytes: shape.dim }, codes);
  if (query.bias !== 0) for (let i = 0; i < values.length; i++) values[i] += query.bias;
  return { values, allowed: atLeast(values, query.leastScore, allowed) };
}

/** Full vectors: the cosine, or the selection's score where a learned fusion ranks. */
export function scanFull(
  memory: ScanMemory,
  slot: number,
  shape: BlockShape,
  query: PreparedQuery,
  allowed: Uint8Array | null,
): RankedSegment {
  if (query.ranksByCosine && query.leastScore === -Infinity) {
    return { values: memory.scan(slot, shape, query.cosineScan), allowed };
  }
  const scores = memory.scan(slot, shape, query.directionScan);
  directionScoresInPlace(scores, memory.column(slot, shape, 1), query.direction);
  const probable = atLeast(scores, query.leastScore, allowed);
  if (!query.ranksByCosine) return { values: scores, allowed: probable };
  return { values: memory.scan(slot, shape, query.cosineScan), allowed: probable };
}

/** The score that `scanFull` gives one vector, to the bit. @param scale its column 0 @param factor its column 1 */
export function scannedScore(
  row: Int8Array,
  scale: Float32Array,
  factor: Float32Array,
  { direction, directionScan }: PreparedQuery,
): number {
  const score = new Float32Array(1);
  scanPlain(row, scale, 1, directionScan, score);
  directionScoresInPlace(score, factor, direction);
  return score[0];
}

/** @param allowed overwritten: the improbable are taken out of it */
function atLeast(scores: Float32Array, least: number, allowed: Uint8Array | null): Uint8Array | null {
  if (least === -Infinity) return allowed;
  const probable = allowed ?? new Uint8Array(scores.length).fill(1);
  for (let i = 0; i < scores.length; i++) if (!(scores[i] >= least)) probable[i] = 0;
  return probable;
}
