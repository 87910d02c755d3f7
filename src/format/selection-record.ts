import type { Calibrator, Fusion, Projection, SelectionModel } from '../core/selection-model.ts';
import { crc32 } from './crc32.ts';
import { type SelectionRecord, MAX_DIM, corrupt, findSelectionProblem } from './selection-check.ts';
import { decodeMetadata, encodeMetadata } from './selection-metadata.ts';

export type { SelectionRecord } from './selection-check.ts';

// The byte table is in docs/kv-layout.md; the order of sections here is the order there.
const MAGIC = 0x53514c41; // "ALQS" read as little-endian u32
const SELECTION_FORMAT_VERSION = 1;
const TYPE_SELECTION = 1;
const HEADER_BYTES = 104;
const CHECKSUM_BYTES = 4;
const MAX_METADATA_BYTES = 1024 * 1024;
const PROJECTION_KINDS = ['full', 'mask', 'map'] as const;
const FUSION_KINDS = ['identity', 'weighted'] as const;
const FLAG_MEANS = 1;
const FLAG_RELEVANCE = 2;

/** What the header says about the sections after it. */
interface Shape {
  readonly dim: number;
  readonly k: number;
  readonly projection: Projection['kind'];
  readonly fusion: Fusion['kind'];
  readonly hasMeans: boolean;
  readonly hasRelevance: boolean;
  readonly metadataBytes: number;
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
  const shape: Shape = {
    dim: model.dim,
    k: model.k,
    projection: model.projection.kind,
    fusion: model.fusion.kind,
    hasMeans: model.imageMean !== null,
    hasRelevance: relevance !== null,
    metadataBytes: metadata.length,
  };
  const bytes = new Uint8Array(totalBytes(shape));
  const view = new DataView(bytes.buffer);
  writeHeader(view, shape, model);
  let offset = HEADER_BYTES;
  for (const numbers of floatSections(model, relevance)) offset = writeNumbers(view, offset, numbers);
  bytes.set(metadata, offset);
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
  const { dim, k } = shape;
  const imageMean = shape.hasMeans ? floats(dim) : null;
  const textMean = shape.hasMeans ? floats(dim) : null;
  const projection = readProjection(shape, floats, indices);
  const bias = view.getFloat64(96, true);
  const fusion: Fusion =
    shape.fusion === 'weighted' ? { kind: 'weighted', weights: floats(k), bias } : { kind: 'identity' };
  if (fusion.kind === 'identity' && !Object.is(bias, 0))
    throw corrupt(`bias ${bias}, expected 0 without weights`);
  const relevance = shape.hasRelevance ? floats(dim) : null;
  const metadata = decodeMetadata(bytes.subarray(offset, offset + shape.metadataBytes));

  const model: SelectionModel = {
    dim,
    k,
    imageMean,
    textMean,
    projection,
    fusion,
    calibrator: readCalibrator(view),
  };
  const record: SelectionRecord = { ...metadata, model, relevance };
  const problem = findSelectionProblem(record);
  if (problem !== null) throw corrupt(problem);
  return record;
}

/** The id of a record: lower-case hexadecimal SHA-256 of its bytes. */
export async function selectionId(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function totalBytes({ dim, k, ...shape }: Shape): number {
  const projection = { full: 0, mask: k, map: k * dim }[shape.projection];
  const numbers =
    (shape.hasMeans ? 2 * dim : 0) +
    projection +
    (shape.fusion === 'weighted' ? k : 0) +
    (shape.hasRelevance ? dim : 0);
  return HEADER_BYTES + 4 * numbers + shape.metadataBytes + CHECKSUM_BYTES;
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
    fusion.kind === 'weighted' ? fusion.weights : null,
    relevance,
  ];
  return sections.filter((section) => section !== null);
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
  view.setUint16(22, (shape.hasMeans ? FLAG_MEANS : 0) | (shape.hasRelevance ? FLAG_RELEVANCE : 0), true);
  view.setUint32(24, shape.metadataBytes, true);
  // 28..31 stay 0: the doubles that follow start on a multiple of 8.
  const { slope, intercept, covariance, baseRate, matchThreshold, mismatchThreshold } = calibrator;
  const doubles = [slope, intercept, ...covariance, baseRate, matchThreshold, mismatchThreshold];
  doubles.forEach((value, i) => view.setFloat64(32 + 8 * i, value, true));
  view.setFloat64(96, fusion.kind === 'weighted' ? fusion.bias : 0, true);
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
  expectField('unknown flags', flags & ~(FLAG_MEANS | FLAG_RELEVANCE), 0);
  expectField('reserved field', view.getUint32(28, true), 0);
  const shape: Shape = {
    dim: view.getUint32(12, true),
    k: view.getUint32(16, true),
    projection: kindAt('projection', PROJECTION_KINDS, view.getUint8(20)),
    fusion: kindAt('fusion', FUSION_KINDS, view.getUint8(21)),
    hasMeans: (flags & FLAG_MEANS) !== 0,
    hasRelevance: (flags & FLAG_RELEVANCE) !== 0,
    metadataBytes: view.getUint32(24, true),
  };
  if (shape.dim < 1 || shape.dim > MAX_DIM) throw corrupt(`dim ${shape.dim}, expected 1 to ${MAX_DIM}`);
  if (shape.k < 1 || shape.k > shape.dim) throw corrupt(`k ${shape.k}, expected 1 to dim (${shape.dim})`);
  if (shape.metadataBytes > MAX_METADATA_BYTES) {
    throw corrupt(`${shape.metadataBytes} bytes of metadata, expected at most ${MAX_METADATA_BYTES}`);
  }
  expectField('length', length, totalBytes(shape));
  return shape;
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
  }
}

function readCalibrator(view: DataView): Calibrator {
  const at = (i: number): number => view.getFloat64(32 + 8 * i, true);
  return {
    slope: at(0),
    intercept: at(1),
    covariance: [at(2), at(3), at(4)],
    baseRate: at(5),
    matchThreshold: at(6),
    mismatchThreshold: at(7),
  };
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

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
