// Products with the rows of a matrix, a part of ./linear-kernels.as.ts.

const F64: usize = 8;
const PAIR: usize = 16;

/** Two neighbouring numbers of the matrix, as float64. */
function pair<T>(at: usize): v128 {
  return sizeof<T>() === 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
}

function total(low: v128, high: v128): f64 {
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * products[i] = row i · vector + vector[dim].
 * @param rows row-major, shape [count, dim], float64 when `wide`, else float32; `stride` bytes from one row to the next
 * @param vector float64, length dim + 1
 * @param products float64, length count
 */
export function multiplyRows(
  rows: usize,
  wide: bool,
  stride: usize,
  count: i32,
  dim: i32,
  vector: usize,
  products: usize,
): void {
  if (wide) multiplyAll<f64>(rows, stride, count, dim, vector, products);
  else multiplyAll<f32>(rows, stride, count, dim, vector, products);
}

function multiplyAll<T>(
  rows: usize,
  stride: usize,
  count: i32,
  dim: i32,
  vector: usize,
  products: usize,
): void {
  const bias = load<f64>(vector + <usize>dim * F64);
  let row = 0;
  for (; row + 4 <= count; row += 4, rows += 4 * stride, products += 4 * F64) {
    multiplyFour<T>(rows, stride, dim, vector, bias, products);
  }
  for (; row < count; row++, rows += stride, products += F64) {
    store<f64>(products, bias + multiplyOne<T>(rows, dim, vector));
  }
}

function multiplyFour<T>(
  rows: usize,
  stride: usize,
  dim: i32,
  vector: usize,
  bias: f64,
  products: usize,
): void {
  const size = sizeof<T>();
  let a = rows;
  let b = a + stride;
  let c = b + stride;
  let d = c + stride;
  let a0 = f64x2.splat(0);
  let a1 = f64x2.splat(0);
  let b0 = f64x2.splat(0);
  let b1 = f64x2.splat(0);
  let c0 = f64x2.splat(0);
  let c1 = f64x2.splat(0);
  let d0 = f64x2.splat(0);
  let d1 = f64x2.splat(0);
  let at = vector;
  const whole = vector + ((<usize>dim) & ~3) * F64;
  while (at < whole) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    a0 = f64x2.add(a0, f64x2.mul(low, pair<T>(a)));
    a1 = f64x2.add(a1, f64x2.mul(high, pair<T>(a + 2 * size)));
    b0 = f64x2.add(b0, f64x2.mul(low, pair<T>(b)));
    b1 = f64x2.add(b1, f64x2.mul(high, pair<T>(b + 2 * size)));
    c0 = f64x2.add(c0, f64x2.mul(low, pair<T>(c)));
    c1 = f64x2.add(c1, f64x2.mul(high, pair<T>(c + 2 * size)));
    d0 = f64x2.add(d0, f64x2.mul(low, pair<T>(d)));
    d1 = f64x2.add(d1, f64x2.mul(high, pair<T>(d + 2 * size)));
    at += 2 * PAIR;
    a += 4 * size;
    b += 4 * size;
    c += 4 * size;
    d += 4 * size;
  }
  let sumA = total(a0, a1);
  let sumB = total(b0, b1);
  let sumC = total(c0, c1);
  let sumD = total(d0, d1);
  const end = vector + <usize>dim * F64;
  for (; at < end; at += F64, a += size, b += size, c += size, d += size) {
    const v = load<f64>(at);
    sumA += v * <f64>load<T>(a);
    sumB += v * <f64>load<T>(b);
    sumC += v * <f64>load<T>(c);
    sumD += v * <f64>load<T>(d);
  }
  store<f64>(products, bias + sumA);
  store<f64>(products, bias + sumB, 8);
  store<f64>(products, bias + sumC, 16);
  store<f64>(products, bias + sumD, 24);
}

/** In the order of `multiplyFour`: a row's product does not depend on where the row stands. */
function multiplyOne<T>(row: usize, dim: i32, vector: usize): f64 {
  const size = sizeof<T>();
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at = vector;
  const whole = vector + ((<usize>dim) & ~3) * F64;
  for (; at < whole; at += 2 * PAIR, row += 4 * size) {
    low = f64x2.add(low, f64x2.mul(v128.load(at), pair<T>(row)));
    high = f64x2.add(high, f64x2.mul(v128.load(at, 16), pair<T>(row + 2 * size)));
  }
  let sum = total(low, high);
  const end = vector + <usize>dim * F64;
  for (; at < end; at += F64, row += size) sum += load<f64>(at) * <f64>load<T>(row);
  return sum;
}

/**
 * sums += Σ scales[i] · row i.
 * @param rows as for `multiplyRows`
 * @param scales float64, length count
 * @param sums float64, length dim
 */
export function addRows(
  rows: usize,
  wide: bool,
  stride: usize,
  count: i32,
  dim: i32,
  scales: usize,
  sums: usize,
): void {
  if (wide) addAll<f64>(rows, stride, count, dim, scales, sums);
  else addAll<f32>(rows, stride, count, dim, scales, sums);
}

