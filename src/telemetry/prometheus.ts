import type { Histogram } from './histogram.ts';
import type { Metrics } from './metrics.ts';
import { family, histogramSamples, sample, samplesOf } from './prometheus-text.ts';

/** What runs, for the labels of `alignql_build_info`. */
interface BuildLabels {
  readonly version: string;
  readonly commit: string | null;
  readonly deployment: string | null;
}

/** An isolate's metrics in Prometheus' text format, names and units as Prometheus recommends. */
export function writePrometheus(metrics: Metrics, { version, commit, deployment }: BuildLabels): string {
  const counters: readonly [name: string, help: string, samples: readonly string[]][] = [
    [
      'alignql_requests_total',
      'Requests answered, by route and HTTP status.',
      samplesOf('alignql_requests_total', metrics.requests, ['route', 'status']),
    ],
    [
      'alignql_errors_total',
      'Errors answered, by code, of whole requests and of items.',
      samplesOf('alignql_errors_total', metrics.errors, ['code']),
    ],
    [
      'alignql_cost_units_total',
      'Static cost of the operations let in, in units of extensions.cost.',
      [sample('alignql_cost_units_total', {}, metrics.cost)],
    ],
    [
      'alignql_embeddings_total',
      'Embeddings of pixels and texts, by where they came from: this isolate, the shared cache, the encoder.',
      samplesOf('alignql_embeddings_total', metrics.embeddings, ['source']),
    ],
    [
      'alignql_record_requests_total',
      'Requests answered from a selection record, by its id.',
      samplesOf('alignql_record_requests_total', metrics.records, ['record']),
    ],
  ];
  const histograms: readonly [name: string, help: string, label: string, Map<string, Histogram>][] = [
    [
      'alignql_request_duration_seconds',
      'Time from request to answer, by route.',
      'route',
      metrics.durations,
    ],
    [
      'alignql_encode_duration_seconds',
      'Time that a request waited for the encoder, by modality.',
      'modality',
      metrics.encoding,
    ],
  ];
  const build = { version, commit: commit ?? '', deployment: deployment ?? '' };
  const lines = [
    ...family('alignql_build_info', 'What runs.', 'gauge', [sample('alignql_build_info', build, 1)]),
    ...counters.flatMap(([name, help, samples]) => family(name, help, 'counter', samples)),
    ...histograms.flatMap(([name, help, label, byLabel]) =>
      family(
        name,
        help,
        'histogram',
        Array.from(byLabel, ([value, histogram]) =>
          histogramSamples(name, { [label]: value }, histogram),
        ).flat(),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
