import { type CodeQuery, scanCodesPlain } from './code-query.ts';
import { largestCode } from './code-rows.ts';
import type { ScanKernels } from './kernels/scan-kernels.ts';
import { scanPlain } from './scan-plain.ts';
import type { ScanQuery } from './scan-query.ts';
import { MAX_SCAN_DIM, paddedQueryLength } from './scan-query.ts';

/** What a block holds: `count` vectors of `dim` int8, and in front of them `columns` numbers a vector. */
export interface BlockShape {
  readonly count: number;
  readonly dim: number;
  /** float32 columns, one after another; at least 1: column 0 is the scale. */
  readonly columns: number;
}

/** What a block of codes holds: `count` rows of `rowBytes`, and nothing else. */
export interface CodeBlockShape {
  readonly count: number;
  readonly rowBytes: number;
}

/** Blocks of vectors in numbered slots, scanned where they lie. */
export interface ScanMemory {
  readonly kind: 'simd' | 'plain';
  readonly slotBytes: number;
  readonly slotCount: number;
  /**
   * Copy a block, or the next part of one, into a slot, over what was there. The first write to a slot takes its memory.
   * @param payload columns × count float32, little-endian, column after column, then count × dim int8, or rows of codes alone,
   *   row-major without padding; at any alignment
   * @param offset how many bytes of the block came before; 0 (the default) begins another block
   * @throws RangeError for a slot that does not exist, a payload that does not fit, or when the machine has no memory left
   */
  write(slot: number, payload: Uint8Array, offset?: number): void;
  /**
   * @returns the scores of all count vectors, as `scanPlain` gives them; valid until the next write or scan
   * @throws RangeError when the slot holds no block of this shape or the query has another dim
   */
  scan(slot: number, shape: BlockShape, query: ScanQuery): Float32Array;
  /**
   * @returns the scores of all count rows of codes, as `scanCodesPlain` gives them; valid until the next write or scan
   * @throws RangeError when the slot holds no block of this shape, or one without CODE_SLACK_BYTES to spare, or the query has other
   *   rows
   */
  scanCodes(slot: number, shape: CodeBlockShape, query: CodeQuery): Float32Array;
  /** @returns the count numbers of a float32 column, where they lie; valid until the next write or scan */
  column(slot: number, shape: BlockShape, index: number): Float32Array;
  /** @returns the dim int8 of one vector, where they lie; valid until the next write or scan */
  row(slot: number, shape: BlockShape, index: number): Int8Array;
}

/** The kernel may read less than this far behind the last vector; the query is zero there. */
export const SLOT_SLACK_BYTES = 8;

/** So much of a slot a block of codes leaves free: its kernels read up to 15 bytes behind the last row, 8 of them in the slack. */
export const CODE_SLACK_BYTES = 8;

const FLOAT32_BYTES = 4;
const PAGE_BYTES = 65_536;
/** The first page of the linear memory: a query of the most coordinates, then the scores of a part of a block. */
const QUERY_ADDRESS = 0;
const SCORES_ADDRESS = 2 * MAX_SCAN_DIM;
/** Few enough that their scores stay in the first-level cache until they are copied out. */
const PART_ROWS = 4096;

/** Bytes of a block: 4 · columns · count + count · dim. */
export function payloadBytes({ count, dim, columns }: BlockShape): number {
  return count * (FLOAT32_BYTES * columns + dim);
}

/**
 * Memory for blocks, taken slot by slot as slots are first used and never given back: WebAssembly's cannot shrink. Slots
 * take whole pages of 64 KiB: a slotBytes just under a multiple (by `SLOT_SLACK_BYTES`) wastes nothing. Needs a
 * little-endian machine, as every one is that runs workerd.
 * @param options whole numbers of at least 1
 * @param kernels null for the plain twin. Several memories may share one instance.
 * @throws RangeError on other options
 */
