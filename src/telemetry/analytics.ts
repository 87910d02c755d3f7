import type { ErrorCode } from '../errors.ts';
import type { Recorder, RequestRecord } from './recorder.ts';

/** The part of an Analytics Engine binding that is used. */
export interface AnalyticsDataset {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/**
 * What stands in which column of Analytics Engine, one row a request. It samples by the index, the caller here, so that one who asks
 * a thousand times as often does not push the others out; every row has `_sample_interval`, how many requests it stands for.
 * `blob1` is the first of BLOBS. Appending is safe; to change an order is not, since old rows keep theirs.
 */
export const BLOBS = [
  'route',
  'method',
  'status',
  'operation',
  'code',
  'caller',
  'record',
  'commit',
  'request_id',
] as const;
export const DOUBLES = [
  'ms',
  'cost',
  'bytes',
  'errors',
  'from_isolate',
  'from_shared',
  'encoded',
  'encode_images_ms',
  'encode_texts_ms',
] as const;

/** Codes of what the service fails at, the gravest first: of a request with several codes one of these is told before all others. */
const OUTAGES: readonly string[] = [
  'INTERNAL',
  'STORAGE_FAILED',
  'ENCODER_FAILED',
  'ENCODER_QUOTA',
  'ENCODER_TIMEOUT',
  'ENCODER_BUSY',
] satisfies ErrorCode[];

type Blob = (typeof BLOBS)[number];
type Double = (typeof DOUBLES)[number];

/** Of the index; Analytics Engine takes 96 bytes. */
const MAX_INDEX_CHARACTERS = 32;
/** Of one blob; together they may have 16 KB. */
const MAX_BLOB_CHARACTERS = 128;

/**
 * Writes one point a request to Analytics Engine, which takes it after the answer and tells of no failure. A request with several
 * codes has the gravest, one with several records the first: how many errors there were is a number of its own.
 */
export function createAnalyticsRecorder(dataset: AnalyticsDataset, commit: string | null): Recorder {
  return {
    record(request) {
      const blobs = blobsOf(request, commit);
      const doubles = doublesOf(request);
      dataset.writeDataPoint({
        indexes: [(request.caller ?? request.route).slice(0, MAX_INDEX_CHARACTERS)],
        blobs: BLOBS.map((name) => blobs[name].slice(0, MAX_BLOB_CHARACTERS)),
        doubles: DOUBLES.map((name) => doubles[name]),
      });
    },
  };
}

function blobsOf(request: RequestRecord, commit: string | null): Readonly<Record<Blob, string>> {
  const codes = Object.keys(request.codes);
  const code = OUTAGES.find((outage) => codes.includes(outage)) ?? codes.at(0) ?? '';
  const [record = ''] = request.records;
  return {
    route: request.route,
    method: request.method,
    status: String(request.status),
    operation: request.operation ?? '',
    code,
    caller: request.caller ?? '',
    record,
    commit: commit ?? '',
    request_id: request.requestId,
  };
}

function doublesOf({ ms, cost, bytes, codes, embeddings }: RequestRecord): Readonly<Record<Double, number>> {
  return {
    ms,
    cost: cost ?? 0,
    bytes: bytes ?? 0,
    errors: Object.values(codes).reduce((sum, times) => sum + times, 0),
    from_isolate: embeddings?.isolate ?? 0,
    from_shared: embeddings?.shared ?? 0,
    encoded: embeddings?.encoded ?? 0,
    encode_images_ms: embeddings?.encodeImagesMs ?? 0,
    encode_texts_ms: embeddings?.encodeTextsMs ?? 0,
  };
}
