// AssemblyScript, not TypeScript: compiled by `node scripts/build-kernels.ts` into ../scan-kernels.wasm. 128-bit SIMD; of the
// relaxed instructions only the dot product of int8 and 7 bits, within the range where every machine gives the same bits.
// Addresses are in bytes; the caller lays out the memory.

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
  return addLane(sum);
}

/** Bytes of a row of codes multiplied at once. */
const CHUNK: usize = 16;
/** Of a query: 16 int8 for each of the codes in a byte. */
const INT4_CHUNK_QUERY: usize = 2 * CHUNK;
const SIGN_CHUNK_QUERY: usize = 8 * CHUNK;
/** Chunks whose sums fit a lane of int16: each adds 4 products of at most 15 · 127 to it, or 16 of at most 1 · 127. */
const INT4_CHUNKS_A_SUM: usize = 4;
const SIGN_CHUNKS_A_SUM: usize = 16;

/**
 * scores[i] = (2 · (codes of row i · query) - centre) · scale: the bracket in int32, exact, then in float32. Codes of 4 bits: the low
 * half of byte j takes part with query[32 · (j div 16) + (j mod 16)], the high half with the one 16 behind. A code has 4 bits where
 * the relaxed product allows 7, and no sum of two products comes near the end of int16: nothing is left to the machine.
 * @param rows row-major, shape [count, rowBytes], at any alignment; up to 15 bytes behind them are read
 * @param query int8 from -127 to 127, 32 for every 16 bytes of a row begun, zero beyond
 * @param mask 15. V8 makes a constant anew at each use, which cost a third of the time; an argument stays in its register.
 * @param scores float32, written
 */
export function scanInt4(
  rows: usize,
  count: i32,
  rowBytes: i32,
  query: usize,
  mask: i32,
  centre: i32,
  scale: f32,
  scores: usize,
): void {
  const stride = <usize>rowBytes;
  const masks = i8x16.splat(<i8>mask);
  const queryEnd = query + ((stride + CHUNK - 1) & ~(CHUNK - 1)) * 2;
  let row = 0;
  for (; row + 4 <= count; row += 4) {
    const first = rows + <usize>row * stride;
    let a = first;
    let b = a + stride;
    let c = b + stride;
    let d = c + stride;
    let totalA = i32x4.splat(0);
    let totalB = i32x4.splat(0);
    let totalC = i32x4.splat(0);
    let totalD = i32x4.splat(0);
    let at = query;
    for (
      ;
      at + INT4_CHUNKS_A_SUM * INT4_CHUNK_QUERY <= queryEnd;
      at += INT4_CHUNKS_A_SUM * INT4_CHUNK_QUERY
    ) {
      let low = v128.load(at);
      let high = v128.load(at, 16);
      let sumA = int4Products(v128.load(a), low, high, masks);
      let sumB = int4Products(v128.load(b), low, high, masks);
      let sumC = int4Products(v128.load(c), low, high, masks);
      let sumD = int4Products(v128.load(d), low, high, masks);
      low = v128.load(at, 32);
      high = v128.load(at, 48);
      sumA = i16x8.add(sumA, int4Products(v128.load(a, 16), low, high, masks));
      sumB = i16x8.add(sumB, int4Products(v128.load(b, 16), low, high, masks));
      sumC = i16x8.add(sumC, int4Products(v128.load(c, 16), low, high, masks));
      sumD = i16x8.add(sumD, int4Products(v128.load(d, 16), low, high, masks));
      low = v128.load(at, 64);
      high = v128.load(at, 80);
      sumA = i16x8.add(sumA, int4Products(v128.load(a, 32), low, high, masks));
      sumB = i16x8.add(sumB, int4Products(v128.load(b, 32), low, high, masks));
      sumC = i16x8.add(sumC, int4Products(v128.load(c, 32), low, high, masks));
      sumD = i16x8.add(sumD, int4Products(v128.load(d, 32), low, high, masks));
      low = v128.load(at, 96);
      high = v128.load(at, 112);
      sumA = i16x8.add(sumA, int4Products(v128.load(a, 48), low, high, masks));
      sumB = i16x8.add(sumB, int4Products(v128.load(b, 48), low, high, masks));
      sumC = i16x8.add(sumC, int4Products(v128.load(c, 48), low, high, masks));
      sumD = i16x8.add(sumD, int4Products(v128.load(d, 48), low, high, masks));
      totalA = i32x4.add(totalA, i32x4.extadd_pairwise_i16x8_s(sumA));
      totalB = i32x4.add(totalB, i32x4.extadd_pairwise_i16x8_s(sumB));
      totalC = i32x4.add(totalC, i32x4.extadd_pairwise_i16x8_s(sumC));
      totalD = i32x4.add(totalD, i32x4.extadd_pairwise_i16x8_s(sumD));
      a += INT4_CHUNKS_A_SUM * CHUNK;
      b += INT4_CHUNKS_A_SUM * CHUNK;
      c += INT4_CHUNKS_A_SUM * CHUNK;
      d += INT4_CHUNKS_A_SUM * CHUNK;
    }
    for (; at < queryEnd; at += INT4_CHUNK_QUERY) {
      const low = v128.load(at);
      const high = v128.load(at, 16);
      totalA = addProducts(totalA, int4Products(v128.load(a), low, high, masks));
      totalB = addProducts(totalB, int4Products(v128.load(b), low, high, masks));
      totalC = addProducts(totalC, int4Products(v128.load(c), low, high, masks));
      totalD = addProducts(totalD, int4Products(v128.load(d), low, high, masks));
      a += CHUNK;
      b += CHUNK;
      c += CHUNK;
      d += CHUNK;
    }
    const centred = i32x4.sub(i32x4.shl(addLanes(totalA, totalB, totalC, totalD), 1), i32x4.splat(centre));
    const scaled = f32x4.mul(f32x4.convert_i32x4_s(centred), f32x4.splat(scale));
    v128.store(scores + ((<usize>row) << 2), scaled);
  }
  for (; row < count; row++) {
    let from = rows + <usize>row * stride;
    let total = i32x4.splat(0);
    for (let at = query; at < queryEnd; at += INT4_CHUNK_QUERY) {
      total = addProducts(total, int4Products(v128.load(from), v128.load(at), v128.load(at, 16), masks));
      from += CHUNK;
    }
    const centred: i32 = 2 * addLane(total) - centre;
    store<f32>(scores + ((<usize>row) << 2), <f32>centred * scale);
  }
}

