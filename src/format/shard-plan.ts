import { type ShardPlan, planId } from '../core/selection/shard-plan.ts';
import { FieldReader, FieldWriter } from './number-fields.ts';
import { MAX_DIM } from './selection-check.ts';
import { readRanges, writeRanges } from './shard-statistics.ts';
import { openValue, sealValue } from './stored-value.ts';

// The byte table is in docs/scale.md. A change of it takes another number here.
const LABEL = 'shard-plan/2';
const IS_CENTRED = 1;
const WANTS_COVARIANCE = 2;
const WANTS_FEATURES = 4;
const ALL_FLAGS = 7;
const MOST_BINS = 65_535;
const MOST_RATIO = 100;

/** A plan as sealed bytes, so that whoever sums a shard elsewhere sums it alike: 4·dim bytes a partner and little more. */
export function encodeShardPlan(plan: ShardPlan): Uint8Array<ArrayBuffer> {
  const { dim, id, imageMean, textMean, partners, ratio, seed, ranges, bins, wants } = plan;
  const centred = imageMean !== null && textMean !== null;
  const out = new FieldWriter();
  out.uint32(
    dim,
    (centred ? IS_CENTRED : 0) +
      (wants.covariance ? WANTS_COVARIANCE : 0) +
      (wants.features ? WANTS_FEATURES : 0),
    ratio,
    bins,
    partners.hashes.length,
  );
  out.float64(id, seed);
  if (centred) out.float32s(imageMean).float32s(textMean);
  writeRanges(out, ranges);
  out.uint32(partners.keys.length);
  out.float64s(partners.hashes).float64s(partners.keys);
  out.uint32s(partners.keyCounts).float32s(partners.embeddings);
  return sealValue(LABEL, out.toBytes());
}

/** @throws AppError STORAGE_FAILED for damaged, cut or foreign bytes, those of another version, and an id that is not of the rest */
export function decodeShardPlan(bytes: Uint8Array): ShardPlan {
  const reader = new FieldReader(openValue(bytes, LABEL), 'shard plan');
  const dim = reader.uint32('dim', 1, MAX_DIM);
  const flags = reader.uint32('flags', 0, ALL_FLAGS);
  const ratio = reader.uint32('ratio', 1, MOST_RATIO);
  const bins = reader.uint32('bins', 1, MOST_BINS);
  const count = reader.uint32('partners');
  const id = reader.whole('id');
  const seed = reader.whole('seed');
  const isCentred = (flags & IS_CENTRED) !== 0;
  const [imageMean, textMean] = ['image mean', 'text mean'].map((name) =>
    isCentred ? reader.float32s(name, dim) : null,
  );
  const ranges = readRanges(reader, dim);
  const keyCount = reader.uint32('keys');
  const partners = {
    hashes: reader.float64s('hashes', count),
    keys: reader.float64s('keys', keyCount),
    keyCounts: reader.uint32s('key counts', count),
    embeddings: reader.float32s('partners', count * dim),
  };
  reader.end();
  const counted = partners.keyCounts.reduce((sum, of) => sum + of, 0);
  if (counted !== keyCount) throw reader.corrupt(`${keyCount} keys, expected ${counted}`);
  const wants = {
    covariance: (flags & WANTS_COVARIANCE) !== 0,
    features: (flags & WANTS_FEATURES) !== 0,
  };
  const plan = { dim, imageMean, textMean, partners, ratio, seed, ranges, bins, wants };
  const expected = planId(plan);
  if (id !== expected) throw reader.corrupt(`id ${id}, expected ${expected}`);
  return { ...plan, id };
}
