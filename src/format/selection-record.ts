import { ATTENTION_WIDTH } from '../core/scoring/attention.ts';
import {
  type Calibrator,
  type DecisionEvidence,
  type Fusion,
  type LogOddsInterval,
  MAX_KNOTS,
  type Projection,
  type SelectionModel,
} from '../core/scoring/selection-model.ts';
import { corrupt } from './corrupt-record.ts';
import { crc32 } from './crc32.ts';
import { type RecordSections, readSections, sectionsBytes, writeSections } from './record-sections.ts';
import { type SelectionRecord, MAX_DIM, findSelectionProblem } from './selection-check.ts';
import { decodeMetadata, encodeMetadata } from './selection-metadata.ts';

export type { SelectionRecord } from './selection-check.ts';

// The byte table is in docs/kv-layout.md; the order of sections here is the order there.
const MAGIC = 0x53514c41; // "ALQS" read as little-endian u32
const SELECTION_FORMAT_VERSION = 1;
const TYPE_SELECTION = 1;
const HEADER_BYTES = 104;
const DOUBLES_OFFSET = 32;
const BIAS_OFFSET = 96;
const CHECKSUM_BYTES = 4;
const MAX_METADATA_BYTES = 1024 * 1024;
const PROJECTION_KINDS = ['full', 'mask', 'map', 'maps'] as const;
const FUSION_KINDS = ['identity', 'weighted', 'attention'] as const;
const FLAG_MEANS = 1;
const FLAG_RELEVANCE = 2;
const FLAG_ISOTONIC = 4;
const FLAG_SECTIONS = 32;
/** Score, probability and both ends of its interval. */
const NUMBERS_A_KNOT = 4;

/** What the header says about the sections after it. */
interface Shape {
  readonly dim: number;
  readonly k: number;
  readonly projection: Projection['kind'];
  readonly fusion: Fusion['kind'];
  readonly hasMeans: boolean;
  readonly hasRelevance: boolean;
  readonly metadataBytes: number;
  /** Of isotonic regression; 0 for Platt scaling. */
  readonly knots: number;
  /** Of what follows the metadata; 0 in records from before there were sections. */
  readonly sectionsBytes: number;
}

/**
 * The bytes of a record. Equal records give equal bytes, so that the hash of the bytes names the record.
 * @throws RangeError when the record breaks a rule of selection-check.ts or holds what JSON cannot (NaN in metrics)
 */
export function encodeSelection(record: SelectionRecord): Uint8Array {
  const problem = findSelectionProblem(record);
  if (problem !== null) throw new RangeError(`Invalid selection: ${problem}`);
  const { model, relevance } = record;
  const metadata = encodeMetadata(record);
  if (metadata.length > MAX_METADATA_BYTES) {
    throw new RangeError(
      `Invalid selection: ${metadata.length} bytes of metadata, at most ${MAX_METADATA_BYTES}`,
    );
  }
  const sections = sectionsOf(record);
  const shape: Shape = {
    dim: model.dim,
    k: model.k,
    projection: model.projection.kind,
    fusion: model.fusion.kind,
    hasMeans: model.imageMean !== null,
    hasRelevance: relevance !== null,
    metadataBytes: metadata.length,
    knots: model.calibrator.kind === 'isotonic' ? model.calibrator.scores.length : 0,
    sectionsBytes: sectionsBytes(sections),
  };
  const bytes = new Uint8Array(totalBytes(shape));
  const view = new DataView(bytes.buffer);
  writeHeader(view, shape, model);
  let offset = HEADER_BYTES;
  for (const numbers of floatSections(model, relevance)) offset = writeNumbers(view, offset, numbers);
  for (const numbers of knotSections(model.calibrator)) offset = writeDoubles(view, offset, numbers);
  bytes.set(metadata, offset);
  writeSections(bytes.subarray(offset + metadata.length, -CHECKSUM_BYTES), sections);
  view.setUint32(bytes.length - CHECKSUM_BYTES, crc32(bytes.subarray(0, -CHECKSUM_BYTES)), true);
  return bytes;
}

