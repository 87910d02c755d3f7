import { createRandom } from '../src/core/random.ts';
import { fitPca } from '../src/core/selection/projection/pca.ts';
import { normalizeRows } from '../src/core/vector.ts';
import { connect } from '../src/postgres/connect.ts';
import { HNSW } from '../scripts/postgres/postgres-engine.ts';
import { type FilledEngine, fillIsolate, fillPostgres, fillVectorize } from './engines/engines.ts';
import { type Rows, bestOf, nearest, rowsOf, shareOf } from './engines/nearest.ts';
import { readPhotoVectors } from './engines/photo-vectors.ts';
import { startPostgres } from './engines/postgres-server.ts';
import { vectorizeCosts } from './engines/vectorize-costs.ts';
import { type BenchRow, limitRow, onCurve, spreadOf } from './measure.ts';
import { ownCpuMs } from './measure-cpu.ts';

type Tell = (line: string) => void;

const SEED = 1;
const K = 64;
const QUERIES = 100;
const DEPTH = 10;
/** Candidates that are rescored by full vectors. */
const RERANK = 100;
const GROWTH = [10_000, 30_000, 100_000];
const MILLION = 1_000_000;
/** Of a made vector to the real one that it is made from: about as far as two photographs of one thing are. */
const JITTER = 0.5;

/** Real vectors with what a selection keeps of them. */
interface Corpus {
  readonly full: Rows;
  readonly kept: Rows;
  readonly queries: { readonly full: Rows; readonly kept: Rows };
}

/**
 * Every engine over the same real embeddings: pictures and captions of the photographs, 100 of them held out as queries. What is stored are 64
 * principal coordinates of 256. PostgreSQL is the real one, but compiled to WebAssembly and in this process: its CPU counts in, and on a
 * server of its own it takes less.
 */
export async function benchSearchEngines(tell: Tell): Promise<BenchRow[]> {
  const photos = await readPhotoVectors(tell);
  if (photos === null) return [];
  const { corpus, axes } = corpusOf(rowsOf(photos.dim, photos.rows));
  tell(
    `search-engines: ${corpus.full.count} embeddings of ${photos.pictures} pictures and ${photos.captions} captions, ${QUERIES} queries held out; ` +
      `${K} coordinates of ${photos.dim}; HNSW m ${HNSW.m}, ef_construction ${HNSW.efConstruction}`,
  );
  const rows: BenchRow[] = await measured(tell, corpus, 'isolate', () =>
    Promise.resolve(fillIsolate(corpus.kept)),
  );
  const vectorize = await measured(tell, corpus, 'vectorize', () => fillVectorize(corpus.kept));
  rows.push(...vectorize.filter(({ metric }) => /^recall|^bytes/.test(metric)), ...vectorizeCosts(K));
  const server = await startPostgres();
  const sql = connect(server.url, { connections: 1 });
  try {
    for (const index of ['exact', 'bits', 'hnsw'] as const)
      rows.push(...(await measured(tell, corpus, index, () => fillPostgres(sql, index, corpus.kept))));
    for (const index of ['bits', 'hnsw'] as const) {
      const points: GrowthPoint[] = [];
      for (const count of GROWTH) {
        const made = madeRows(corpus, count, axes);
        const point = await growthPoint(made, corpus.queries.kept, () => fillPostgres(sql, index, made));
        tell(`search-engines: ${count} rows by ${index}: ${JSON.stringify(point)}`);
        points.push(point);
      }
      rows.push(...growthRows(index, points));
    }
  } finally {
    await sql.end();
    await server.close();
  }
  return rows;
}

function corpusOf(all: Rows): { readonly corpus: Corpus; readonly axes: Axes } {
  const random = createRandom(SEED);
  const order = Array.from({ length: all.count }, (_, i) => i);
  for (let i = 0; i < QUERIES; i++) {
    const other = i + random.nextInt(all.count - i);
    [order[i], order[other]] = [order[other], order[i]];
  }
  const queries = picked(all, order.slice(0, QUERIES));
  const full = picked(all, order.slice(QUERIES));
  const axes = axesOf(full);
  const kept = keep(full, axes);
  return { corpus: { full, kept, queries: { full: queries, kept: keep(queries, axes) } }, axes };
}

function picked({ dim, values }: Rows, places: readonly number[]): Rows {
  const rows = new Float32Array(places.length * dim);
  places.forEach((place, i) => rows.set(values.subarray(place * dim, (place + 1) * dim), i * dim));
  return rowsOf(dim, rows);
}

interface Axes {
  readonly mean: Float64Array;
  /** Row-major, shape [K, dim]. */
  readonly components: Float64Array;
}

function axesOf({ dim, values }: Rows): Axes {
  const { mean, components } = fitPca(values, dim, { components: K });
  return { mean, components };
}

function keep({ dim, count, values }: Rows, { mean, components }: Axes): Rows {
  const kept = new Float32Array(count * K);
  for (let row = 0; row < count; row++) {
    for (let axis = 0; axis < K; axis++) {
      let sum = 0;
      for (let i = 0; i < dim; i++) sum += (values[row * dim + i] - mean[i]) * components[axis * dim + i];
      kept[row * K + axis] = sum;
    }
  }
  normalizeRows(kept, K);
  return rowsOf(K, kept);
}