/** Of 16 bytes of codes: each lane adds four products. */
function int4Products(codes: v128, low: v128, high: v128, masks: v128): v128 {
  return i16x8.add(
    i16x8.relaxed_dot_i8x16_i7x16_s(low, v128.and(codes, masks)),
    i16x8.relaxed_dot_i8x16_i7x16_s(high, v128.and(i16x8.shr_u(codes, 4), masks)),
  );
}

function addProducts(total: v128, products: v128): v128 {
  return i32x4.add(total, i32x4.extadd_pairwise_i16x8_s(products));
}

/**
 * As `scanInt4`, of codes of 1 bit: bit n of byte j takes part with query[128 · (j div 16) + 16 · n + (j mod 16)].
 * @param query 128 for every 16 bytes of a row begun
 * @param mask 1
 */
export function scanSign(
  rows: usize,
  count: i32,
  rowBytes: i32,
  query: usize,
  mask: i32,
  centre: i32,
  scale: f32,
  scores: usize,
): void {
  const stride = <usize>rowBytes;
  const masks = i8x16.splat(<i8>mask);
  const queryEnd = query + ((stride + CHUNK - 1) & ~(CHUNK - 1)) * 8;
  for (let row = 0; row < count; row++) {
    let from = rows + <usize>row * stride;
    let total = i32x4.splat(0);
    for (let at = query; at < queryEnd;) {
      let sum = i16x8.splat(0);
      const end = min(queryEnd, at + SIGN_CHUNKS_A_SUM * SIGN_CHUNK_QUERY);
      for (; at < end; at += SIGN_CHUNK_QUERY) {
        const codes = v128.load(from);
        sum = i16x8.add(sum, signProducts(codes, v128.load(at), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 1), v128.load(at, 16), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 2), v128.load(at, 32), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 3), v128.load(at, 48), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 4), v128.load(at, 64), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 5), v128.load(at, 80), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 6), v128.load(at, 96), masks));
        sum = i16x8.add(sum, signProducts(i16x8.shr_u(codes, 7), v128.load(at, 112), masks));
        from += CHUNK;
      }
      total = addProducts(total, sum);
    }
    const centred: i32 = 2 * addLane(total) - centre;
    store<f32>(scores + ((<usize>row) << 2), <f32>centred * scale);
  }
}

/** Of the lowest bit of each of 16 bytes. */
function signProducts(codes: v128, query: v128, masks: v128): v128 {
  return i16x8.relaxed_dot_i8x16_i7x16_s(query, v128.and(codes, masks));
}

function addLane(sum: v128): i32 {
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
  return addLane(sum);
}
