import type { Histogram } from './histogram.ts';

/** Of the text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

/** Nothing for a family without samples: its name would stand there alone. */
export function family(
  name: string,
  help: string,
  type: string,
  samples: readonly string[],
): readonly string[] {
  return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

/** @param counts by the values of the labels, with blanks between them */
export function samplesOf(
  name: string,
  counts: ReadonlyMap<string, number>,
  labels: readonly string[],
): string[] {
  return Array.from(counts, ([key, value]) => {
    const values = key.split(' ');
    return sample(name, Object.fromEntries(labels.map((label, i) => [label, values[i]])), value);
  });
}

/** Buckets count what is at most their bound, those below included. */
export function histogramSamples(
  name: string,
  labels: Labels,
  { bounds, counts, count, sum }: Histogram,
): string[] {
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

export function sample(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${written.length === 0 ? '' : `{${written.join(',')}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
