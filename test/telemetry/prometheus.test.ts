import { describe, expect, it } from 'vitest';
import { createMemoryRecorder, createMetrics } from '../../src/telemetry/metrics.ts';
import { writePrometheus } from '../../src/telemetry/prometheus.ts';
import type { RequestRecord } from '../../src/telemetry/recorder.ts';

const BUILD = { version: '0.1.0', commit: 'a\\b"c\nd', deployment: null };

/** What the text format is made of, https://prometheus.io/docs/instrumenting/exposition_formats/ */
const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/;

interface Family {
  readonly type: string;
  readonly samples: { readonly name: string; readonly labels: string; readonly value: number }[];
}

/** Reads the format strictly: each family is one block of HELP, TYPE and samples whose names are its own. */
function parse(text: string): Map<string, Family> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  let helped = '';
  let current: Family | null = null;
  let name = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    if (help) helped = help[1];
    else if (type) {
      expect(type[1]).toBe(helped);
      expect(families.has(helped)).toBe(false);
      name = helped;
      current = { type: type[2], samples: [] };
      families.set(name, current);
    } else {
      const found = SAMPLE.exec(line);
      expect(found, line).not.toBeNull();
      const [, sampleName = '', labels = '', value = ''] = found ?? [];
      expect(
        current?.type === 'histogram' ? sampleName.replace(/_(bucket|sum|count)$/, '') : sampleName,
      ).toBe(name);
      expect(Number.isFinite(Number(value))).toBe(true);
      current?.samples.push({ name: sampleName, labels, value: Number(value) });
    }
  }
  return families;
}

const request = (changes: Partial<RequestRecord>): RequestRecord => ({
  requestId: 'a',
  route: 'graphql',
  method: 'POST',
  status: 200,
  ms: 0,
  bytes: null,
  answerCharacters: null,
  operation: null,
  codes: {},
  cost: null,
  caller: null,
  records: [],
  embeddings: null,
  ray: null,
  ...changes,
});

describe('metrics in the text format of Prometheus', () => {
  const metrics = createMetrics();
  const { record } = createMemoryRecorder(metrics);
  const times = [1, 5, 6, 99, 100, 20_000, 60_000];
  for (const ms of times) record(request({ ms, cost: 1.5, codes: { BAD_IMAGE: 2, INTERNAL: 1 } }));
  record(request({ route: 'ready', status: 503 }));
  record(
    request({ embeddings: { isolate: 3, shared: 2, encoded: 1, encodeImagesMs: 40, encodeTextsMs: null } }),
  );
  const families = parse(writePrometheus(metrics, BUILD));
  const values = (name: string): Record<string, number> =>
    Object.fromEntries(
      (families.get(name)?.samples ?? []).map((sample) => [`${sample.name}{${sample.labels}}`, sample.value]),
    );

  it('parse, and are named as Prometheus recommends', () => {
    expect([...families.keys()].sort()).toEqual([
      'alignql_build_info',
      'alignql_cost_units_total',
      'alignql_embeddings_total',
      'alignql_encode_duration_seconds',
      'alignql_errors_total',
      'alignql_request_duration_seconds',
      'alignql_requests_total',
    ]);
    for (const [name, { type }] of families) {
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name.endsWith('_seconds')).toBe(type === 'histogram');
    }
  });

  it('count requests, errors and cost', () => {
    expect(values('alignql_requests_total')).toEqual({
      'alignql_requests_total{route="graphql",status="200"}': 8,
      'alignql_requests_total{route="ready",status="503"}': 1,
    });
    expect(values('alignql_errors_total')).toEqual({
      'alignql_errors_total{code="BAD_IMAGE"}': 14,
      'alignql_errors_total{code="INTERNAL"}': 7,
    });
    expect(values('alignql_cost_units_total')).toEqual({ 'alignql_cost_units_total{}': 10.5 });
  });

  it('have buckets that hold those below them, and one that holds all', () => {
    const samples = (families.get('alignql_request_duration_seconds')?.samples ?? []).filter(({ labels }) =>
      labels.startsWith('route="graphql"'),
    );
    const buckets = samples.filter(({ name }) => name.endsWith('_bucket'));
    const all = [...times, 0];
    for (const { labels, value } of buckets) {
      const bound = Number((/le="(.*)"/.exec(labels)?.[1] ?? '').replace('+Inf', 'Infinity'));
      expect(value).toBe(all.filter((ms) => ms / 1000 <= bound).length);
    }
    expect(buckets.at(-1)?.value).toBe(all.length);
    expect(samples.find(({ name }) => name.endsWith('_count'))?.value).toBe(all.length);
    expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(80.211, 9);
  });

  it('tell at most 64 records apart', () => {
    const many = createMetrics();
    for (let i = 0; i < 100; i++) createMemoryRecorder(many).record(request({ records: [`id${i}`] }));
    expect(many.records.size).toBe(65);
    expect(many.records.get('other')).toBe(36);
  });
});