/**
 * The record in the bytes. Length and checksum are checked before anything is allocated.
 * @throws AppError STORAGE_FAILED on damaged, truncated, foreign or newer bytes, naming the expected and the actual
 */
export function decodeSelection(bytes: Uint8Array): SelectionRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = readShape(view);
  const expectedChecksum = crc32(bytes.subarray(0, -CHECKSUM_BYTES));
  const checksum = view.getUint32(bytes.length - CHECKSUM_BYTES, true);
  if (checksum !== expectedChecksum)
    throw corrupt(`checksum ${hex(checksum)}, expected ${hex(expectedChecksum)}`);

  let offset = HEADER_BYTES;
  const floats = (count: number): Float32Array => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++, offset += 4) values[i] = view.getFloat32(offset, true);
    return values;
  };
  const indices = (count: number): Uint32Array => {
    const values = new Uint32Array(count);
    for (let i = 0; i < count; i++, offset += 4) values[i] = view.getUint32(offset, true);
    return values;
  };
  const doubles = (count: number): Float64Array => {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++, offset += 8) values[i] = view.getFloat64(offset, true);
    return values;
  };
  const { dim, k } = shape;
  const imageMean = shape.hasMeans ? floats(dim) : null;
  const textMean = shape.hasMeans ? floats(dim) : null;
  const projection = readProjection(shape, floats, indices);
  const fusion = readFusion(shape, view.getFloat64(BIAS_OFFSET, true), floats);
  const relevance = shape.hasRelevance ? floats(dim) : null;
  const fitted = readCalibrator(view, shape.knots, doubles);
  const metadata = decodeMetadata(bytes.subarray(offset, offset + shape.metadataBytes));
  const sections = readSections(bytes.subarray(offset + shape.metadataBytes, -CHECKSUM_BYTES), shape);
  const { interval, evidence, ...ofRecord } = sections;

  const calibrator = withSections(fitted, { interval, evidence });
  const model: SelectionModel = { dim, k, imageMean, textMean, projection, fusion, calibrator };
  const record: SelectionRecord = { ...metadata, model, relevance, ...ofRecord };
  const problem = findSelectionProblem(record);
  if (problem !== null) throw corrupt(problem);
  return record;
}

/** The id of a record: lower-case hexadecimal SHA-256 of its bytes. */
export async function selectionId(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Below 2^53 for any counts within their limits. */
function totalBytes({ dim, k, ...shape }: Shape): number {
  const projection = { full: 0, mask: k, map: k * dim, maps: 2 * k * dim }[shape.projection];
  const fusion = { identity: 0, weighted: k, attention: 4 * ATTENTION_WIDTH * k }[shape.fusion];
  const numbers = (shape.hasMeans ? 2 * dim : 0) + projection + fusion + (shape.hasRelevance ? dim : 0);
  const before = HEADER_BYTES + 4 * numbers + 8 * NUMBERS_A_KNOT * shape.knots + shape.metadataBytes;
  return before + shape.sectionsBytes + CHECKSUM_BYTES;
}

function floatSections(
  model: SelectionModel,
  relevance: Float32Array | null,
): (Float32Array | Uint32Array)[] {
  const { imageMean, textMean, projection, fusion } = model;
  const sections = [
    imageMean,
    textMean,
    projection.kind === 'mask' ? projection.indices : null,
    projection.kind === 'map' ? projection.matrix : null,
    ...(projection.kind === 'maps' ? [projection.image, projection.text] : []),
    ...fusionSections(fusion),
    relevance,
  ];
  return sections.filter((section) => section !== null);
}

function fusionSections(fusion: Fusion): Float32Array[] {
  switch (fusion.kind) {
    case 'identity':
      return [];
    case 'weighted':
      return [fusion.weights];
    case 'attention':
      return [fusion.query, fusion.key, fusion.value, fusion.output];
  }
}

function knotSections(calibrator: Calibrator): Float64Array[] {
  if (calibrator.kind === 'platt') return [];
  const { scores, probabilities, low, high } = calibrator;
  return [scores, probabilities, low, high];
}

function writeHeader(view: DataView, shape: Shape, { calibrator, fusion }: SelectionModel): void {
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, SELECTION_FORMAT_VERSION, true);
  view.setUint16(6, TYPE_SELECTION, true);
  view.setUint32(8, view.byteLength, true);
  view.setUint32(12, shape.dim, true);
  view.setUint32(16, shape.k, true);
  view.setUint8(20, PROJECTION_KINDS.indexOf(shape.projection));
  view.setUint8(21, FUSION_KINDS.indexOf(shape.fusion));
  const isotonic = calibrator.kind === 'isotonic';
  const flags =
    (shape.hasMeans ? FLAG_MEANS : 0) |
    (shape.hasRelevance ? FLAG_RELEVANCE : 0) |
    (isotonic ? FLAG_ISOTONIC : 0) |
    (shape.sectionsBytes > 0 ? FLAG_SECTIONS : 0);
  view.setUint16(22, flags, true);
  view.setUint32(24, shape.metadataBytes, true);
  view.setUint32(28, shape.knots, true);
  const { baseRate, matchThreshold, mismatchThreshold } = calibrator;
  const fit = isotonic ? [0, 0, 0, 0, 0] : [calibrator.slope, calibrator.intercept, ...calibrator.covariance];
  const doubles = [...fit, baseRate, matchThreshold, mismatchThreshold];
  doubles.forEach((value, i) => view.setFloat64(DOUBLES_OFFSET + 8 * i, value, true));
  view.setFloat64(BIAS_OFFSET, fusion.kind === 'weighted' ? fusion.bias : 0, true);
}

