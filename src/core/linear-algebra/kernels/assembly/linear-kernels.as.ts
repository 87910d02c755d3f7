// AssemblyScript, not TypeScript: compiled by `node scripts/build-kernels.ts` into ../compiled.ts. 128-bit SIMD without the
// relaxed instructions, so that every machine gives the same bits. Addresses are in bytes; the caller lays out the memory.

export { nextWords, skipPairs } from './mersenne-twister.as';
export { addRows, addSquares, multiplyRows, packScaled } from './row-kernels.as';

const F64: usize = 8;
/** Columns of a panel: two vectors of two. */
const WIDTH: i32 = 4;
const PANEL_ROW: usize = 32;

/**
 * Centre rows and lay them out for `addProduct`: panels of four columns, shape [ceil(dim / 4), rows, 4], zeros beyond dim.
 * @param source row-major, shape [rows, dim], float64 when `wide`, else float32
 * @param mean float64, length dim
 */
export function packPanels(source: usize, wide: bool, rows: i32, dim: i32, mean: usize, panels: usize): void {
  const panelBytes = <usize>rows * PANEL_ROW;
  const whole = dim - (dim % WIDTH);
  const elementBytes: usize = wide ? 8 : 4;
  for (let row = 0; row < rows; row++) {
    let from = source + <usize>row * <usize>dim * elementBytes;
    let to = panels + <usize>row * PANEL_ROW;
    let middle = mean;
    let column = 0;
    for (; column < whole; column += WIDTH) {
      let low: v128;
      let high: v128;
      if (wide) {
        low = v128.load(from);
        high = v128.load(from, 16);
      } else {
        const four = v128.load(from);
        low = f64x2.promote_low_f32x4(four);
        high = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3));
      }
      v128.store(to, f64x2.sub(low, v128.load(middle)));
      v128.store(to, f64x2.sub(high, v128.load(middle, 16)), 16);
      from += <usize>WIDTH * elementBytes;
      middle += PANEL_ROW;
      to += panelBytes;
    }
    if (column === dim) continue;
    for (let i = 0; i < WIDTH; i++) {
      const at = <usize>i * F64;
      if (column + i >= dim) store<f64>(to + at, 0);
      else {
        const value = wide ? load<f64>(from + at) : <f64>load<f32>(from + <usize>i * 4);
        store<f64>(to + at, value - load<f64>(middle + at));
      }
    }
  }
}

/**
 * sums += the sum of the rows.
 * @param source row-major, shape [rows, dim], float64 when `wide`, else float32
 * @param sums float64, length dim
 */
export function addColumnSums(source: usize, wide: bool, rows: i32, dim: i32, sums: usize): void {
  const whole = dim - (dim % WIDTH);
  for (let row = 0; row < rows; row++) {
    let to = sums;
    let column = 0;
    for (; column < whole; column += WIDTH) {
      let low: v128;
      let high: v128;
      if (wide) {
        low = v128.load(source);
        high = v128.load(source, 16);
        source += 32;
      } else {
        const four = v128.load(source);
        low = f64x2.promote_low_f32x4(four);
        high = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3));
        source += 16;
      }
      v128.store(to, f64x2.add(v128.load(to), low));
      v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
      to += PANEL_ROW;
    }
    for (; column < dim; column++) {
      store<f64>(to, load<f64>(to) + (wide ? load<f64>(source) : <f64>load<f32>(source)));
      source += wide ? 8 : 4;
      to += F64;
    }
  }
}

/** sum = a + sign·b; float64, `length` of them, even. */
export function combine(a: usize, b: usize, sign: f64, length: i32, sum: usize): void {
  const signs = f64x2.splat(sign);
  for (let at: usize = 0; at < <usize>length * F64; at += 16) {
    v128.store(sum + at, f64x2.add(v128.load(a + at), f64x2.mul(signs, v128.load(b + at))));
  }
}

/**
 * sums += XᵀY over packed rows.
 * @param sums row-major, shape [4·panels, 4·panels]
 * @param triangle leave out the tiles below the diagonal
 */
export function addProduct(x: usize, y: usize, rows: i32, panels: i32, sums: usize, triangle: bool): void {
  const panelBytes = <usize>rows * PANEL_ROW;
  const stride = <usize>panels * PANEL_ROW;
  for (let i = 0; i < panels; i++) {
    for (let j = triangle ? i : 0; j < panels; j++) {
      addTile(
        x + <usize>i * panelBytes,
        y + <usize>j * panelBytes,
        rows,
        sums + <usize>i * PANEL_ROW * <usize>panels * 4 + <usize>j * PANEL_ROW,
        stride,
      );
    }
  }
}

