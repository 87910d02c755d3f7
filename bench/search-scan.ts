import { loadScanKernels } from '../scripts/search/scan-kernels.ts';
import { createRandom } from '../src/core/random.ts';
import type { ScanMemory } from '../src/core/search/scan-memory.ts';
import { createScanMemory } from '../src/core/search/scan-memory.ts';
import type { ScanQuery } from '../src/core/search/scan-query.ts';
import { quantizeQuery } from '../src/core/search/scan-query.ts';
import type { CorpusLayout } from './made-corpus.ts';
import {
  codeLayout,
  corpusLayout,
  corpusVectors,
  fillCodes,
  fillCorpus,
  madeCodeQuery,
  scanCodes,
  scanCorpus,
  searchCodes,
  searchCorpus,
} from './made-corpus.ts';
import { measureCpuInTurn } from './measure-cpu.ts';
import type { BenchRow, Series, Spread } from './measure.ts';
import { benchRow, limitRow, onCurve } from './measure.ts';
import { loadUsearch, type Usearch } from './usearch.ts';

const ROUNDS = 20;
const DIM = 64;
const COUNT = 200_000;
const FIRST = 10;
/** 272 MB with the scales, many times any last-level cache. */
const LARGE_COUNT = 4_000_000;
const COUNTS = [1_000, 10_000, 100_000, 1_000_000];
const DIMS = [16, 50, 64, 128, 256, 512, 768];
const DIM_COUNT = 50_000;

/**
 * Exact search of an int8 corpus, in CPU time: the SIMD kernel with its heap of the best ten against its twin in plain
 * TypeScript, against npm's usearch (native SIMD, one thread) on the same vectors, and against only reading the bytes.
 */
export function benchSearchScan(tell: (line: string) => void): BenchRow[] {
  return [...rowsAgainstTwins(tell), ...rowsOfCodes(tell), ...rowsOfReading(tell), ...rowsOfGrowth(tell)];
}

function rowsAgainstTwins(tell: (line: string) => void): BenchRow[] {
  const layout = corpusLayout(COUNT, DIM);
  const simd = madeMemory(layout, 'simd');
  const plain = madeMemory(layout, 'plain');
  const query = randomQuery(DIM);
  const size = sizeOf(layout);
  tell(`search-scan: ${size}`);
  const [ours, twin] = measureCpuInTurn(ROUNDS, [
    () => sumOfSearch(simd, layout, query),
    () => sumOfSearch(plain, layout, query),
  ]);
  const rows = [
    cpuRow(`search ${size}, top ${FIRST}`, ours, { name: 'plain TypeScript', ...twin }, 4),
    limitRow(`search ${size}, top ${FIRST}`, 'CPU time', 'ms', ours, 10),
  ];
  const usearch = loadUsearch(tell);
  return usearch === null ? rows : [...rows, rowAgainstUsearch(usearch, simd, layout)];
}

/** Rows of codes of 64 bytes, twice or eight times the coordinates, against int8 ones of as many bytes; and against their twin. */
function rowsOfCodes(tell: (line: string) => void): BenchRow[] {
  const int8 = corpusLayout(COUNT, DIM);
  const layout = codeLayout(COUNT, DIM);
  const int8Memory = madeMemory(int8, 'simd');
  const simd = createScanMemory(layout, loadScanKernels());
  const plain = createScanMemory(layout, null);
  for (const memory of [simd, plain]) fillCodes(memory, layout);
  const int8Query = randomQuery(DIM);
  return ([4, 1] as const).flatMap((bits) => {
    const query = madeCodeQuery(bits, DIM);
    const [coded, reference] = [simd, plain].map((memory) => searchCodes(memory, layout, query, FIRST));
    if (coded.scores.join() !== reference.scores.join()) throw new Error('the kernel and its twin differ');
    const dim = (8 / bits) * DIM;
    const size = `${COUNT.toLocaleString('en')}×${dim} ${bits === 4 ? 'int4' : 'signs'}`;
    tell(`search-scan: ${size}`);
    const rival = `${sizeOf(int8)} int8`;
    const [scan, int8Scan, search, int8Search, twin] = measureCpuInTurn(ROUNDS, [
      () => scanCodes(simd, layout, query),
      () => scanCorpus(int8Memory, int8, int8Query),
      () => searchCodes(simd, layout, query, FIRST).scores[0],
      () => sumOfSearch(int8Memory, int8, int8Query),
      () => searchCodes(plain, layout, query, FIRST).scores[0],
    ]);
    return [
      cpuRow(`scan ${size}`, scan, { name: rival, ...int8Scan }, bits === 4 ? 1 : null),
      cpuRow(`search ${size}, top ${FIRST}`, search, { name: rival, ...int8Search }, null),
      cpuRow(`search ${size}, top ${FIRST}`, search, { name: 'plain TypeScript', ...twin }, 4),
    ];
  });
}

