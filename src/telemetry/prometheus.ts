import type { Histogram } from './histogram.ts';
import type { Metrics } from './metrics.ts';

/** Of the text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

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
      'Static cost of the operations answered, in units of extensions.cost.',
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

/** Nothing for a family without samples: its name would stand there alone. */
function family(name: string, help: string, type: string, samples: readonly string[]): readonly string[] {
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function samplesOf(name: string, counts: ReadonlyMap<string, number>, labels: readonly string[]): string[] {
  return Array.from(counts, ([key, value]) => {
    const values = key.split(' ');
    return sample(name, Object.fromEntries(labels.map((label, i) => [label, values[i]])), value);
  });
}

/** Buckets count what is at most their bound, those below included. */
function histogramSamples(name: string, labels: Labels, { bounds, counts, count, sum }: Histogram): string[] {
  let below = 0;
  const buckets = bounds.map((bound, i) => {
    below += counts[i];
    return sample(`${name}_bucket`, { ...labels, le: String(bound) }, below);
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ];
}

function sample(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${written.length === 0 ? '' : `{${written.join(',')}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