/** One tile of four by four: eight running sums stay in registers over all rows. */
function addTile(x: usize, y: usize, rows: i32, sums: usize, stride: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = x + <usize>rows * PANEL_ROW;
  while (x < end) {
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    const x0 = v128.load_splat<f64>(x);
    s00 = f64x2.add(s00, f64x2.mul(x0, y0));
    s01 = f64x2.add(s01, f64x2.mul(x0, y1));
    const x1 = v128.load_splat<f64>(x, 8);
    s10 = f64x2.add(s10, f64x2.mul(x1, y0));
    s11 = f64x2.add(s11, f64x2.mul(x1, y1));
    const x2 = v128.load_splat<f64>(x, 16);
    s20 = f64x2.add(s20, f64x2.mul(x2, y0));
    s21 = f64x2.add(s21, f64x2.mul(x2, y1));
    const x3 = v128.load_splat<f64>(x, 24);
    s30 = f64x2.add(s30, f64x2.mul(x3, y0));
    s31 = f64x2.add(s31, f64x2.mul(x3, y1));
    x += PANEL_ROW;
    y += PANEL_ROW;
  }
  addTo(sums, s00, s01);
  addTo(sums + stride, s10, s11);
  addTo(sums + 2 * stride, s20, s21);
  addTo(sums + 3 * stride, s30, s31);
}

function addTo(at: usize, low: v128, high: v128): void {
  v128.store(at, f64x2.add(v128.load(at), low));
  v128.store(at, f64x2.add(v128.load(at, 16), high), 16);
}

/**
 * `plainTridiagonalForm`: the triangle of `a` becomes the reflectors.
 * @param a row-major, shape [size, size]
 * @param diagonal, offDiagonal, tau float64, length size, zeros
 * @param scratch float64, length 4·size, zeros
 */
export function tridiagonalize(
  a: usize,
  size: i32,
  diagonal: usize,
  offDiagonal: usize,
  tau: usize,
  scratch: usize,
): void {
  const vectorBytes = <usize>size * F64;
  let v = scratch;
  let w = scratch + vectorBytes;
  let nextV = scratch + 2 * vectorBytes;
  let product = scratch + 3 * vectorBytes;
  for (let j = 0; j < size; j++) {
    const at = <usize>j * F64;
    const row = a + <usize>j * vectorBytes;
    const vj = load<f64>(v + at);
    const wj = load<f64>(w + at);
    for (let c = at; c < vectorBytes; c += F64) {
      store<f64>(row + c, load<f64>(row + c) - (vj * load<f64>(w + c) + wj * load<f64>(v + c)));
    }
    store<f64>(diagonal + at, load<f64>(row + at));
    if (j === size - 1) break;
    const length = size - j - 1;
    store<f64>(offDiagonal + at, reflect(row + at + F64, length, tau + at));
    memory.copy(nextV + at + F64, row + at + F64, <usize>length * F64);
    memory.fill(product, 0, vectorBytes);
    for (let i = j + 1; i < size; i++) updateAndMultiply(a, size, i, v, w, nextV, product);
    finishUpdate(product + at + F64, nextV + at + F64, length, load<f64>(tau + at));
    const oldV = v;
    v = nextV;
    nextV = oldV;
    const oldW = w;
    w = product;
    product = oldW;
  }
}

function reflect(x: usize, length: i32, tau: usize): f64 {
  const alpha = load<f64>(x);
  const rest = length > 1 ? inner(x + F64, x + F64, length - 1) : 0;
  store<f64>(x, 1);
  if (rest === 0) return alpha;
  const norm = sqrt(alpha * alpha + rest);
  const beta = alpha < 0 ? norm : -norm;
  store<f64>(tau, (beta - alpha) / beta);
  const scale = 1 / (alpha - beta);
  for (let i = 1; i < length; i++) {
    store<f64>(x + <usize>i * F64, load<f64>(x + <usize>i * F64) * scale);
  }
  return beta;
}

/** Row i of the triangle: A −= v wᵀ + w vᵀ, and what the row and its mirror add to A·nextV. */
function updateAndMultiply(
  a: usize,
  size: i32,
  i: i32,
  v: usize,
  w: usize,
  nextV: usize,
  product: usize,
): void {
  const end = <usize>size * F64;
  const row = a + <usize>i * end;
  let c = <usize>i * F64;
  const vi = load<f64>(v + c);
  const wi = load<f64>(w + c);
  const xi = load<f64>(nextV + c);
  const own = load<f64>(row + c) - 2 * vi * wi;
  store<f64>(row + c, own);
  let sum = own * xi;
  const sumAt = product + c;
  c += F64;
  if (((size - i - 1) & 1) !== 0) {
    const value = load<f64>(row + c) - (vi * load<f64>(w + c) + wi * load<f64>(v + c));
    store<f64>(row + c, value);
    sum += value * load<f64>(nextV + c);
    store<f64>(product + c, load<f64>(product + c) + value * xi);
    c += F64;
  }
  const vs = f64x2.splat(vi);
  const ws = f64x2.splat(wi);
  const xs = f64x2.splat(xi);
  let sums = f64x2.splat(0);
  for (; c < end; c += 2 * F64) {
    const change = f64x2.add(f64x2.mul(vs, v128.load(w + c)), f64x2.mul(ws, v128.load(v + c)));
    const value = f64x2.sub(v128.load(row + c), change);
    v128.store(row + c, value);
    sums = f64x2.add(sums, f64x2.mul(value, v128.load(nextV + c)));
    v128.store(product + c, f64x2.add(v128.load(product + c), f64x2.mul(value, xs)));
  }
  sum += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  store<f64>(sumAt, load<f64>(sumAt) + sum);
}