/** The same whole numbers on both sides, so that their answers have to be equal. */
function rowAgainstUsearch(usearch: Usearch, memory: ScanMemory, layout: CorpusLayout): BenchRow {
  const vectors = corpusVectors(layout);
  const bytes = Int8Array.from(randomQuery(DIM).values, (value) => value >> 8);
  const query: ScanQuery = { dim: DIM, values: Int16Array.from(bytes), scale: 1 };
  const rival = () => usearch.exactSearch(vectors, bytes, DIM, FIRST, usearch.MetricKind.IP, 1);
  const theirs = Array.from(rival().distances, (distance) => 1 - distance);
  const found = searchCorpus(memory, layout, query, FIRST).scores;
  if (found.some((score, i) => score !== theirs[i])) {
    throw new Error(`expected the inner products of usearch, ${theirs.join(' ')}, got ${found.join(' ')}`);
  }
  const [ours, other] = measureCpuInTurn(ROUNDS, [
    () => sumOfSearch(memory, layout, query),
    () => rival().distances[0],
  ]);
  return cpuRow(`search ${sizeOf(layout)}, top ${FIRST}`, ours, { name: 'usearch exact i8', ...other }, 0.5);
}

/** Reading is the sum of all 16-byte lanes of the same memory, eight sums at once, by the same module. */
function rowsOfReading(tell: (line: string) => void): BenchRow[] {
  const layout = corpusLayout(LARGE_COUNT, DIM);
  const size = sizeOf(layout);
  tell(`search-scan: ${size}`);
  const kernels = loadScanKernels();
  const start = kernels.memory.buffer.byteLength;
  const memory = createScanMemory(layout, kernels);
  fillCorpus(memory, layout);
  const bytes = kernels.memory.buffer.byteLength - start;
  const query = randomQuery(DIM);
  const [scan, search, reading] = measureCpuInTurn(ROUNDS, [
    () => scanCorpus(memory, layout, query),
    () => sumOfSearch(memory, layout, query),
    () => kernels.readAll(start, bytes),
  ]);
  const readingRival = { name: 'reading the bytes', ...reading };
  return [
    cpuRow(`scan ${size}`, scan, readingRival, 0.5),
    cpuRow(`search ${size}, top ${FIRST}`, search, readingRival, null),
    limitRow(`scan ${size}`, 'rate', 'GB/s', rate(scan, bytes), null),
    limitRow(`reading ${size}`, 'rate', 'GB/s', rate(reading, bytes), null),
  ];
}

/** How time grows with the corpus and with the dim. */
function rowsOfGrowth(tell: (line: string) => void): BenchRow[] {
  tell('search-scan: growth');
  const byCount = COUNTS.map((count) =>
    growthRow(corpusLayout(count, DIM), {
      chart: 'search-scan',
      name: `SIMD, ${DIM} coordinates`,
      x: count,
      xUnit: 'vectors',
    }),
  );
  const byDim = DIMS.map((dim) =>
    growthRow(corpusLayout(DIM_COUNT, dim), {
      chart: 'search-scan-dim',
      name: `SIMD, ${DIM_COUNT.toLocaleString('en')} vectors`,
      x: dim,
      xUnit: 'coordinates',
    }),
  );
  return [...byCount, ...byDim];
}

function growthRow(layout: CorpusLayout, series: Series): BenchRow {
  const simd = madeMemory(layout, 'simd');
  const plain = madeMemory(layout, 'plain');
  const query = randomQuery(layout.dim);
  const runs = Math.max(1, Math.round(2e7 / (layout.count * layout.dim)));
  const sides = [simd, plain].map((memory) => () => sumOfSearch(memory, layout, query));
  const [ours, twin] = measureCpuInTurn(ROUNDS, sides, runs).map((time) => scaled(time, 1000));
  const row = cpuRow(
    `search ${sizeOf(layout)}, top ${FIRST}`,
    ours,
    { name: 'plain TypeScript', ...twin },
    null,
  );
  return onCurve({ ...row, unit: 'µs' }, series);
}

function madeMemory(layout: CorpusLayout, kind: ScanMemory['kind']): ScanMemory {
  const memory = createScanMemory(layout, kind === 'simd' ? loadScanKernels() : null);
  fillCorpus(memory, layout);
  return memory;
}

function randomQuery(dim: number): ScanQuery {
  const random = createRandom(dim);
  return quantizeQuery(Float64Array.from({ length: dim }, () => random.nextGaussian()));
}

function sumOfSearch(memory: ScanMemory, layout: CorpusLayout, query: ScanQuery): number {
  return searchCorpus(memory, layout, query, FIRST).scores.reduce((sum, score) => sum + score, 0);
}

function sizeOf({ count, dim }: CorpusLayout): string {
  return `${count.toLocaleString('en')}×${dim}`;
}

function cpuRow(...row: Parameters<typeof benchRow>): BenchRow {
  return { ...benchRow(...row), metric: 'CPU time' };
}

function scaled({ median, min, max }: Spread, factor: number): Spread {
  return { median: factor * median, min: factor * min, max: factor * max };
}

function rate({ median, min, max }: Spread, bytes: number): Spread {
  const gigabytesPerSecond = (ms: number): number => bytes / ms / 1e6;
  return { median: gigabytesPerSecond(median), min: gigabytesPerSecond(max), max: gigabytesPerSecond(min) };
}
