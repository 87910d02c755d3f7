import type { CrossMoments, ScatterMoments } from '../core/linear-algebra/moments.ts';
import type { BinCounts } from '../core/selection/information/bin-counts.ts';
import type { CovarianceSums, FeatureSums, ShardStatistics } from '../core/selection/shard-statistics.ts';
import type { ClassMoments } from '../core/selection/univariate/class-moments.ts';
import type { ClassSums } from '../core/selection/univariate/class-sums.ts';
import type { ColumnRanges } from '../core/selection/univariate/column-ranges.ts';
import { FieldReader, FieldWriter } from './number-fields.ts';
import { MAX_DIM } from './selection-check.ts';
import { openValue, sealValue } from './stored-value.ts';

// The byte table is in docs/scale.md. A change of it takes another number here.
const LABEL = 'shard-statistics/1';
const HAS_COVARIANCE = 1;
const HAS_FEATURES = 2;
const MOST_BINS = 65_535;
/** Matches and mismatches. */
const MOST_CLASSES = 2;

/** Statistics of a shard as sealed bytes, every number to its last bit: some 24·dim² of covariance, and 500·dim of features. */
export function encodeStatistics(statistics: ShardStatistics): Uint8Array<ArrayBuffer> {
  const { dim, planId, counts, covariance, features } = statistics;
  const out = new FieldWriter();
  out.uint32(dim, (covariance === null ? 0 : HAS_COVARIANCE) + (features === null ? 0 : HAS_FEATURES));
  out.float64(planId, counts.pairs, counts.repeated, counts.marked);
  if (covariance !== null) writeCovariance(out, covariance);
  if (features !== null) writeFeatures(out, features);
  return sealValue(LABEL, out.toBytes());
}

/** @throws AppError STORAGE_FAILED for damaged, cut or foreign bytes, those of another version, and numbers that no statistics have */
export function decodeStatistics(bytes: Uint8Array): ShardStatistics {
  const reader = new FieldReader(openValue(bytes, LABEL), 'shard statistics');
  const dim = reader.uint32('dim', 1, MAX_DIM);
  const parts = reader.uint32('parts', 0, HAS_COVARIANCE + HAS_FEATURES);
  const planId = reader.whole('plan');
  const [pairs, repeated, marked] = ['pairs', 'repeated pairs', 'marked pairs'].map((name) =>
    reader.whole(name),
  );
  const covariance = (parts & HAS_COVARIANCE) === 0 ? null : readCovariance(reader, dim);
  const features = (parts & HAS_FEATURES) === 0 ? null : readFeatures(reader, dim);
  reader.end();
  return { dim, planId, counts: { pairs, repeated, marked }, covariance, features };
}

function writeCovariance(out: FieldWriter, { images, texts, cross }: CovarianceSums): void {
  for (const { count, mean, scatter } of [images, texts]) out.float64(count).float64s(mean).float64s(scatter);
  out.float64(cross.count).float64s(cross.meanX).float64s(cross.meanY).float64s(cross.scatter);
}

function readCovariance(reader: FieldReader, dim: number): CovarianceSums {
  const scatter = (name: string): ScatterMoments => ({
    count: reader.whole(`count of ${name}`),
    mean: reader.float64s(`mean of ${name}`, dim),
    scatter: reader.float64s(`scatter of ${name}`, dim * dim),
  });
  const [images, texts] = ['images', 'texts'].map(scatter);
  const cross: CrossMoments = {
    count: reader.whole('count of pairs'),
    meanX: reader.float64s('image mean of pairs', dim),
    meanY: reader.float64s('text mean of pairs', dim),
    scatter: reader.float64s('cross-scatter', dim * dim),
  };
  return { images, texts, cross };
}

function writeFeatures(out: FieldWriter, { moments, sums, bins }: FeatureSums): void {
  writeOrigin(out, moments.origin);
  out.uint32(moments.classes.size);
  for (const [label, { count, offsets, squares }] of moments.classes)
    out.uint32(label).float64(count).float64s(offsets).float64s(squares);
  writeOrigin(out, sums.origin);
  out.uint32(sums.classes.size);
  for (const [label, { count, sums: of }] of sums.classes) out.uint32(label).float64(count).float64s(of);
  writeRanges(out, sums.ranges);
  out.uint32(bins.bins);
  writeRanges(out, bins.ranges);
  out.uint32(bins.classes.size);
  for (const [label, counts] of bins.classes) out.uint32(label).uint32s(counts);
}

function readFeatures(reader: FieldReader, dim: number): FeatureSums {
  const moments: ClassMoments = {
    dim,
    origin: readOrigin(reader, dim),
    classes: readClasses(reader, (name) => ({
      count: reader.whole(`count of ${name}`),
      offsets: reader.float64s(`means of ${name}`, dim),
      squares: reader.float64s(`squares of ${name}`, dim),
    })),
  };
  const sums: ClassSums = {
    dim,
    origin: readOrigin(reader, dim),
    classes: readClasses(reader, (name) => ({
      count: reader.whole(`count of ${name}`),
      sums: reader.float64s(`sums of ${name}`, dim),
    })),
    ranges: readRanges(reader, dim),
  };
  const binCount = reader.uint32('bins', 1, MOST_BINS);
  const bins: BinCounts = {
    dim,
    bins: binCount,
    ranges: readRanges(reader, dim),
    classes: readClasses(reader, (name) => reader.uint32s(`bins of ${name}`, dim * binCount)),
  };
  return { moments, sums, bins };
}

function writeOrigin(out: FieldWriter, origin: Float64Array | null): void {
  out.uint32(origin === null ? 0 : 1);
  if (origin !== null) out.float64s(origin);
}

function readOrigin(reader: FieldReader, dim: number): Float64Array | null {
  return reader.uint32('origin flag', 0, 1) === 0 ? null : reader.float64s('origin', dim);
}

export function writeRanges(out: FieldWriter, { minima, maxima }: ColumnRanges): void {
  out.float64s(minima).float64s(maxima);
}

/** Of no rows the minima are Infinity and the maxima −Infinity. */
export function readRanges(reader: FieldReader, dim: number): ColumnRanges {
  const minima = reader.anyFloat64s('minima', dim);
  const maxima = reader.anyFloat64s('maxima', dim);
  for (let i = 0; i < dim; i++) {
    const [low, high] = [minima[i], maxima[i]];
    const isEmpty = low === Infinity && high === -Infinity;
    if (!isEmpty && !(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
      throw reader.corrupt(`range ${low} to ${high} of column ${i}`);
    }
  }
  return { minima, maxima };
}

/** In the order they were written, each once. */
function readClasses<Class>(reader: FieldReader, read: (name: string) => Class): Map<number, Class> {
  const classes = new Map<number, Class>();
  const count = reader.uint32('classes', 0, MOST_CLASSES);
  for (let i = 0; i < count; i++) {
    const label = reader.uint32('label', 0, MOST_CLASSES - 1);
    if (classes.has(label)) throw reader.corrupt(`label ${label} twice`);
    classes.set(label, read(`class ${label}`));
  }
  return classes;
}
