// AssemblyScript, not TypeScript: compiled by `node scripts/build-kernels.ts` into ../product-kernels.wasm. 128-bit SIMD without
// the relaxed instructions, so that every machine gives the same bits. Addresses are in bytes; the caller lays out the memory.

const F64: usize = 8;
/** Coordinates multiplied at once: two vectors of two. */
const STEP: usize = 32;

/**
 * products[i · columns + j] = row i of a · row j of b, each summed as `dot` of src/core/vector.ts sums: coordinate 4n + l in
 * lane l, the last dim % 4 in lane 0. Two rows by two at a time share their loads; a last odd row stands beside itself.
 * @param a float64, row-major, shape [rows, dim]
 * @param b float64, row-major, shape [columns, dim]
 * @param products float64, row-major, shape [rows, columns], written
 */
export function multiply(a: usize, rows: i32, b: usize, columns: i32, dim: i32, products: usize): void {
  const rowBytes = <usize>dim * F64;
  const wholeBytes = <usize>(dim & ~3) * F64;
  for (let row = 0; row < rows; row += 2) {
    const a0 = a + <usize>row * rowBytes;
    const a1 = row + 1 < rows ? a0 + rowBytes : a0;
    const end = a0 + wholeBytes;
    const tail = a0 + rowBytes;
    const out0 = products + <usize>(row * columns) * F64;
    const out1 = row + 1 < rows ? out0 + <usize>columns * F64 : out0;
    for (let column = 0; column < columns; column += 2) {
      const b0 = b + <usize>column * rowBytes;
      const b1 = column + 1 < columns ? b0 + rowBytes : b0;
      let x0 = a0;
      let x1 = a1;
      let y0 = b0;
      let y1 = b1;
      let low00 = f64x2.splat(0);
      let low01 = f64x2.splat(0);
      let low10 = f64x2.splat(0);
      let low11 = f64x2.splat(0);
      let high00 = f64x2.splat(0);
      let high01 = f64x2.splat(0);
      let high10 = f64x2.splat(0);
      let high11 = f64x2.splat(0);
      while (x0 < end) {
        const u0 = v128.load(x0);
        const u1 = v128.load(x1);
        const v0 = v128.load(y0);
        const v1 = v128.load(y1);
        low00 = f64x2.add(low00, f64x2.mul(u0, v0));
        low01 = f64x2.add(low01, f64x2.mul(u0, v1));
        low10 = f64x2.add(low10, f64x2.mul(u1, v0));
        low11 = f64x2.add(low11, f64x2.mul(u1, v1));
        const p0 = v128.load(x0, 16);
        const p1 = v128.load(x1, 16);
        const q0 = v128.load(y0, 16);
        const q1 = v128.load(y1, 16);
        high00 = f64x2.add(high00, f64x2.mul(p0, q0));
        high01 = f64x2.add(high01, f64x2.mul(p0, q1));
        high10 = f64x2.add(high10, f64x2.mul(p1, q0));
        high11 = f64x2.add(high11, f64x2.mul(p1, q1));
        x0 += STEP;
        x1 += STEP;
        y0 += STEP;
        y1 += STEP;
      }
      const at = <usize>column * F64;
      const next = column + 1 < columns ? at + F64 : at;
      const rest = tail - x0;
      store<f64>(out0 + at, finish(low00, high00, x0, y0, rest));
      store<f64>(out0 + next, finish(low01, high01, x0, y1, rest));
      store<f64>(out1 + at, finish(low10, high10, x1, y0, rest));
      store<f64>(out1 + next, finish(low11, high11, x1, y1, rest));
    }
  }
}

/** The sum of the four lanes, the last coordinates of both rows added to the first one. @param rest in bytes */
function finish(low: v128, high: v128, x: usize, y: usize, rest: usize): f64 {
  let first = f64x2.extract_lane(low, 0);
  for (let at: usize = 0; at < rest; at += F64) first += load<f64>(x + at) * load<f64>(y + at);
  return first + f64x2.extract_lane(low, 1) + (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1));
}
