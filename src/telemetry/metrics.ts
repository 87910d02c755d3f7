import { type Histogram, createHistogram, observeValue } from './histogram.ts';
import type { CountedRequest, Recorder } from './recorder.ts';

/** What one isolate has counted since it started. Labels are joined by a space: none holds one. */
export interface Metrics {
  /** By route and status. */
  readonly requests: Map<string, number>;
  /** By code, of whole requests and of items. */
  readonly errors: Map<string, number>;
  /** By route, in seconds. */
  readonly durations: Map<string, Histogram>;
  /** By modality, in seconds: once for each request that encoded. */
  readonly encoding: Map<string, Histogram>;
  /** By where they came from. */
  readonly embeddings: Map<string, number>;
  /** By id of the selection record. */
  readonly records: Map<string, number>;
  cost: number;
}

/** In seconds: from a score of given vectors to a batch that waits for a cold encoder. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Records that are told apart; who publishes often has more in a day, but not in the life of an isolate. */
const MAX_RECORDS = 64;
const OTHER = 'other';

export function createMetrics(): Metrics {
  return {
    requests: new Map(),
    errors: new Map(),
    durations: new Map(),
    encoding: new Map(),
    embeddings: new Map(),
    records: new Map(),
    cost: 0,
  };
}

/** The recorder that counts in this isolate's memory: what /metrics shows, and what tests read. */
export function createMemoryRecorder(metrics: Metrics): Recorder<CountedRequest> {
  return { record: (request) => count(metrics, request) };
}

function count(
  metrics: Metrics,
  { route, status, ms, codes, cost, records, embeddings }: CountedRequest,
): void {
  add(metrics.requests, `${route} ${status}`, 1);
  for (const [code, times] of Object.entries(codes)) add(metrics.errors, code, times);
  observeValue(histogramOf(metrics.durations, route), ms / 1000);
  metrics.cost += cost ?? 0;
  for (const id of records) {
    add(metrics.records, metrics.records.has(id) || metrics.records.size < MAX_RECORDS ? id : OTHER, 1);
  }
  if (embeddings === null) return;
  add(metrics.embeddings, 'isolate', embeddings.isolate);
  add(metrics.embeddings, 'shared', embeddings.shared);
  add(metrics.embeddings, 'encoded', embeddings.encoded);
  const { encodeImagesMs, encodeTextsMs } = embeddings;
  if (encodeImagesMs !== null) observeValue(histogramOf(metrics.encoding, 'image'), encodeImagesMs / 1000);
  if (encodeTextsMs !== null) observeValue(histogramOf(metrics.encoding, 'text'), encodeTextsMs / 1000);
}

function add(counts: Map<string, number>, key: string, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}

function histogramOf(histograms: Map<string, Histogram>, key: string): Histogram {
  let histogram = histograms.get(key);
  if (histogram === undefined) {
    histogram = createHistogram(DURATION_BOUNDS);
    histograms.set(key, histogram);
  }
  return histogram;
}
