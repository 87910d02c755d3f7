import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BLOBS, DOUBLES, createAnalyticsRecorder } from '../../src/telemetry/analytics.ts';
import type { RequestRecord } from '../../src/telemetry/recorder.ts';

const OPERATE = fileURLToPath(new URL('../../docs/operate.md', import.meta.url));
/** By the words in front of it, or by the name of the alert. */
const queries = new Map(
  [...(await readFile(OPERATE, 'utf8')).matchAll(/\n([^\n]+)\n\n```sql\n([^`]+)```/g)].map(
    ([, before = '', sql = '']) => [/^`([a-z-]+)`/.exec(before)?.[1] ?? before.slice(0, 12), sql],
  ),
);
/** A time at the start of five minutes, in seconds. */
const NOW = 1_800_000_300;

const request = (changes: Partial<RequestRecord>): RequestRecord => ({
  requestId: 'a',
  route: 'graphql',
  method: 'POST',
  status: 200,
  ms: 10,
  bytes: null,
  answerCharacters: null,
  operation: null,
  codes: {},
  cost: 2,
  caller: 'one',
  records: ['r1'],
  embeddings: null,
  ray: null,
  ...changes,
});

interface Row {
  readonly request: RequestRecord;
  /** How many requests it stands for. */
  readonly times?: number;
  readonly secondsAgo?: number;
}

/** What the recorder writes, as a table of SQLite with the columns of Analytics Engine. */
function table(rows: readonly Row[]): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  const columns = [
    ...BLOBS.map((_, i) => `blob${i + 1} TEXT`),
    ...DOUBLES.map((_, i) => `double${i + 1} REAL`),
  ];
  db.exec(
    `CREATE TABLE alignql (timestamp INTEGER, _sample_interval REAL, index1 TEXT, ${columns.join(', ')})`,
  );
  const insert = db.prepare(
    `INSERT INTO alignql VALUES (${['?', '?', '?', ...columns.map(() => '?')].join(', ')})`,
  );
  for (const { request: record, times = 1, secondsAgo = 60 } of rows) {
    const writeDataPoint = (point: { indexes: string[]; blobs: string[]; doubles: number[] }): void => {
      insert.run(NOW - secondsAgo, times, point.indexes[0], ...point.blobs, ...point.doubles);
    };
    createAnalyticsRecorder({ writeDataPoint }, 'c1').record(record);
  }
  // SQLite hands on texts and numbers: what was seen goes from step to step as JSON.
  db.aggregate('quantileExactWeighted', {
    start: '',
    step: (seen, value, weight) =>
      `${String(seen)}${seen === '' ? '' : ','}[${Number(value)},${Number(weight)}]`,
    result: (seen) => `[${String(seen)}]`,
  });
  db.function('quantileOf', (level, seen) =>
    quantile(Number(level), JSON.parse(String(seen)) as [number, number][]),
  );
  return db;
}

function quantile(level: number, seen: [number, number][]): number | null {
  const total = seen.reduce((sum, [, weight]) => sum + weight, 0);
  let below = 0;
  for (const [value, weight] of seen.sort(([a], [b]) => a - b)) {
    below += weight;
    if (below >= level * total) return value;
  }
  return null;
}

/** The few things that Analytics Engine's SQL has in other words than SQLite. */
function inSqlite(sql: string): string {
  const seconds = { MINUTE: 60, HOUR: 3_600, DAY: 86_400 };
  const length = (count: string, unit: string): number =>
    Number(count) * seconds[unit as keyof typeof seconds];
  return sql
    .replace(/toStartOfInterval\(timestamp, INTERVAL '(\d+)' (\w+)\)/g, (_, count: string, unit: string) => {
      const size = length(count, unit);
      return `(timestamp / ${size} * ${size})`;
    })
    .replace(/NOW\(\) - INTERVAL '(\d+)' (\w+)/g, (_, count: string, unit: string) =>
      String(NOW - length(count, unit)),
    )
    .replace(/sumIf\(_sample_interval, ((?:[^()]|\([^()]*\))+)\)/g, 'sum(iif($1, _sample_interval, 0))')
    .replace(
      /quantileExactWeighted\(([\d.]+)\)\((\w+), (\w+)\)/g,
      'quantileOf($1, quantileExactWeighted($2, $3))',
    );
}

const answer = (name: string, rows: readonly Row[]): Record<string, unknown>[] =>
  table(rows)
    .prepare(inSqlite(queries.get(name) ?? `no query ${name}`))
    .all()
    .map((row) => ({ ...row }));

const encoded = { isolate: 3, shared: 1, encoded: 2, encodeImagesMs: 40, encodeTextsMs: 5 };

describe('the queries of docs/operate.md, on rows that the recorder has written', () => {
  it('are those that are tested here', () => {
    expect([...queries.keys()].sort()).toEqual(
      [
        'Requests, fa',
        'Errors by co',
        'Who asks how',
        'Where embedd',
        'Which record',
        'failing',
        'encoder',
        'slow',
        'refused',
      ].sort(),
    );
  });

  it('tell requests, failures and time', () => {
    const rows = [
      { request: request({ ms: 10 }), times: 98 },
      { request: request({ ms: 900, status: 503 }) },
      { request: request({ ms: 900, route: 'rest', status: 502 }) },
      { request: request({ route: 'health' }) },
      { request: request({}), secondsAgo: 100_000 },
    ];
    expect(answer('Requests, fa', rows)).toEqual([
      { t: NOW - 300, requests: 100, failed: 2, p50_ms: 10, p99_ms: 900 },
    ]);
  });

  it('tell errors by code', () => {
    const rows = [
      { request: request({ codes: { BAD_IMAGE: 3, INTERNAL: 1 } }), times: 4 },
      { request: request({ codes: { INTERNAL: 1 } }) },
      { request: request({ codes: { BAD_IMAGE: 1 } }) },
      { request: request({}) },
    ];
    // The outage of a request with other errors before it.
    expect(answer('Errors by co', rows)).toEqual([
      { code: 'INTERNAL', requests: 5 },
      { code: 'BAD_IMAGE', requests: 1 },
    ]);
  });

  it('tell who asks how much', () => {
    const rows = [{ request: request({ caller: 'two', cost: 7 }), times: 3 }, { request: request({}) }];
    expect(answer('Who asks how', rows)).toEqual([
      { caller: 'two', cost: 21, requests: 3 },
      { caller: 'one', cost: 2, requests: 1 },
    ]);
  });

  it('tell where embeddings come from', () => {
    const rows = [{ request: request({ embeddings: encoded }), times: 2 }, { request: request({}) }];
    expect(answer('Where embedd', rows)).toEqual([
      { t: NOW - 300, from_cache: 8, encoded: 4, p95_images_ms: 40, p95_texts_ms: 5 },
    ]);
  });

  it('tell which records and commits answer', () => {
    const rows = [
      { request: request({ codes: { BAD_IMAGE: 2 } }), times: 2 },
      { request: request({ records: ['r2'] }) },
    ];
    expect(answer('Which record', rows)).toEqual([
      { record: 'r1', deployed: 'c1', requests: 2, errors: 4 },
      { record: 'r2', deployed: 'c1', requests: 1, errors: 0 },
    ]);
  });

  it.each<readonly [string, Partial<RequestRecord>]>([
    ['failing', { status: 502 }],
    ['failing', { codes: { STORAGE_FAILED: 1 } }],
    ['failing', { codes: { BAD_IMAGE: 2, INTERNAL: 1 } }],
    ['failing', { route: 'rest', status: 503 }],
    ['failing', { route: 'thumbnail', status: 500 }],
    ['failing', { route: 'pipeline', status: 500 }],
    ['encoder', { codes: { ENCODER_TIMEOUT: 1 } }],
    ['encoder', { codes: { BAD_IMAGE: 1, ENCODER_FAILED: 1 } }],
    ['encoder', { route: 'rest', status: 502, codes: { ENCODER_FAILED: 1 } }],
    ['slow', { ms: 9_000 }],
    ['slow', { route: 'rest', ms: 9_000 }],
    ['refused', { status: 429 }],
    ['refused', { route: 'rest', status: 401 }],
    ['refused', { route: 'pipeline', status: 403 }],
  ])('alert when it is %s: %j, and only then', (name, wrong) => {
    const well = { request: request({ codes: { ENCODER_MISMATCH: 1 } }), times: 70 };
    expect(answer(name, [well])).toEqual([]);
    expect(answer(name, [well, { request: request(wrong), times: 30 }])).toHaveLength(1);
    expect(answer(name, [well, { request: request(wrong), times: 30, secondsAgo: 3_600 }])).toEqual([]);
    // What monitors ask neither alerts nor hides what does.
    expect(answer(name, [well, { request: request({ ...wrong, route: 'ready' }), times: 30 }])).toEqual([]);
  });
});