function addAll<T>(rows: usize, stride: usize, count: i32, dim: i32, scales: usize, sums: usize): void {
  const size = sizeof<T>();
  let row = 0;
  for (; row + 8 <= count; row += 8, rows += 8 * stride, scales += 8 * F64) {
    addEight<T>(rows, stride, dim, scales, sums);
  }
  for (; row < count; row++, rows += stride, scales += F64) {
    const scale = load<f64>(scales);
    let from = rows;
    const end = sums + <usize>dim * F64;
    for (let to = sums; to < end; to += F64, from += size) {
      store<f64>(to, load<f64>(to) + scale * <f64>load<T>(from));
    }
  }
}

function addEight<T>(rows: usize, stride: usize, dim: i32, scales: usize, sums: usize): void {
  const size = sizeof<T>();
  const s0 = v128.load_splat<f64>(scales);
  const s1 = v128.load_splat<f64>(scales, 8);
  const s2 = v128.load_splat<f64>(scales, 16);
  const s3 = v128.load_splat<f64>(scales, 24);
  const s4 = v128.load_splat<f64>(scales, 32);
  const s5 = v128.load_splat<f64>(scales, 40);
  const s6 = v128.load_splat<f64>(scales, 48);
  const s7 = v128.load_splat<f64>(scales, 56);
  let first = rows;
  let fifth = rows + 4 * stride;
  const double = 2 * stride;
  const triple = 3 * stride;
  let to = sums;
  const whole = sums + ((<usize>dim) & ~1) * F64;
  while (to < whole) {
    const even = f64x2.add(
      f64x2.add(f64x2.mul(s0, pair<T>(first)), f64x2.mul(s1, pair<T>(first + stride))),
      f64x2.add(f64x2.mul(s2, pair<T>(first + double)), f64x2.mul(s3, pair<T>(first + triple))),
    );
    const odd = f64x2.add(
      f64x2.add(f64x2.mul(s4, pair<T>(fifth)), f64x2.mul(s5, pair<T>(fifth + stride))),
      f64x2.add(f64x2.mul(s6, pair<T>(fifth + double)), f64x2.mul(s7, pair<T>(fifth + triple))),
    );
    v128.store(to, f64x2.add(v128.load(to), f64x2.add(even, odd)));
    to += PAIR;
    first += 2 * size;
    fifth += 2 * size;
  }
  if ((dim & 1) === 0) return;
  let sum = load<f64>(to);
  for (let i = 0; i < 8; i++) {
    sum += load<f64>(scales + <usize>i * F64) * <f64>load<T>(first + <usize>i * stride);
  }
  store<f64>(to, sum);
}

/**
 * sums += Σ scales[i] · row i, every element squared.
 * @param rows as for `multiplyRows`
 * @param scales float64, length count
 * @param sums float64, length dim
 */
export function addSquares(
  rows: usize,
  wide: bool,
  stride: usize,
  count: i32,
  dim: i32,
  scales: usize,
  sums: usize,
): void {
  if (wide) addAllSquares<f64>(rows, stride, count, dim, scales, sums);
  else addAllSquares<f32>(rows, stride, count, dim, scales, sums);
}

function addAllSquares<T>(
  rows: usize,
  stride: usize,
  count: i32,
  dim: i32,
  scales: usize,
  sums: usize,
): void {
  const size = sizeof<T>();
  const whole = sums + ((<usize>dim) & ~1) * F64;
  for (let row = 0; row < count; row++, rows += stride, scales += F64) {
    const scale = v128.load_splat<f64>(scales);
    let from = rows;
    let to = sums;
    for (; to < whole; to += PAIR, from += 2 * size) {
      const two = pair<T>(from);
      v128.store(to, f64x2.add(v128.load(to), f64x2.mul(scale, f64x2.mul(two, two))));
    }
    if ((dim & 1) === 0) continue;
    const last = <f64>load<T>(from);
    store<f64>(to, load<f64>(to) + load<f64>(scales) * (last * last));
  }
}

/**
 * Scale rows with a 1 behind them and lay them out for `addProduct`: panels of four columns, shape
 * [ceil((dim + 1) / 4), count, 4], zeros beyond.
 * @param rows as for `multiplyRows`
 * @param scales float64, length count
 */
export function packScaled(
  rows: usize,
  wide: bool,
  stride: usize,
  count: i32,
  dim: i32,
  scales: usize,
  panels: usize,
): void {
  if (wide) packAllScaled<f64>(rows, stride, count, dim, scales, panels);
  else packAllScaled<f32>(rows, stride, count, dim, scales, panels);
}

function packAllScaled<T>(
  rows: usize,
  stride: usize,
  count: i32,
  dim: i32,
  scales: usize,
  panels: usize,
): void {
  const size = sizeof<T>();
  const panelBytes = <usize>count * 2 * PAIR;
  for (let row = 0; row < count; row++, rows += stride, scales += F64, panels += 2 * PAIR) {
    const scale = v128.load_splat<f64>(scales);
    let from = rows;
    let to = panels;
    let column = 0;
    for (; column + 4 <= dim; column += 4, from += 4 * size, to += panelBytes) {
      v128.store(to, f64x2.mul(scale, pair<T>(from)));
      v128.store(to, f64x2.mul(scale, pair<T>(from + 2 * size)), 16);
    }
    for (let i = 0; i < 4; i++, column++, from += size) {
      const value = column < dim ? <f64>load<T>(from) : column === dim ? 1 : 0;
      store<f64>(to + <usize>i * F64, load<f64>(scales) * value);
    }
  }
}