function readShape(view: DataView): Shape {
  const length = view.byteLength;
  if (length < HEADER_BYTES + CHECKSUM_BYTES) {
    throw corrupt(`${length} bytes, expected at least ${HEADER_BYTES + CHECKSUM_BYTES}`);
  }
  expectField('magic', view.getUint32(0, true), MAGIC, hex);
  expectField('version', view.getUint16(4, true), SELECTION_FORMAT_VERSION);
  expectField('type', view.getUint16(6, true), TYPE_SELECTION);
  expectField('length', length, view.getUint32(8, true));
  const flags = view.getUint16(22, true);
  expectField('unknown flags', flags & ~(FLAG_MEANS | FLAG_RELEVANCE | FLAG_ISOTONIC | FLAG_SECTIONS), 0);
  const shape: Shape = {
    dim: view.getUint32(12, true),
    k: view.getUint32(16, true),
    projection: kindAt('projection', PROJECTION_KINDS, view.getUint8(20)),
    fusion: kindAt('fusion', FUSION_KINDS, view.getUint8(21)),
    hasMeans: (flags & FLAG_MEANS) !== 0,
    hasRelevance: (flags & FLAG_RELEVANCE) !== 0,
    metadataBytes: view.getUint32(24, true),
    knots: view.getUint32(28, true),
    sectionsBytes: 0,
  };
  if (shape.dim < 1 || shape.dim > MAX_DIM) throw corrupt(`dim ${shape.dim}, expected 1 to ${MAX_DIM}`);
  if (shape.k < 1 || shape.k > shape.dim) throw corrupt(`k ${shape.k}, expected 1 to dim (${shape.dim})`);
  if (shape.metadataBytes > MAX_METADATA_BYTES) {
    throw corrupt(`${shape.metadataBytes} bytes of metadata, expected at most ${MAX_METADATA_BYTES}`);
  }
  if ((flags & FLAG_ISOTONIC) === 0) expectField('knots without isotonic regression', shape.knots, 0);
  else if (shape.knots < 1 || shape.knots > MAX_KNOTS) {
    throw corrupt(`${shape.knots} knots, expected 1 to ${MAX_KNOTS}`);
  }
  const least = totalBytes(shape);
  if ((flags & FLAG_SECTIONS) === 0) expectField('length', length, least);
  else if (length <= least) throw corrupt(`length ${length}, expected more than ${least} with sections`);
  return { ...shape, sectionsBytes: length - least };
}

