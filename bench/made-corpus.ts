import type { BlockShape, ScanMemory } from '../src/core/search/scan-memory.ts';
import { payloadBytes, SLOT_SLACK_BYTES } from '../src/core/search/scan-memory.ts';
import type { ScanQuery } from '../src/core/search/scan-query.ts';
import { createTopScores } from '../src/core/search/top-scores.ts';

/** How a made corpus lies in memory: blocks of whole pages, the last one shorter. */
export interface CorpusLayout {
  readonly count: number;
  readonly dim: number;
  readonly rowsPerBlock: number;
  readonly slotBytes: number;
  readonly slotCount: number;
}

/** About a megabyte a block, one scale a vector. */
const SLOT_BYTES = 2 ** 20 - SLOT_SLACK_BYTES;
const FLOATS = 1;

export function corpusLayout(count: number, dim: number): CorpusLayout {
  // A multiple of 16: every vector of 64 then lies on a line of the cache.
  const most = Math.floor(SLOT_BYTES / payloadBytes({ count: 1, dim, columns: FLOATS }));
  const rowsPerBlock = most - (most % 16);
  return { count, dim, rowsPerBlock, slotBytes: SLOT_BYTES, slotCount: Math.ceil(count / rowsPerBlock) };
}

/** Seeded bytes from -127 to 127, every scale 1, written block by block: no more than one block exists besides. */
export function fillCorpus(memory: Pick<ScanMemory, 'write'>, layout: CorpusLayout): void {
  let state = 0x9e3779b9 | 0;
  const payload = new Uint8Array(payloadBytes(blockShape(layout, 0)));
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const shape = blockShape(layout, slot);
    const bytes = payload.subarray(0, payloadBytes(shape));
    new Float32Array(bytes.buffer, 0, shape.count).fill(1);
    for (let i = 4 * shape.count; i < bytes.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      // Rounding to 127ths never makes -128.
      bytes[i] = Math.max(-127, state >> 24);
    }
    memory.write(slot, bytes);
  }
}

/** The int8 of `fillCorpus` one after another, shape [count, dim]. */
export function corpusVectors(layout: CorpusLayout): Int8Array {
  const vectors = new Int8Array(layout.count * layout.dim);
  const write = (slot: number, payload: Uint8Array): void => {
    const scaleBytes = 4 * blockShape(layout, slot).count;
    vectors.set(
      new Int8Array(payload.buffer, scaleBytes, payload.length - scaleBytes),
      slot * layout.rowsPerBlock * layout.dim,
    );
  };
  fillCorpus({ write }, layout);
  return vectors;
}

/** The best `first` of the whole corpus. @returns their scores and positions, best first */
export function searchCorpus(
  memory: ScanMemory,
  layout: CorpusLayout,
  query: ScanQuery,
  first: number,
): { positions: number[]; scores: number[] } {
  const top = createTopScores(first);
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const shape = blockShape(layout, slot);
    top.offerAll(memory.scan(slot, shape, query), shape.count, slot * layout.rowsPerBlock, null);
  }
  return top.sorted();
}

/** Score all vectors and keep none. @returns a number that depends on every block */
export function scanCorpus(memory: ScanMemory, layout: CorpusLayout, query: ScanQuery): number {
  let sum = 0;
  for (let slot = 0; slot < layout.slotCount; slot++)
    sum += memory.scan(slot, blockShape(layout, slot), query)[0];
  return sum;
}

function blockShape({ count, dim, rowsPerBlock }: CorpusLayout, slot: number): BlockShape {
  return { count: Math.min(rowsPerBlock, count - slot * rowsPerBlock), dim, columns: FLOATS };
}
