import { type Histogram, createHistogram, observeValue } from '../../src/telemetry/histogram.ts';
import { family, histogramSamples, sample, samplesOf } from '../../src/telemetry/prometheus-text.ts';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import type { Batcher } from './batcher.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ITEMS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

type Modality = 'image' | 'text';

/** What is counted while the server runs. */
export interface EncoderMetrics {
  /** @param path as it is routed, not as it was sent: there are few */
  readonly noteRequest: (path: string, status: number, code: string | null, seconds: number) => void;
  readonly noteBatch: (modality: Modality, items: number, failed: number, seconds: number) => void;
  /**
   * In Prometheus' text format.
   * @param open requests, this one included
   */
  readonly write: (queues: Readonly<Record<Modality, Batcher<never, unknown>>>, open: number) => string;
}

export function createMetrics(info: EncoderInfo): EncoderMetrics {
  const requests = new Map<string, number>();
  const errors = new Map<string, number>();
  const items = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  const runs = new Map<string, Histogram>();
  const sizes = new Map<string, Histogram>();
  const add = (counts: Map<string, number>, key: string, by = 1): void =>
    void counts.set(key, (counts.get(key) ?? 0) + by);
  const observe = (
    histograms: Map<string, Histogram>,
    key: string,
    bounds: readonly number[],
    value: number,
  ): void => {
    const histogram = histograms.get(key) ?? createHistogram(bounds);
    histograms.set(key, histogram);
    observeValue(histogram, value);
  };
  const histogramsOf = (name: string, label: string, byLabel: Map<string, Histogram>): string[] =>
    Array.from(byLabel, ([value, histogram]) => histogramSamples(name, { [label]: value }, histogram)).flat();
  return {
    noteRequest(path, status, code, seconds) {
      add(requests, `${path} ${status}`);
      if (code !== null) add(errors, code);
      observe(durations, path, SECONDS, seconds);
    },
    noteBatch(modality, count, failed, seconds) {
      if (count > failed) add(items, `${modality} encoded`, count - failed);
      if (failed > 0) add(items, `${modality} failed`, failed);
      observe(runs, modality, SECONDS, seconds);
      observe(sizes, modality, ITEMS, count);
    },
    write(queues, open) {
      const ofQueues = (name: string, read: (queue: Batcher<never, unknown>) => number): string[] =>
        (['image', 'text'] as const).map((modality) => sample(name, { modality }, read(queues[modality])));
      const { id, dim, fingerprint } = info;
      const families: readonly (readonly string[])[] = [
        family('encoder_info', 'The model that is served.', 'gauge', [
          sample('encoder_info', { id, dim: String(dim), fingerprint }, 1),
        ]),
        family(
          'encoder_requests_total',
          'Requests answered, by path and HTTP status.',
          'counter',
          samplesOf('encoder_requests_total', requests, ['path', 'status']),
        ),
        family(
          'encoder_errors_total',
          'Requests refused or failed, by code.',
          'counter',
          samplesOf('encoder_errors_total', errors, ['code']),
        ),
        family(
          'encoder_items_total',
          'Pictures and texts, by what became of them.',
          'counter',
          samplesOf('encoder_items_total', items, ['modality', 'outcome']),
        ),
        family(
          'encoder_request_duration_seconds',
          'Time from request to answer, by path.',
          'histogram',
          histogramsOf('encoder_request_duration_seconds', 'path', durations),
        ),
        family(
          'encoder_batch_duration_seconds',
          'Time that a batch took, decoding included.',
          'histogram',
          histogramsOf('encoder_batch_duration_seconds', 'modality', runs),
        ),
        family(
          'encoder_batch_items',
          'Items of a batch.',
          'histogram',
          histogramsOf('encoder_batch_items', 'modality', sizes),
        ),
        family('encoder_requests_open', 'Requests that are read or answered now.', 'gauge', [
          sample('encoder_requests_open', {}, open),
        ]),
        family(
          'encoder_queue_items',
          'Items that wait.',
          'gauge',
          ofQueues('encoder_queue_items', ({ queued }) => queued),
        ),
        family(
          'encoder_batches_running',
          'Batches under way.',
          'gauge',
          ofQueues('encoder_batches_running', ({ running }) => running),
        ),
      ];
      return `${families.flat().join('\n')}\n`;
    },
  };
}
