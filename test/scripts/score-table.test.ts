import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import {
  type ScoredRow,
  csvHeader,
  csvRows,
  csvToParquet,
  summarizeMetrics,
} from '../../scripts/score/table.ts';
import { createRandom } from '../../src/core/random.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CSV_HEADER = csvHeader([]);
const { path: folderPath, put } = temporaryFolder();

const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;
const READ_BACK =
  "import csv, json, sys; json.dump(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True)), sys.stdout)";

const row = (caption: string, rest: Partial<ScoredRow> = {}): ScoredRow => ({
  image: 'a.png',
  caption,
  error: 'none',
  where: 'x.csv line 2',
  ...rest,
});

/** What has led some reader of CSV astray. */
const TEXTS = [
  'a\rfox',
  'a\nfox',
  'a\r\nfox\r',
  'says "hi", twice',
  '"',
  ' spaces around ',
  'a;b\tc|d',
  "'quoted'",
  '=1+1',
  'caf\u00e9 \u{1f98a} \u2028',
];

describe('csvRows', () => {
  it('writes RFC 4180, to the byte', () => {
    const scored = { cosine: -0.25, score: 1e-7, probability: 1, low: 0.1 + 0.2, high: 1 };
    const rows = [
      row('a\rfox', { ...scored, decision: 'MATCH', error: null }),
      row('says "hi",\r\ntwice', { image: null }),
      row(' spaces ', { error: '\n' }),
      row('=1+1', { image: '', where: '-x' }),
    ];
    expect(CSV_HEADER + csvRows(rows, false)).toBe(
      'image,caption,cosine,score,probability,low,high,decision,error,where\n' +
        'a.png,"a\rfox",-0.25,1e-7,1,0.30000000000000004,1,MATCH,,x.csv line 2\n' +
        ',"says ""hi"",\r\ntwice",,,,,,,none,x.csv line 2\n' +
        'a.png, spaces ,,,,,,,"\n",x.csv line 2\n' +
        ',=1+1,,,,,,,none,-x\n',
    );
  });

  it('neutralises what a spreadsheet would run, where it is asked to, and no number', () => {
    const formulas = ['=1+1', '+1', '-1', '@A1', '\t=1', '\r=1', '\uff1d1', 'a=1', ' =1', "'=1", ''];
    const text = csvRows(
      formulas.map((caption) => row(caption, { image: caption, cosine: -0.5, error: null })),
      true,
    );
    const cells = ["'=1+1", "'+1", "'-1", "'@A1", "'\t=1", '"\'\r=1"', "'\uff1d1", 'a=1', ' =1', "'=1", ''];
    expect(text).toBe(cells.map((cell) => `${cell},${cell},-0.5,,,,,,,x.csv line 2\n`).join(''));
  });

  it.skipIf(!HAS_PYTHON)("reads back in Python's csv to the same rows, whatever the texts hold", () => {
    const seed = 11;
    const random = createRandom(seed);
    const alphabet = ['\r', '\n', '"', ',', ';', '\t', ' ', "'", '=', 'a', '\u00e9', '\u{1f98a}'];
    const pick = (): string => alphabet[random.nextInt(alphabet.length)];
    const made = Array.from({ length: 2000 }, () => Array.from({ length: random.nextInt(6) }, pick).join(''));
    const texts = [...TEXTS, '\ufeffmark', ...made];
    const rows = texts.map((text, i) =>
      row(text, { image: texts.at(-1 - i) ?? '', error: text, score: i / 3 }),
    );
    const path = put('x.csv', CSV_HEADER + csvRows(rows, false));
    const python = spawnSync('python3', ['-c', READ_BACK, path], { encoding: 'utf8', maxBuffer: 1e8 });
    expect(python.stderr).toBe('');
    const [header, ...read] = JSON.parse(python.stdout) as string[][];
    expect(header.join(',')).toBe(CSV_HEADER.trim());
    expect(read, `seed ${seed}`).toEqual(
      rows.map(({ image, caption, score, error, where }) => [
        ...[image, caption, '', String(score), '', '', '', '', error, where],
      ]),
    );
  });

  it('becomes the same table as Parquet', async () => {
    const csv = join(folderPath(), 'x.csv');
    writeFileSync(
      csv,
      CSV_HEADER +
        csvRows(
          TEXTS.map((text) => row(text, { low: 0.125 })),
          false,
        ),
    );
    await csvToParquet(csv, `${csv}.parquet`);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(`${csv}.parquet`) });
    expect(rows).toEqual(
      TEXTS.map((caption) => ({
        ...{ image: 'a.png', caption, cosine: null, score: null, probability: null, low: 0.125, high: null },
        ...{ decision: null, error: 'none', where: 'x.csv line 2' },
      })),
    );
  });

  it('holds what metrics were asked for, and their means', async () => {
    const metrics = ['ref-clip-score', 'clip-score'] as const;
    const rows = [
      row('a', { error: null, clipScore: 0.5, refClipScore: 0.25, truncated: false }),
      row('b', { error: null, clipScore: 1, refClipScore: null, truncated: true }),
      row('c'),
    ];
    const csv = put('metrics.csv', csvHeader(metrics) + csvRows(rows, false, metrics));
    expect(csvHeader(metrics)).toBe(`${CSV_HEADER.trim()},clip_score,ref_clip_score,truncated\n`);
    expect(await summarizeMetrics(csv, metrics)).toEqual({
      clipScore: 0.75,
      refClipScore: 0.25,
      withoutReferences: 1,
      truncated: 1,
    });
    await csvToParquet(csv, `${csv}.parquet`, metrics);
    const read = await parquetReadObjects({ file: await asyncBufferFromFile(`${csv}.parquet`) });
    expect(read).toMatchObject([
      { clip_score: 0.5, ref_clip_score: 0.25, truncated: false },
      { clip_score: 1, ref_clip_score: null, truncated: true },
      { clip_score: null, ref_clip_score: null, truncated: null },
    ]);
  });
});