function finishUpdate(product: usize, v: usize, length: i32, tau: f64): void {
  const half = 0.5 * tau * tau * inner(product, v, length);
  for (let i: usize = 0; i < <usize>length * F64; i += F64) {
    store<f64>(product + i, tau * load<f64>(product + i) - half * load<f64>(v + i));
  }
}

/**
 * `plainApplyReflectors`: every row z of `vectors` becomes Q z.
 * @param a what `tridiagonalize` left
 * @param vectors row-major, shape [count, size]
 */
export function applyReflectors(a: usize, size: i32, tau: usize, vectors: usize, count: i32): void {
  const vectorBytes = <usize>size * F64;
  for (let j = size - 2; j >= 0; j--) {
    const t = load<f64>(tau + <usize>j * F64);
    if (t === 0) continue;
    const at = <usize>(j + 1) * F64;
    const reflector = a + <usize>j * vectorBytes + at;
    for (let i = 0; i < count; i++) {
      const z = vectors + <usize>i * vectorBytes + at;
      subtract(z, reflector, size - j - 1, t * inner(reflector, z, size - j - 1));
    }
  }
}

function inner(x: usize, y: usize, length: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + <usize>length * F64;
  while (x + 32 <= end) {
    low = f64x2.add(low, f64x2.mul(v128.load(x), v128.load(y)));
    high = f64x2.add(high, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    x += 32;
    y += 32;
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; x < end; x += F64, y += F64) sum += load<f64>(x) * load<f64>(y);
  return sum;
}

/** z −= share · x. */
function subtract(z: usize, x: usize, length: i32, share: f64): void {
  const shares = f64x2.splat(share);
  const end = x + <usize>length * F64;
  while (x + 16 <= end) {
    v128.store(z, f64x2.sub(v128.load(z), f64x2.mul(shares, v128.load(x))));
    x += 16;
    z += 16;
  }
  if (x < end) store<f64>(z, load<f64>(z) - share * load<f64>(x));
}

/** Rows and columns of a tile of `scoreRows`. */
const TILE_ROWS: i32 = 4;
const TILE_COLUMNS: i32 = 8;

/**
 * scores[i, j] = row i · column j, in float32, coordinate by coordinate in ascending order: the same bits for the same two
 * vectors wherever they stand.
 * @param rows panels of four vectors, shape [rowPanels, dim, 4]
 * @param columns panels of eight vectors, shape [columnPanels, dim, 8]
 * @param scores float32, row-major, shape [4·rowPanels, 8·columnPanels], written
 */
export function scoreRows(
  rows: usize,
  rowPanels: i32,
  columns: usize,
  columnPanels: i32,
  dim: i32,
  scores: usize,
): void {
  const rowBytes = <usize>dim * TILE_ROWS * 4;
  const columnBytes = <usize>dim * TILE_COLUMNS * 4;
  const stride = <usize>columnPanels * TILE_COLUMNS * 4;
  for (let j = 0; j < columnPanels; j++) {
    // A panel of columns stays in the first-level cache while all rows pass.
    const panel = columns + <usize>j * columnBytes;
    for (let i = 0; i < rowPanels; i++) {
      const tile = scores + <usize>i * TILE_ROWS * stride + <usize>j * TILE_COLUMNS * 4;
      scoreTile(rows + <usize>i * rowBytes, panel, rowBytes, tile, stride);
    }
  }
}

function scoreTile(x: usize, y: usize, rowBytes: usize, scores: usize, stride: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  const end = x + rowBytes;
  while (x < end) {
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    const x0 = v128.load_splat<f32>(x);
    s00 = f32x4.add(s00, f32x4.mul(x0, y0));
    s01 = f32x4.add(s01, f32x4.mul(x0, y1));
    const x1 = v128.load_splat<f32>(x, 4);
    s10 = f32x4.add(s10, f32x4.mul(x1, y0));
    s11 = f32x4.add(s11, f32x4.mul(x1, y1));
    const x2 = v128.load_splat<f32>(x, 8);
    s20 = f32x4.add(s20, f32x4.mul(x2, y0));
    s21 = f32x4.add(s21, f32x4.mul(x2, y1));
    const x3 = v128.load_splat<f32>(x, 12);
    s30 = f32x4.add(s30, f32x4.mul(x3, y0));
    s31 = f32x4.add(s31, f32x4.mul(x3, y1));
    x += 16;
    y += 32;
  }
  v128.store(scores, s00);
  v128.store(scores, s01, 16);
  scores += stride;
  v128.store(scores, s10);
  v128.store(scores, s11, 16);
  scores += stride;
  v128.store(scores, s20);
  v128.store(scores, s21, 16);
  scores += stride;
  v128.store(scores, s30);
  v128.store(scores, s31, 16);
}
