// AssemblyScript, not TypeScript: compiled by `node scripts/build-kernels.ts` into ../scan-kernels.wasm. 128-bit SIMD without
// the relaxed instructions, so that every machine gives the same bits. Addresses are in bytes; the caller lays out the memory.

/** Coordinates multiplied at once: bytes widened to int16 on loading. */
const STEP: usize = 8;
const QUERY_STEP: usize = 16;
/** Vectors scored at once: their sums are turned into a vector of four together. */
const ROWS: i32 = 4;

/**
 * scores[i] = (vector i · query) · scales[i] · queryScale: the inner product in int32, exact, the rest in float64. Four
 * vectors at a time share a load of the query; keeping it in registers, for dims where it fits, measured no faster.
 * @param vectors int8, row-major, shape [count, dim], at any alignment; up to 7 bytes behind them are read
 * @param scales float32
 * @param query int16, zero beyond dim up to a multiple of 8; too small for any sum to overflow
 * @param scores float32, written
 */
export function scan(
  vectors: usize,
  scales: usize,
  count: i32,
  dim: i32,
  query: usize,
  queryScale: f64,
  scores: usize,
): void {
  const stride = <usize>dim;
  const queryEnd = query + (stride << 1);
  const factor = f64x2.splat(queryScale);
  let a = vectors;
  let left = count;
  for (; left >= ROWS; left -= ROWS) {
    let b = a + stride;
    let c = b + stride;
    let d = c + stride;
    const next = d + stride;
    let sumA = i32x4.splat(0);
    let sumB = i32x4.splat(0);
    let sumC = i32x4.splat(0);
    let sumD = i32x4.splat(0);
    for (let at = query; at < queryEnd; at += QUERY_STEP) {
      const q = v128.load(at);
      sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(v128.load_ext<i8>(a), q));
      sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(v128.load_ext<i8>(b), q));
      sumC = i32x4.add(sumC, i32x4.dot_i16x8_s(v128.load_ext<i8>(c), q));
      sumD = i32x4.add(sumD, i32x4.dot_i16x8_s(v128.load_ext<i8>(d), q));
      a += STEP;
      b += STEP;
      c += STEP;
      d += STEP;
    }
    a = next;
    storeScores(sumA, sumB, sumC, sumD, scales, factor, scores);
    scales += 16;
    scores += 16;
  }
  for (; left > 0; left--) {
    const sum = dot(a, query, queryEnd);
    store<f32>(scores, <f32>(<f64>sum * <f64>load<f32>(scales) * queryScale));
    a += stride;
    scales += 4;
    scores += 4;
  }
}

/** Add up the lanes of four sums, scale the four totals and store them. */
function storeScores(a: v128, b: v128, c: v128, d: v128, scales: usize, factor: v128, scores: usize): void {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  const sums = i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
  const scale = v128.load(scales);
  const low = f64x2.mul(f64x2.mul(f64x2.convert_low_i32x4_s(sums), f64x2.promote_low_f32x4(scale)), factor);
  const high = f64x2.mul(
    f64x2.mul(
      f64x2.convert_low_i32x4_s(v128.shuffle<i64>(sums, sums, 1, 1)),
      f64x2.promote_low_f32x4(v128.shuffle<i64>(scale, scale, 1, 1)),
    ),
    factor,
  );
  v128.store(scores, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}

function dot(vector: usize, query: usize, queryEnd: usize): i32 {
  let sum = i32x4.splat(0);
  for (; query < queryEnd; query += QUERY_STEP) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(vector), v128.load(query)));
    vector += STEP;
  }
  return (
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3)
  );
}

/**
 * Add up all bytes in lanes of int32, with eight sums so that nothing waits but for memory: what reading costs at the least.
 * @param bytes a multiple of 128
 */
export function readAll(from: usize, bytes: usize): i32 {
  const end = from + bytes;
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let s2 = i32x4.splat(0);
  let s3 = i32x4.splat(0);
  let s4 = i32x4.splat(0);
  let s5 = i32x4.splat(0);
  let s6 = i32x4.splat(0);
  let s7 = i32x4.splat(0);
  for (; from < end; from += 128) {
    s0 = i32x4.add(s0, v128.load(from));
    s1 = i32x4.add(s1, v128.load(from, 16));
    s2 = i32x4.add(s2, v128.load(from, 32));
    s3 = i32x4.add(s3, v128.load(from, 48));
    s4 = i32x4.add(s4, v128.load(from, 64));
    s5 = i32x4.add(s5, v128.load(from, 80));
    s6 = i32x4.add(s6, v128.load(from, 96));
    s7 = i32x4.add(s7, v128.load(from, 112));
  }
  const low = i32x4.add(i32x4.add(s0, s1), i32x4.add(s2, s3));
  const sum = i32x4.add(low, i32x4.add(i32x4.add(s4, s5), i32x4.add(s6, s7)));
  return (
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3)
  );
}
