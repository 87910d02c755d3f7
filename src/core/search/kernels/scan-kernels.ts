/** What assembly/scan-kernels.as.ts exports; addresses in bytes of `memory`. */
export interface ScanKernels {
  readonly memory: KernelMemory;
  /**
   * `scanPlain` over the memory.
   * @param vectors row-major, shape [count, dim]; up to 7 bytes behind them are read too
   * @param query as many values as `paddedQueryLength(dim)`, at any alignment
   */
  scan(
    vectors: number,
    scales: number,
    count: number,
    dim: number,
    query: number,
    queryScale: number,
    scores: number,
  ): void;
  /**
   * `scanCodesPlain` over the memory, of codes of 4 bits.
   * @param rows row-major, shape [count, rowBytes]; up to 15 bytes behind them are read too
   * @param query the values of a `CodeQuery`
   * @param mask 15
   */
  scanInt4(
    rows: number,
    count: number,
    rowBytes: number,
    query: number,
    mask: number,
    centre: number,
    scale: number,
    scores: number,
  ): void;
  /** As `scanInt4`, of codes of 1 bit. @param mask 1 */
  scanSign(
    rows: number,
    count: number,
    rowBytes: number,
    query: number,
    mask: number,
    centre: number,
    scale: number,
    scores: number,
  ): void;
  /** Read all bytes once, as fast as this machine reads: what the scan's speed is held against. @param bytes a multiple of 128 */
  readAll(from: number, bytes: number): number;
}

interface KernelMemory {
  /** Another one after every growth. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const FUNCTIONS = [
  'scan',
  'scanInt4',
  'scanSign',
  'readAll',
] as const satisfies readonly (keyof ScanKernels)[];

/**
 * @param exports of an instance of scan-kernels.wasm, made wherever the platform's WebAssembly is at hand
 * @throws RangeError when they are those of another module
 */
export function readScanKernels(exports: object): ScanKernels {
  if (!isScanKernels(exports)) {
    throw new RangeError(
      `expected memory, ${FUNCTIONS.join(' and ')} of scan-kernels.wasm, got ${Object.keys(exports).join(', ') || 'nothing'}`,
    );
  }
  return exports;
}

function isScanKernels(exports: object): exports is ScanKernels {
  return (
    FUNCTIONS.every((name) => typeof Reflect.get(exports, name) === 'function') &&
    typeof Reflect.get(exports, 'memory') === 'object'
  );
}