function readProjection(
  { projection, dim, k }: Shape,
  floats: (count: number) => Float32Array,
  indices: (count: number) => Uint32Array,
): Projection {
  switch (projection) {
    case 'full':
      return { kind: 'full' };
    case 'mask':
      return { kind: 'mask', indices: indices(k) };
    case 'map':
      return { kind: 'map', matrix: floats(k * dim) };
    case 'maps': {
      const image = floats(k * dim);
      return { kind: 'maps', image, text: floats(k * dim) };
    }
  }
}

function readFusion({ fusion, k }: Shape, bias: number, floats: (count: number) => Float32Array): Fusion {
  if (fusion === 'weighted') return { kind: 'weighted', weights: floats(k), bias };
  if (!Object.is(bias, 0)) throw corrupt(`bias ${bias}, expected 0 without weights`);
  if (fusion === 'identity') return { kind: 'identity' };
  const matrix = (): Float32Array => floats(ATTENTION_WIDTH * k);
  return { kind: 'attention', query: matrix(), key: matrix(), value: matrix(), output: matrix() };
}

function readCalibrator(view: DataView, knots: number, doubles: (count: number) => Float64Array): Calibrator {
  const at = (i: number): number => view.getFloat64(DOUBLES_OFFSET + 8 * i, true);
  const decision = { baseRate: at(5), matchThreshold: at(6), mismatchThreshold: at(7) };
  if (knots === 0) {
    return {
      kind: 'platt',
      slope: at(0),
      intercept: at(1),
      covariance: [at(2), at(3), at(4)],
      ...decision,
    };
  }
  for (let i = 0; i < 5; i++) {
    if (!Object.is(at(i), 0)) throw corrupt(`number ${i} of Platt scaling ${at(i)}, expected 0 beside knots`);
  }
  return {
    kind: 'isotonic',
    scores: doubles(knots),
    probabilities: doubles(knots),
    low: doubles(knots),
    high: doubles(knots),
    ...decision,
  };
}

/** What a record stores beside its numbers, the calibrator's own among it. */
function sectionsOf({ domain, rows, anyMatch, model: { calibrator } }: SelectionRecord): RecordSections {
  const { evidence } = calibrator;
  const interval = calibrator.kind === 'platt' ? calibrator.interval : undefined;
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(rows === undefined ? {} : { rows }),
    ...(anyMatch === undefined ? {} : { anyMatch }),
    ...(interval === undefined ? {} : { interval }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

function withSections(
  calibrator: Calibrator,
  {
    interval,
    evidence,
  }: { readonly interval: LogOddsInterval | undefined; readonly evidence: DecisionEvidence | undefined },
): Calibrator {
  const decided = evidence === undefined ? calibrator : { ...calibrator, evidence };
  if (interval === undefined) return decided;
  if (decided.kind !== 'platt') throw corrupt("an interval of Platt's beside knots, expected none");
  return { ...decided, interval };
}

function kindAt<Kind extends string>(name: string, kinds: readonly Kind[], index: number): Kind {
  const kind = kinds[index];
  if (kind !== undefined) return kind;
  throw corrupt(`${name} kind ${index}, expected ${kinds.map((known, i) => `${i} (${known})`).join(', ')}`);
}

function expectField(
  name: string,
  actual: number,
  expected: number,
  show: (value: number) => string = String,
): void {
  if (actual !== expected) throw corrupt(`${name} ${show(actual)}, expected ${show(expected)}`);
}

function writeNumbers(view: DataView, start: number, numbers: Float32Array | Uint32Array): number {
  let offset = start;
  const isFloat = numbers instanceof Float32Array;
  for (let i = 0; i < numbers.length; i++, offset += 4) {
    if (isFloat) view.setFloat32(offset, numbers[i], true);
    else view.setUint32(offset, numbers[i], true);
  }
  return offset;
}

function writeDoubles(view: DataView, start: number, numbers: Float64Array): number {
  numbers.forEach((value, i) => view.setFloat64(start + 8 * i, value, true));
  return start + 8 * numbers.length;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
