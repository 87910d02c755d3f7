/** What assembly/product-kernels.as.ts exports; addresses in bytes of `memory`. */
export interface ProductKernels {
  readonly memory: {
    /** Another one after every growth. */
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  /**
   * Every row of `a` with every row of `b`, each product summed as `dot` sums it, to the bit.
   * @param a float64, row-major, shape [rows, dim]
   * @param b float64, row-major, shape [columns, dim]
   * @param products float64, row-major, shape [rows, columns], written
   */
  multiply(a: number, rows: number, b: number, columns: number, dim: number, products: number): void;
}

/**
 * @param exports of an instance of product-kernels.wasm, made wherever the platform's WebAssembly is at hand
 * @throws RangeError when they are those of another module
 */
export function readProductKernels(exports: object): ProductKernels {
  if (isProductKernels(exports)) return exports;
  throw new RangeError(
    `expected memory and multiply of product-kernels.wasm, got ${Object.keys(exports).join(', ') || 'nothing'}`,
  );
}

function isProductKernels(exports: object): exports is ProductKernels {
  return (
    typeof Reflect.get(exports, 'multiply') === 'function' &&
    typeof Reflect.get(exports, 'memory') === 'object'
  );
}