/** As many vectors as are asked for, each a real one with noise, in any order: few are of pictures and captions as many are. */
function madeRows({ full }: Corpus, count: number, axes: Axes): Rows {
  const random = createRandom(SEED);
  const { dim } = full;
  const rows = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) {
    const from = random.nextInt(full.count) * dim;
    for (let i = 0; i < dim; i++)
      rows[row * dim + i] = full.values[from + i] + (JITTER * random.nextGaussian()) / Math.sqrt(dim);
  }
  normalizeRows(rows, dim);
  return keep(rowsOf(dim, rows), axes);
}

/** Recall, CPU and latency of one engine. */
async function measured(
  tell: Tell,
  { full, kept, queries }: Corpus,
  what: string,
  fill: () => Promise<FilledEngine>,
): Promise<BenchRow[]> {
  const before = ownCpuMs();
  const engine = await fill();
  const buildMs = ownCpuMs() - before;
  const own: number[] = [];
  const answered: number[] = [];
  const cpu: number[] = [];
  const latency: number[] = [];
  for (let q = 0; q < QUERIES; q++) {
    const query = queries.kept.values.slice(q * K, (q + 1) * K);
    const [cpuStart, start] = [ownCpuMs(), performance.now()];
    const candidates = await engine.find(query, RERANK);
    latency.push(performance.now() - start);
    cpu.push(ownCpuMs() - cpuStart);
    own.push(shareOf(candidates.slice(0, DEPTH), nearest(kept, queries.kept, q, DEPTH)));
    const best = bestOf(full, queries.full, q, DEPTH, candidates);
    answered.push(shareOf(best, nearest(full, queries.full, q, DEPTH)));
  }
  await engine.close();
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const point = (value: number) => ({ median: value, min: value, max: value });
  const sorted = latency.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(0.99 * QUERIES) - 1];
  const name = `${engine.name}, ${kept.count} real vectors`;
  const rows = [
    limitRow(name, `recall@${DEPTH} of its own ten`, '', point(mean(own)), null),
    limitRow(name, `recall@${DEPTH} after re-ranking ${RERANK}`, '', point(mean(answered)), null),
    limitRow(name, 'CPU a query', 'ms', point(mean(cpu)), null),
    limitRow(name, 'latency p50', 'ms', spreadOf(latency), null),
    limitRow(name, 'latency p99', 'ms', point(p99), null),
    limitRow(name, 'bytes a vector', 'B', point(engine.bytes / kept.count), null),
    limitRow(name, 'CPU to fill, a thousand vectors', 'ms', point((1000 * buildMs) / kept.count), null),
  ];
  const figures = rows.map(({ metric, ours, unit }) => `${metric} ${ours.median.toPrecision(3)} ${unit}`);
  tell(`search-engines: ${what}: ${figures.join(', ')}`);
  return rows;
}

interface GrowthPoint {
  readonly count: number;
  readonly recall: number;
  readonly cpuMs: number;
  readonly bytes: number;
  readonly fillMs: number;
}

async function growthPoint(
  rows: Rows,
  queries: Rows,
  fill: () => Promise<FilledEngine>,
): Promise<GrowthPoint> {
  const before = ownCpuMs();
  const engine = await fill();
  const fillMs = ownCpuMs() - before;
  const asked = Array.from({ length: QUERIES }, (_, q) => queries.values.slice(q * K, (q + 1) * K));
  const start = ownCpuMs();
  const found: number[][] = [];
  for (const query of asked) found.push(await engine.find(query, RERANK));
  const cpuMs = (ownCpuMs() - start) / QUERIES;
  await engine.close();
  // Of the hundred that are re-ranked: whether the ten best are among them.
  const shares = found.map((places, q) => shareOf(places, nearest(rows, queries, q, DEPTH)));
  const recall = shares.reduce((sum, share) => sum + share, 0) / QUERIES;
  return { count: rows.count, recall, cpuMs, bytes: engine.bytes, fillMs };
}

/** Points of the curves, and a million by the power law through the last two. */
function growthRows(index: string, points: readonly GrowthPoint[]): BenchRow[] {
  const million: GrowthPoint = {
    count: MILLION,
    recall: NaN,
    cpuMs: extrapolated(points, ({ cpuMs }) => cpuMs),
    bytes: extrapolated(points, ({ bytes }) => bytes),
    fillMs: extrapolated(points, ({ fillMs }) => fillMs),
  };
  const row = ({ count }: GrowthPoint, metric: string, unit: string, value: number): BenchRow =>
    onCurve(
      limitRow(
        `postgres ${index}, ${count} made vectors${count === MILLION ? ', extrapolated' : ''}`,
        metric,
        unit,
        { median: value, min: value, max: value },
        null,
      ),
      { chart: `engine-${metric.split(' ')[0]}`, name: index, x: count, xUnit: 'vectors' },
    );
  return [...points, million].flatMap((point) => [
    ...(point === million ? [] : [row(point, `recall: ten best among ${RERANK}`, '', point.recall)]),
    row(point, 'CPU a query', 'ms', point.cpuMs),
    row(point, 'bytes in all', 'MB', point.bytes / 1e6),
    row(point, 'fill, CPU', 's', point.fillMs / 1000),
  ]);
}

function extrapolated(points: readonly GrowthPoint[], valueOf: (point: GrowthPoint) => number): number {
  const [before, last] = points.slice(-2);
  const power = Math.log(valueOf(last) / valueOf(before)) / Math.log(last.count / before.count);
  return valueOf(last) * (MILLION / last.count) ** power;
}
