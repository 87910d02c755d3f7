import type { BlockShape, ScanMemory } from '../src/core/search/scan-memory.ts';
import { payloadBytes, SLOT_SLACK_BYTES } from '../src/core/search/scan-memory.ts';
import { type CodeQuery, codesQuery } from '../src/core/search/code-query.ts';
import type { CodeBits } from '../src/core/search/code-rows.ts';
import { createRandom } from '../src/core/random.ts';
import { CODE_SLACK_BYTES } from '../src/core/search/scan-memory.ts';
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

/** A made corpus of rows of codes: blocks of whole pages, the last one shorter. */
export interface CodeLayout {
  readonly count: number;
  readonly rowBytes: number;
  readonly rowsPerBlock: number;
  readonly slotBytes: number;
  readonly slotCount: number;
}

export function codeLayout(count: number, rowBytes: number): CodeLayout {
  const most = Math.floor((SLOT_BYTES - CODE_SLACK_BYTES) / rowBytes);
  const rowsPerBlock = most - (most % 16);
  return { count, rowBytes, rowsPerBlock, slotBytes: SLOT_BYTES, slotCount: Math.ceil(count / rowsPerBlock) };
}

/** Seeded bytes, written block by block. */
export function fillCodes(memory: Pick<ScanMemory, 'write'>, layout: CodeLayout): void {
  let state = 0x9e3779b9 | 0;
  const payload = new Uint8Array(layout.rowsPerBlock * layout.rowBytes);
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const bytes = payload.subarray(0, rowsOf(layout, slot) * layout.rowBytes);
    for (let i = 0; i < bytes.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state >>> 24;
    }
    memory.write(slot, bytes);
  }
}

/** A seeded query against steps that are all 1. */
export function madeCodeQuery(bits: CodeBits, rowBytes: number): CodeQuery {
  const dim = (8 / bits) * rowBytes;
  const random = createRandom(dim);
  const query = Float64Array.from({ length: dim }, () => random.nextGaussian());
  return codesQuery(query, { bits, steps: new Float32Array(dim).fill(1) });
}

/** As `searchCorpus`. */
export function searchCodes(
  memory: ScanMemory,
  layout: CodeLayout,
  query: CodeQuery,
  first: number,
): { positions: number[]; scores: number[] } {
  const top = createTopScores(first);
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const shape = { count: rowsOf(layout, slot), rowBytes: layout.rowBytes };
    top.offerAll(memory.scanCodes(slot, shape, query), shape.count, slot * layout.rowsPerBlock, null);
  }
  return top.sorted();
}

/** As `scanCorpus`. */
export function scanCodes(memory: ScanMemory, layout: CodeLayout, query: CodeQuery): number {
  let sum = 0;
  for (let slot = 0; slot < layout.slotCount; slot++) {
    const shape = { count: rowsOf(layout, slot), rowBytes: layout.rowBytes };
    sum += memory.scanCodes(slot, shape, query)[0];
  }
  return sum;
}

function rowsOf({ count, rowsPerBlock }: CodeLayout, slot: number): number {
  return Math.min(rowsPerBlock, count - slot * rowsPerBlock);
}