export function createScanMemory(
  options: { slotBytes: number; slotCount: number },
  kernels: ScanKernels | null,
): ScanMemory {
  const { slotBytes, slotCount } = options;
  if (!isCount(slotBytes, 1) || !isCount(slotCount, 1)) {
    throw new RangeError(`expected at least one slot of one byte, got ${slotCount} of ${slotBytes} bytes`);
  }
  const store = kernels === null ? plainStore(slotBytes) : simdStore(slotBytes, kernels);
  const written = new Float64Array(slotCount).fill(-1);

  function checkHeld(slot: number, bytes: number): void {
    if (written[slot] === bytes) return;
    const held = written[slot] >= 0 ? `${written[slot]} bytes` : 'nothing';
    throw new RangeError(`expected ${bytes} bytes in slot ${slot} of ${slotCount}, got ${held}`);
  }

  function check(slot: number, shape: BlockShape): void {
    const { count, dim, columns } = shape;
    if (!isCount(count, 0) || !isCount(dim, 1) || !isCount(columns, 1)) {
      throw new RangeError(
        `expected a block of count >= 0, dim >= 1 and columns >= 1, got ${count}, ${dim} and ${columns}`,
      );
    }
    checkHeld(slot, payloadBytes(shape));
  }

  function checkCodes(slot: number, { count, rowBytes }: CodeBlockShape, query: CodeQuery): void {
    if (!isCount(count, 0) || !isCount(rowBytes, 1)) {
      throw new RangeError(`expected a block of count >= 0 and rowBytes >= 1, got ${count} and ${rowBytes}`);
    }
    const most = slotBytes - CODE_SLACK_BYTES;
    if (count * rowBytes > most) {
      throw new RangeError(`expected at most ${most} bytes of codes, got ${count * rowBytes}`);
    }
    checkHeld(slot, count * rowBytes);
    if (query.rowBytes !== rowBytes) {
      throw new RangeError(`expected a query for rows of ${rowBytes} bytes, got one of ${query.rowBytes}`);
    }
  }

  return {
    kind: kernels === null ? 'plain' : 'simd',
    slotBytes,
    slotCount,
    write(slot, payload, offset = 0) {
      if (!(slot in written)) throw new RangeError(`expected a slot below ${slotCount}, got ${slot}`);
      if (offset !== 0 && offset !== written[slot]) {
        throw new RangeError(`expected the part behind byte ${written[slot]}, got that behind ${offset}`);
      }
      if (offset + payload.length > slotBytes) {
        throw new RangeError(
          `expected a payload of at most ${slotBytes} bytes, got ${offset + payload.length}`,
        );
      }
      store.write(slot, payload, offset);
      written[slot] = offset + payload.length;
    },
    scan(slot, shape, query) {
      check(slot, shape);
      checkQuery(query, shape.dim);
      return store.scan(slot, shape, query);
    },
    scanCodes(slot, shape, query) {
      checkCodes(slot, shape, query);
      return store.scanCodes(slot, shape, query);
    },
    column(slot, shape, index) {
      check(slot, shape);
      if (!isCount(index, 0) || index >= shape.columns) {
        throw new RangeError(`expected a column below ${shape.columns}, got ${index}`);
      }
      return store.column(slot, shape, index);
    },
    row(slot, shape, index) {
      check(slot, shape);
      if (!isCount(index, 0) || index >= shape.count) {
        throw new RangeError(`expected a row below ${shape.count}, got ${index}`);
      }
      return store.row(slot, shape, index);
    },
  };
}

/** `ScanMemory` after its checks. */
interface BlockStore {
  write(slot: number, payload: Uint8Array, offset: number): void;
  scan(slot: number, shape: BlockShape, query: ScanQuery): Float32Array;
  scanCodes(slot: number, shape: CodeBlockShape, query: CodeQuery): Float32Array;
  column(slot: number, shape: BlockShape, index: number): Float32Array;
  row(slot: number, shape: BlockShape, index: number): Int8Array;
}

function plainStore(slotBytes: number): BlockStore {
  const slots: Uint8Array<ArrayBuffer>[] = [];
  const scores = reusedScores();
  const column: BlockStore['column'] = (slot, { count }, index) =>
    new Float32Array(slots[slot].buffer, FLOAT32_BYTES * count * index, count);
  return {
    column,
    row: (slot, { count, dim, columns }, index) =>
      new Int8Array(slots[slot].buffer, FLOAT32_BYTES * columns * count + dim * index, dim),
    write(slot, payload, offset) {
      slots[slot] ??= new Uint8Array(slotBytes);
      slots[slot].set(payload, offset);
    },
    scan(slot, shape, query) {
      const { count, dim, columns } = shape;
      const vectors = new Int8Array(slots[slot].buffer, FLOAT32_BYTES * columns * count, count * dim);
      const all = scores(count);
      scanPlain(vectors, column(slot, shape, 0), count, query, all);
      return all;
    },
    scanCodes(slot, { count }, query) {
      const all = scores(count);
      scanCodesPlain(slots[slot], count, query, all);
      return all;
    },
  };
}

