import { AppError } from '../errors.ts';
import { projectEmbedding } from '../core/scoring/scoring.ts';
import { type RowCodes, codeRowBytes, packCodeRows } from '../core/search/code-rows.ts';
import { quantizeRows } from '../core/search/int8-rows.ts';
import { scoreFactor } from '../core/search/score-direction.ts';
import type { Modality, SelectionModel, UncalibratedModel } from '../core/scoring/selection-model.ts';
import { encodeFields } from '../format/corpus-fields.ts';
import { ITEMS_PER_PAGE, encodeItems } from '../format/corpus-items.ts';
import { type CorpusPlan, chunkCapacity, segmentCapacity } from '../format/corpus-manifest.ts';
import { type PackedVectors, encodeVectors } from '../format/corpus-vectors.ts';
import { MAX_VALUE_BYTES, type SegmentPart } from '../format/kv-keys.ts';
import type { PackedSegment } from '../storage/publish-corpus.ts';
import { type CorpusRows, pickRows, rowVector } from './corpus-rows.ts';
import { fieldColumns } from './field-columns.ts';

export interface Packing {
  /** Name of the corpus. */
  readonly corpus: string;
  readonly model: SelectionModel;
  readonly modality: Modality;
  readonly plan: CorpusPlan;
  /** What rows of plan `compact` are stored as; int8 without them. */
  readonly codes?: RowCodes;
  /** Metadata fields that filters know. */
  readonly fields: readonly string[];
}

/** A segment with what it was packed from. */
export interface PackedRows extends PackedSegment {
  readonly rows: CorpusRows;
}

/** SHA-256 of bytes that come in parts, lower-case hex. Node's own is several times as fast as what runs everywhere. */
export type Sha256 = (parts: Iterable<Uint8Array>) => string;

/** The rows as segments in order, each packed when it is asked for. */
export function* packSegments(rows: CorpusRows, packing: Packing, sha256: Sha256): Generator<PackedRows> {
  const { model, plan, codes } = packing;
  const { dim, k } = model;
  const capacity = segmentCapacity({ dim, k, plan, ...(codes === undefined ? {} : { codes }) });
  for (let start = 0; start < rows.items.length; start += capacity) {
    const part = slice(rows, start, start + capacity);
    yield { ...packSegment(part, packing, sha256), rows: part };
  }
}

/** All rows as one segment. @throws AppError LIMIT_EXCEEDED when one of its values is more than KV takes */
export function packSegment(rows: CorpusRows, packing: Packing, sha256: Sha256): PackedSegment {
  const { items } = rows;
  const { dim } = packing.model;
  const count = items.length;
  const full = fullVectors(rows, packing);
  const vectors = encodeVectors(packing.plan === 'full' ? full : compactVectors(rows, packing));
  const values: { part: SegmentPart; bytes: Uint8Array }[] = [{ part: 'vectors', bytes: vectors }];
  if (packing.fields.length > 0) {
    values.push({ part: 'fields', bytes: encodeFields(count, fieldColumns(items, packing.fields)) });
  }
  pieces(count, ITEMS_PER_PAGE).forEach(([start, end], i) => {
    values.push({ part: `items:${i}`, bytes: encodeItems(items.slice(start, end)) });
  });
  if (packing.plan === 'compact') {
    pieces(count, chunkCapacity(dim)).forEach(([start, end], i) => {
      values.push({ part: `full:${i}`, bytes: encodeVectors(sliceVectors(full, start, end)) });
    });
  }
  values.forEach(assertFits);
  const thumbnails = items.flatMap(({ thumbnail }) => (thumbnail === undefined ? [] : [thumbnail]));
  return { id: segmentId(packing.corpus, values, sha256), count, thumbnails, values };
}

/** Long values that differ from item to item may come to more than KV takes. */
function assertFits({ part, bytes }: { readonly part: SegmentPart; readonly bytes: Uint8Array }): void {
  if (bytes.length <= MAX_VALUE_BYTES) return;
  const mebibytes = (count: number): string => (count / 2 ** 20).toFixed(1);
  throw new AppError(
    'LIMIT_EXCEEDED',
    `the ${part} of a segment take ${mebibytes(bytes.length)} MiB, a KV value holds ${mebibytes(MAX_VALUE_BYTES)}: name fewer fields with --fields`,
  );
}

/** Full rows with their scale and their score factor. */
function fullVectors(rows: CorpusRows, { model, modality }: Packing): PackedVectors {
  const factors = Float32Array.from(rows.items, (_, i) => scoreFactor(model, modality, rowVector(rows, i)));
  return { count: rows.items.length, dim: model.dim, columns: [rows.scales, factors], rows: rows.rows };
}

/** What the selection keeps of each row. Weights belong to the lengths of vectors; without them only directions count. */
function compactVectors(rows: CorpusRows, { model, modality, codes }: Packing): PackedVectors {
  const count = rows.items.length;
  const { k, fusion } = model;
  const projected = projectStored(rows, model, modality);
  if (codes !== undefined) {
    const rowBytes = codeRowBytes(codes.bits, k);
    const packed = new Uint8Array(count * rowBytes);
    packCodeRows(projected, codes, packed);
    return { count, dim: rowBytes, columns: [], rows: new Int8Array(packed.buffer) };
  }
  const compact = { values: new Int8Array(count * k), scales: new Float32Array(count) };
  quantizeRows(projected, k, fusion.kind === 'weighted' ? 'kept' : 'unit', compact.values, compact.scales);
  return { count, dim: k, columns: [compact.scales], rows: compact.values };
}

/** What the selection keeps of every `step`th row from `first` on, row-major, shape [as many, k]. */
export function projectStored(
  rows: CorpusRows,
  model: UncalibratedModel,
  modality: Modality,
  { first = 0, step = 1 } = {},
): Float32Array {
  const { k } = model;
  const count = Math.max(0, Math.ceil((rows.items.length - first) / step));
  const projected = new Float32Array(count * k);
  for (let i = 0; i < count; i++) {
    projected.set(projectEmbedding(model, modality, rowVector(rows, first + i * step)), i * k);
  }
  return projected;
}

function slice(rows: CorpusRows, start: number, end: number): CorpusRows {
  const last = Math.min(end, rows.items.length);
  return pickRows(
    rows,
    Array.from({ length: last - start }, (_, i) => start + i),
  );
}

function sliceVectors({ dim, columns, rows }: PackedVectors, start: number, end: number): PackedVectors {
  return {
    count: end - start,
    dim,
    columns: columns.map((column) => column.subarray(start, end)),
    rows: rows.subarray(start * dim, end * dim),
  };
}

/** [start, end) of every piece of at most `size`. */
function pieces(count: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [
    i * size,
    Math.min(count, (i + 1) * size),
  ]);
}

/** Over all values and what each is. The name is in it, so that no corpus deletes what another one of the same data needs. */
export function segmentId(corpus: string, values: PackedSegment['values'], sha256: Sha256): string {
  return sha256(hashedParts(corpus, values));
}

function* hashedParts(corpus: string, values: PackedSegment['values']): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`${corpus}\0`);
  for (const { part, bytes } of values) {
    yield encoder.encode(`${part}\0${bytes.length}\0`);
    yield bytes;
  }
}
