import * as v from 'valibot';
import { codeRowBytes } from '../core/search/code-rows.ts';
import { CODE_SLACK_BYTES } from '../core/search/scan-memory.ts';
import { AppError } from '../errors.ts';
import { bytesPerVector } from './corpus-vectors.ts';
import { engineSchema } from './corpus-engine.ts';
import { corpusKey, isSegmentHash } from './kv-keys.ts';
import { MAX_STEP } from './rows-section.ts';
import { openJson, sealJson } from './stored-value.ts';

/** Memory of an isolate that a segment takes, however few vectors it holds: whole pages of WebAssembly. */
export const SLOT_BYTES = 4 * 1024 * 1024;
/**
 * Scanned bytes of a segment at most: one KV value (25 MiB would be allowed), one slot less the slack that the scan needs behind
 * the last vector.
 */
export const SEGMENT_BYTES = SLOT_BYTES - 8;
/** Bytes of full vectors that re-ranking reads at once. */
const FULL_CHUNK_BYTES = 64 * 1024;
/** Of the scanned vectors: the scale, and under plan `full` the score factor. */
const COLUMNS = { full: 2, compact: 1 } as const;
/** Of the full vectors beside compact ones: as under plan `full`. */
export const FULL_COLUMNS = COLUMNS.full;

const hash = v.pipe(v.string(), v.check(isSegmentHash, 'expected 64 hexadecimal digits'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const time = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'expected a time'),
);

const manifestSchema = v.strictObject({
  selection: hash,
  encoder: v.strictObject({ id: v.string(), fingerprint: v.string() }),
  modality: v.picklist(['image', 'text']),
  dim: count,
  k: count,
  plan: v.picklist(['full', 'compact']),
  rerank: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  coding: v.strictObject({
    mean: v.array(v.pipe(v.number(), v.finite())),
    spread: v.array(v.pipe(v.number(), v.finite(), v.gtValue(0))),
    fittedOn: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  codes: v.exactOptional(
    v.strictObject({
      bits: v.picklist([4, 1]),
      steps: v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_STEP))),
    }),
  ),
  fields: v.array(v.string()),
  engine: v.exactOptional(engineSchema),
  retiredEngines: v.exactOptional(v.array(v.strictObject({ engine: engineSchema, retiredAt: time }))),
  thumbnails: v.exactOptional(count),
  segments: v.array(v.strictObject({ id: hash, count })),
  retired: v.array(
    v.strictObject({
      id: hash,
      count,
      dim: count,
      retiredAt: time,
      hasThumbnails: v.exactOptional(v.literal(true)),
    }),
  ),
  createdAt: time,
  updatedAt: time,
});

/**
 * Value of a corpus' name: how its vectors are stored, and which segments hold them, in order. A segment is immutable and
 * named by the SHA-256 over the corpus' name and all its values. Times are ISO 8601, UTC.
 * `selection`: id of the record whose projection and calibrator count. `plan`: `full` scans full int8 vectors, `compact` scans
 * the selection's k coordinates and re-ranks the best `rerank` by full vectors. `coding`: what full int8 rows stand for
 * (src/core/search/vector-coding.ts), `dim` numbers each, and how many vectors it was fitted to. `codes`: what the rows of plan `compact` stand
 * for where they are no int8 (src/core/search/code-rows.ts), a step for each of the k coordinates. `thumbnails`: how many items have one;
 * absent where none has. `engine`: what finds candidates, under plan `compact`; absent where the isolate does. `retiredEngines`: where
 * rows of an earlier manifest still lie. `retired`: segments that an earlier manifest named and a reader may still be using, and whether their items
 * may name thumbnails.
 */
export type CorpusManifest = v.InferOutput<typeof manifestSchema>;
export type CorpusSegment = CorpusManifest['segments'][number];
export type CorpusPlan = CorpusManifest['plan'];

/** The manifest sealed for its place: under another corpus' name it does not open. @param name as `corpusKey` takes it */
export function encodeManifest(manifest: CorpusManifest, name: string): Uint8Array<ArrayBuffer> {
  return sealJson(corpusKey(name), v.parse(manifestSchema, manifest));
}

/** @throws AppError STORAGE_FAILED when the bytes are not the manifest of this corpus; `name` goes into the message */
export function decodeManifest(bytes: Uint8Array, name: string): CorpusManifest {
  const result = v.safeParse(manifestSchema, openJson(bytes, corpusKey(name)));
  if (result.success && fits(result.output)) return result.output;
  const [issue] = result.issues ?? [];
  const where =
    issue === undefined
      ? 'k above dim, a coding of another length, codes of another length than k, or codes or an engine under plan full'
      : `${v.getDotPath(issue) ?? 'value'}: ${issue.message}`;
  throw new AppError('STORAGE_FAILED', `Corrupt corpus "${name}": ${where}`);
}

function fits({ k, dim, coding, plan, codes, engine }: CorpusManifest): boolean {
  const codesFit = codes === undefined || (plan === 'compact' && codes.steps.length === k);
  const engineFits = engine === undefined || plan === 'compact';
  return k <= dim && coding.mean.length === dim && coding.spread.length === dim && codesFit && engineFits;
}

export function corpusCount({ segments }: Pick<CorpusManifest, 'segments'>): number {
  return segments.reduce((sum, segment) => sum + segment.count, 0);
}

/** What tells how vectors are scanned. `codes`: how many bits a code has, where rows are codes. */
export interface ScannedForm extends Pick<CorpusManifest, 'plan' | 'dim' | 'k'> {
  readonly codes?: Pick<NonNullable<CorpusManifest['codes']>, 'bits'>;
}

/** Bytes of a scanned row, which are as many numbers where it is int8, and its float32 columns; rows of codes have none. */
export function scannedShape({ plan, dim, k, codes }: ScannedForm): {
  readonly dim: number;
  readonly columns: number;
} {
  if (codes !== undefined) return { dim: codeRowBytes(codes.bits, k), columns: 0 };
  return { dim: plan === 'full' ? dim : k, columns: COLUMNS[plan] };
}

/** The scan reads vectors in four runs of a multiple of four. */
const CAPACITY_STEP = 16;

/** Vectors of a whole segment; under plan `compact` whole chunks, so that what lies in one stays in one. */
export function segmentCapacity(shape: ScannedForm): number {
  const { dim, columns } = scannedShape(shape);
  const step = shape.plan === 'full' ? CAPACITY_STEP : chunkCapacity(shape.dim);
  const bytes = shape.codes === undefined ? SEGMENT_BYTES : SEGMENT_BYTES - CODE_SLACK_BYTES;
  return wholeSteps(Math.floor(bytes / bytesPerVector(dim, columns)), step);
}

/** Memory that an isolate needs to keep a corpus of so many vectors. */
export function memoryBytes(count: number, shape: ScannedForm): number {
  return Math.ceil(count / segmentCapacity(shape)) * SLOT_BYTES;
}

/** Full vectors of a whole chunk. */
export function chunkCapacity(dim: number): number {
  return wholeSteps(Math.floor(FULL_CHUNK_BYTES / bytesPerVector(dim, FULL_COLUMNS)), CAPACITY_STEP);
}

/** The largest multiple of the step that is not above `most`; where that is none, `most`, but at least 1. */
function wholeSteps(most: number, step: number): number {
  return most < step ? Math.max(1, most) : most - (most % step);
}
