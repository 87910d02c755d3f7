import { LINEAR_KERNELS } from './compiled.ts';

/** What assembly/linear-kernels.as.ts exports; addresses in bytes of `memory`. */
export interface LinearKernels {
  readonly memory: KernelMemory;
  packPanels(source: number, wide: number, rows: number, dim: number, mean: number, panels: number): void;
  addColumnSums(source: number, wide: number, rows: number, dim: number, sums: number): void;
  combine(a: number, b: number, sign: number, length: number, sum: number): void;
  addProduct(x: number, y: number, rows: number, panels: number, sums: number, triangle: number): void;
  scoreRows(
    rows: number,
    rowPanels: number,
    columns: number,
    columnPanels: number,
    dim: number,
    scores: number,
  ): void;
  tridiagonalize(
    a: number,
    size: number,
    diagonal: number,
    offDiagonal: number,
    tau: number,
    scratch: number,
  ): void;
  multiplyRows(
    rows: number,
    wide: number,
    stride: number,
    count: number,
    dim: number,
    vector: number,
    products: number,
  ): void;
  addRows(...rows: RowsAndScales): void;
  addSquares(...rows: RowsAndScales): void;
  packScaled(...rows: RowsAndScales): void;
  nextWords(state: number): void;
  skipPairs(state: number, index: number, pairs: number): number;
  applyReflectors(a: number, size: number, tau: number, vectors: number, count: number): void;
}

type RowsAndScales = [
  rows: number,
  wide: number,
  stride: number,
  count: number,
  dim: number,
  scales: number,
  target: number,
];

interface KernelMemory {
  /** Another one after every growth. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** As much of the WebAssembly interface as is needed here: the core is compiled without platform types. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

const KERNEL_NAMES = [
  'memory',
  'packPanels',
  'addColumnSums',
  'combine',
  'addProduct',
  'scoreRows',
  'tridiagonalize',
  'applyReflectors',
  'multiplyRows',
  'addRows',
  'addSquares',
  'packScaled',
  'nextWords',
  'skipPairs',
] as const satisfies readonly (keyof LinearKernels)[];

export const FLOAT64_BYTES = 8;
const PAGE_BYTES = 65_536;

let loaded: LinearKernels | null | undefined;
let compiled: object | null | undefined;

/**
 * The compiled module of linear-kernels.wasm, for a platform that compiles none from bytes, as workerd does not: its bytes are those of
 * compiled.ts. Before the first use of any kernel.
 */
export function provideLinearKernels(module: object): void {
  compiled = module;
}

/**
 * The compiled kernels, instantiated at the first call and kept with their memory, which grows to the largest problem.
 * @returns null where WebAssembly or its 128-bit SIMD is missing
 */
export function linearKernels(): LinearKernels | null {
  loaded ??= newLinearKernels();
  return loaded;
}

/** The same with a memory of its own, for what stays in it between calls. */
export function newLinearKernels(): LinearKernels | null {
  const api: unknown = Reflect.get(globalThis, 'WebAssembly');
  if (!isWebAssembly(api)) return null;
  compiled ??= compile(api);
  if (compiled === null) return null;
  const { exports } = new api.Instance(compiled);
  if (!isLinearKernels(exports)) throw new Error('expected the kernels of this version in compiled.ts');
  return exports;
}

function compile(api: WebAssemblyApi): object | null {
  const bytes = decodeBase64(LINEAR_KERNELS);
  return api.validate(bytes) ? new api.Module(bytes) : null;
}

function isWebAssembly(api: unknown): api is WebAssemblyApi {
  return typeof api === 'object' && api !== null && 'validate' in api && 'Instance' in api;
}

function isLinearKernels(exports: object): exports is LinearKernels {
  return KERNEL_NAMES.every((name) => name in exports);
}

export interface MemoryLayout {
  /** @returns the address of that many bytes, a multiple of 16 */
  reserve(bytes: number): number;
  /** Make room for all that was reserved. @returns the whole memory; every call may leave another one valid */
  claim(memory: KernelMemory): Float64Array;
}

/** Hand out addresses one after another, from 0 on: a call of a kernel owns the whole memory and leaves nothing in it. */
export function createLayout(): MemoryLayout {
  let end = 0;
  return {
    reserve(bytes) {
      const address = end;
      end += Math.ceil(bytes / 16) * 16;
      return address;
    },
    claim(memory) {
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
      return new Float64Array(memory.buffer);
    },
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The language itself has no decoder yet on every Node that this runs on, and the core has no platform to ask. */
function decodeBase64(text: string): Uint8Array {
  const characters = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((characters.length * 3) / 4));
  let bits = 0;
  for (let i = 0, at = 0; i < characters.length; i++) {
    bits = (bits << 6) | ALPHABET.indexOf(characters[i]);
    if (i % 4 === 0) continue;
    bytes[at++] = bits >> (6 - 2 * (i % 4));
  }
  return bytes;
}