function simdStore(slotBytes: number, kernels: ScanKernels): BlockStore {
  const { memory } = kernels;
  const slotPages = Math.ceil((slotBytes + SLOT_SLACK_BYTES) / PAGE_BYTES);
  // A slot lies where the memory ended when it was first used.
  const addresses: number[] = [];
  const scores = reusedScores();
  let views = viewsOf(memory.buffer);
  return {
    write(slot, payload, offset) {
      addresses[slot] ??= memory.grow(slotPages) * PAGE_BYTES;
      new Uint8Array(memory.buffer).set(payload, addresses[slot] + offset);
    },
    scan(slot, { count, dim, columns }, query) {
      if (views.buffer !== memory.buffer) views = viewsOf(memory.buffer);
      views.query.set(query.values);
      const all = scores(count);
      const scales = addresses[slot];
      const vectors = scales + FLOAT32_BYTES * columns * count;
      for (let row = 0; row < count; row += PART_ROWS) {
        const rows = Math.min(PART_ROWS, count - row);
        const scaleAddress = scales + FLOAT32_BYTES * row;
        const vectorAddress = vectors + dim * row;
        kernels.scan(vectorAddress, scaleAddress, rows, dim, QUERY_ADDRESS, query.scale, SCORES_ADDRESS);
        all.set(rows === PART_ROWS ? views.scores : views.scores.subarray(0, rows), row);
      }
      return all;
    },
    scanCodes(slot, { count, rowBytes }, query) {
      if (views.buffer !== memory.buffer) views = viewsOf(memory.buffer);
      views.codeQuery.set(query.values);
      const all = scores(count);
      const { bits, centre, scale } = query;
      const scan = bits === 4 ? kernels.scanInt4 : kernels.scanSign;
      const mask = largestCode(bits);
      for (let row = 0; row < count; row += PART_ROWS) {
        const rows = Math.min(PART_ROWS, count - row);
        const address = addresses[slot] + rowBytes * row;
        scan(address, rows, rowBytes, QUERY_ADDRESS, mask, centre, scale, SCORES_ADDRESS);
        all.set(rows === PART_ROWS ? views.scores : views.scores.subarray(0, rows), row);
      }
      return all;
    },
    column: (slot, { count }, index) =>
      new Float32Array(memory.buffer, addresses[slot] + FLOAT32_BYTES * count * index, count),
    row: (slot, { count, dim, columns }, index) =>
      new Int8Array(memory.buffer, addresses[slot] + FLOAT32_BYTES * columns * count + dim * index, dim),
  };
}

/** Of the first page; kept until the memory grows, since every search would leave hundreds of them behind. */
function viewsOf(buffer: ArrayBuffer): {
  buffer: ArrayBuffer;
  query: Int16Array;
  codeQuery: Int8Array;
  scores: Float32Array;
} {
  return {
    buffer,
    query: new Int16Array(buffer, QUERY_ADDRESS, MAX_SCAN_DIM),
    codeQuery: new Int8Array(buffer, QUERY_ADDRESS, SCORES_ADDRESS),
    scores: new Float32Array(buffer, SCORES_ADDRESS, PART_ROWS),
  };
}

/** One array for the scores of every scan, as large as the largest block so far. */
function reusedScores(): (count: number) => Float32Array {
  let largest = new Float32Array(0);
  return (count) => {
    if (count > largest.length) largest = new Float32Array(count);
    return largest.subarray(0, count);
  };
}

function checkQuery({ dim, values }: ScanQuery, blockDim: number): void {
  if (dim !== blockDim || dim > MAX_SCAN_DIM || values.length !== paddedQueryLength(dim)) {
    throw new RangeError(
      `expected a query of dim ${blockDim}, at most ${MAX_SCAN_DIM}, got dim ${dim} in ${values.length} values`,
    );
  }
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
