// AssemblyScript, not TypeScript: compiled by `node scripts/build-kernels.ts` into ../scan-kernels.wasm. 128-bit SIMD without
// the relaxed instructions, so that every machine gives the same bits. Addresses are in bytes; the caller lays out the memory.

/** Coordinates multiplied at once: bytes widened to int16 on loading. */
const STEP: usize = 8;
const QUERY_STEP: usize = 16;
/**
 * scores[i] = (vector i · query) · scales[i] · queryScale: the inner product in int32, exact, the rest in float64. Four
 * vectors at a time share a load of the query, one from each quarter of the block: four streams that the processor reads
 * ahead in, where four vectors in a row make it wait for memory. Keeping the query in registers measured no faster.
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
  const quarter = count >> 2;
  const vectorsApart = <usize>quarter * stride;
  const scoresApart = (<usize>quarter) << 2;
  for (let row = 0; row < quarter; row++) {
    let a = vectors + <usize>row * stride;
    let b = a + vectorsApart;
    let c = b + vectorsApart;
    let d = c + vectorsApart;
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
    const at = (<usize>row) << 2;
    storeScores(addLanes(sumA, sumB, sumC, sumD), scales + at, scoresApart, queryScale, scores + at);
  }
  for (let row = quarter << 2; row < count; row++) {
    const at = (<usize>row) << 2;
    const sum = dot(vectors + <usize>row * stride, query, queryEnd);
    store<f32>(scores + at, <f32>(<f64>sum * <f64>load<f32>(scales + at) * queryScale));
  }
}

/** The sums of the lanes of each of four vectors, as a vector. */
function addLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** Scale four sums and store them, each as far from the one before as its scale is. @param apart in bytes */
function storeScores(sums: v128, scales: usize, apart: usize, queryScale: f64, scores: usize): void {
  storePair(sums, scales, apart, queryScale, scores);
  storePair(v128.shuffle<i64>(sums, sums, 1, 1), scales + 2 * apart, apart, queryScale, scores + 2 * apart);
}

function storePair(sums: v128, scales: usize, apart: usize, queryScale: f64, scores: usize): void {
  const scale = f64x2.promote_low_f32x4(v128.load_lane<f32>(scales + apart, v128.load_zero<f32>(scales), 1));
  const scaled = f64x2.mul(f64x2.mul(f64x2.convert_low_i32x4_s(sums), scale), f64x2.splat(queryScale));
  const pair = f32x4.demote_f64x2_zero(scaled);
  v128.store_lane<f32>(scores, pair, 0);
  v128.store_lane<f32>(scores + apart, pair, 1);
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
