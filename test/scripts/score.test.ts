import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentKey, openEmbeddingCache } from '../../scripts/embedding-cache/embedding-cache.ts';
import { loadPairEncoder } from '../../scripts/dataset/load-pair-encoder.ts';
import {
  type SelectionRecord,
  decodeSelection,
  encodeSelection,
  selectionId,
} from '../../src/format/selection-record.ts';
import { FIXTURES, SAMPLE, type ScorePlace, createScorePlace, expectedScore } from './score-setup.ts';

let place: ScorePlace;
let record: SelectionRecord;
let id: string;

beforeAll(async () => {
  place = createScorePlace();
  const made = place.run(
    'precompute',
    SAMPLE,
    ...['--out', 'made', '--strategy', 'mutual-information', '--k', '16', '--fusion', 'identity'],
    ...['--strategies', 'mutual-information', '--folds', '2', '--cache', 'cache'],
  );
  expect({ status: made.status, stderr: made.stderr }).toMatchObject({ status: 0 });
  const bytes = readFileSync(place.at('made/selection.bin'));
  record = decodeSelection(bytes);
  id = await selectionId(bytes);
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

const sampleRows = (): string[] =>
  readFileSync(join(SAMPLE, 'captions.csv'), 'utf8').trim().split('\n').slice(1);
/** Rows of the sample set: no caption has a line break. */
const SAMPLE_SIZE = sampleRows().length;

describe('score', () => {
  it('gives every row in order, repeated and broken ones too, with the numbers of the API', async () => {
    const rows = sampleRows()
      .slice(0, 5)
      .map((row) => row.split(',').slice(0, 2));
    const absolute = rows.map(([image, caption]) => [join(SAMPLE, image), caption]);
    const lines = [
      ...absolute,
      absolute[0],
      ['broken.png', 'a "broken", picture'],
      ['gone.png', 'a lost picture'],
      ['no-caption.png', ''],
      [absolute[1][0], absolute[2][1]],
    ];
    place.put('set/broken.png', 'no picture');
    const quoted = lines.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
    place.put('set/pairs.csv', ['image,caption', ...quoted].join('\n'));
    const ran = place.run(
      'score',
      'set/pairs.csv',
      '--selection',
      './made',
      '--out',
      'a.csv',
      '--cache',
      'cache',
    );
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    const table = place.table('a.csv');
    expect(table.map(({ image, caption }) => [image, caption])).toEqual(lines);

    const { info } = await loadPairEncoder();
    const cache = await openEmbeddingCache(place.at('cache'), info);
    for (const [i, row] of table.entries()) {
      const { image, caption, error, where, ...numbers } = row;
      expect(where).toBe(`pairs.csv line ${i + 2}`);
      if (i >= 6 && i <= 8) {
        expect(Object.values(numbers).join('')).toBe('');
        continue;
      }
      expect(error).toBe('');
      const vectors = [contentKey('image', readFileSync(image)), contentKey('text', caption)].map(cache.get);
      const [imageVector, textVector] = vectors;
      if (imageVector === null || textVector === null) throw new Error('expected both in the cache');
      expect(numbers).toEqual(expectedScore(record, imageVector, textVector));
      expect(Number(numbers.low)).toBeLessThan(Number(numbers.probability));
      expect(Number(numbers.high)).toBeGreaterThan(Number(numbers.probability));
    }
    expect(table[6].error).not.toBe('');
    expect(table[7].error).toContain('no such file');
    expect(table[8].error).toBe('no caption for no-caption.png');

    expect(ran.stderr).toContain('note: 1 of 10 rows repeat the picture and the caption of an earlier row');
    const count = (decision: string): number => table.filter((row) => row.decision === decision).length;
    expect(JSON.parse(ran.stdout)).toEqual({
      out: 'a.csv',
      pairs: 10,
      scored: 7,
      failed: 3,
      duplicates: 1,
      match: count('MATCH'),
      mismatch: count('MISMATCH'),
      uncertain: count('UNCERTAIN'),
      outside: 0,
      selection: './made',
      id,
    });
    expect(readdirSync(place.folder).filter((name) => name.startsWith('a.csv'))).toEqual(['a.csv']);
  });

  it.each([
    ['coco', 8, 1],
    ['flickr8k', 8, 1],
    ['flickr8k-kaggle', 9, 0],
    ['flickr30k', 8, 0],
    ['img2dataset', 4, 5], // failed downloads, a broken picture, one without caption
    ['labelled/captions-table.parquet', 3, 1],
  ])('reads %s: %i scored, %i not', (name, scored, failed) => {
    const ran = place.run(
      ...(['score', join(FIXTURES, name), '--selection', './made', '--out', 'form.csv'] as const),
      ...['--cache', 'cache'],
    );
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ pairs: scored + failed, scored, failed });
    expect(place.table('form.csv').filter(({ error }) => error !== '')).toHaveLength(failed);
  });

  it('reads the columns that it is told', () => {
    const [picture, caption] = sampleRows()[0].split(',');
    place.put('set/named.csv', `image;Pic;Words\nnone.png;${join(SAMPLE, picture)};${caption}\n`);
    const ran = place.run(
      ...(['score', 'set/named.csv', '--image-column', 'pic', '--caption-column', 'words'] as const),
      ...['--selection', './made', '--out', 'named.csv', '--cache', 'cache'],
    );
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    expect(place.table('named.csv')).toMatchObject([{ caption, error: '', where: 'named.csv line 2' }]);
  });

  it('adds CLIPScore and RefCLIPScore, with what was cut', () => {
    const [picture, caption] = sampleRows()[0].split(',');
    const long = Array(40).fill('dolphin').join(' ');
    const cells = [caption, 'an animal', long].map((text) => `${join(SAMPLE, picture)},${text},1`);
    const lines = ['image,caption,label', ...cells, `${join(SAMPLE, picture)},a banjo,0`];
    place.put('set/metrics.csv', lines.join('\n'));
    const args = ['set/metrics.csv', '--selection', './made', '--cache', 'cache', '--out', 'metrics.csv'];
    const ran = place.run('score', ...args, '--metrics', 'clip-score,ref-clip-score');
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    const rows = place.table('metrics.csv');
    // The long caption is a reference of all the others.
    expect(rows.map(({ truncated }) => truncated)).toEqual(['true', 'true', 'true', 'true']);
    const numbers = rows.map((row) => [Number(row.clip_score), Number(row.ref_clip_score)]);
    expect(numbers[0][0]).toBeGreaterThan(numbers[3][0]);
    for (const [score, referred] of numbers) {
      // Of a harmonic mean with at most 1.
      expect(referred).toBeLessThanOrEqual((2 * score) / (score + 1) + 1e-6);
    }
    const mean = numbers.reduce((sum, [score]) => sum + score, 0) / 4;
    const { metrics } = JSON.parse(ran.stdout) as { metrics: Record<string, number> };
    expect(metrics).toMatchObject({ truncated: 4, withoutReferences: 0 });
    expect(metrics.clipScore).toBeCloseTo(mean, 12);
  });

  it('tells text, image and group scores of quads, and names bad rows', () => {
    const image = (name: string): string => join(SAMPLE, 'images', name);
    const quads = [
      [image('a-badger.webp'), 'a badger', image('a-banjo.webp'), 'a banjo'],
      [image('a-fox.webp'), 'a rooster', image('a-rooster.png'), 'a fox'],
      ['gone.png', 'a', image('a-fox.webp'), 'b'],
    ];
    const lines = ['image_0,caption_0,image_1,caption_1', ...quads.map((cells) => cells.join(','))];
    place.put('set/quads.csv', lines.join('\n'));
    const args = ['--quads', 'set/quads.csv', '--selection', './made', '--cache', 'cache'];
    const ran = place.run('score', ...args, '--out', 'quads.csv');
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    // Clopper and Pearson's interval of one in two: 1 ∓ √0.025 apart from 0 and 1.
    const half = {
      share: 0.5,
      low: expect.closeTo(0.01258, 4) as number,
      high: expect.closeTo(0.98742, 4) as number,
    };
    expect(JSON.parse(ran.stdout)).toMatchObject({
      ...{ quads: 3, scored: 2, failed: 1, chance: { text: 0.25 } },
      failedRows: [{ where: 'quads.csv line 4', reason: 'gone.png: no such file or directory' }],
      cosine: { text: half, image: half, group: half },
    });
    expect(ran.stderr).toContain('quads.csv line 4: gone.png');
    expect(place.table('quads.csv').map(({ group }) => group)).toEqual(['true', 'false']);
    const refused = place.run('score', ...args, '--base-rate', '0.1');
    expect(refused.stderr).toContain('--base-rate does not go with --quads');
  });

  it('moves probabilities to another base rate, scores stay', () => {
    const args = [SAMPLE, '--selection', 'made/selection.bin', '--cache', 'cache'];
    expect(place.run('score', ...args, '--out', 'plain.csv').status).toBe(0);
    expect(place.run('score', ...args, '--out', 'rare.csv', '--base-rate', '0.01').status).toBe(0);
    const [plain, rare] = [place.table('plain.csv'), place.table('rare.csv')];
    const logit = (row: Record<string, string>): number => {
      const p = Number(row.probability);
      return Math.log(p / (1 - p));
    };
    for (const [i, row] of rare.entries()) {
      expect(row.score).toBe(plain[i].score);
      // The log-odds of probabilities near one lose digits: 1 - p has about ten left at p = 0.99999.
      expect(logit(plain[i]) - logit(row)).toBeCloseTo(Math.log(99), 8);
    }
  });

  it('writes the same table as Parquet', async () => {
    const args = ['set/pairs.csv', '--selection', './made', '--cache', 'cache'];
    const ran = place.run('score', ...args, '--out', 'a.parquet');
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(place.at('a.parquet')) });
    const asText = (value: unknown): string => (value === null ? '' : String(value));
    expect(
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)])),
      ),
    ).toEqual(place.table('a.csv'));
    expect(typeof rows[0].score).toBe('number');
    expect(rows[7]).toMatchObject({ score: null, decision: null });
    expect(readdirSync(place.folder).filter((name) => name.startsWith('a.parquet'))).toEqual(['a.parquet']);
  });

  // It encodes the samples twice: minutes where other work has the cores.
  it(
    'goes on after a kill, encodes the rest only, and gives the identical file',
    { timeout: 300_000 },
    async () => {
      const args = (name: string): string[] => [
        ...[SAMPLE, '--selection', './made', '--out', `${name}.csv`, '--cache', `cache-${name}`],
      ];
      expect(place.run('score', ...args('whole')).status).toBe(0);
      const state = place.at('cut.csv.partial.json');
      const rowsDone = (): number =>
        existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { rows: number }).rows : 0;
      expect(await place.runAndKill(() => rowsDone() > 0, 'score', ...args('cut'))).toBe('SIGKILL');
      expect(existsSync(place.at('cut.csv'))).toBe(false);
      expect(rowsDone()).toBe(256);
      // What a write that was cut would leave behind.
      appendFileSync(place.at('cut.csv.partial'), 'images/half-a-li');

      const again = place.run('score', ...args('cut'));
      expect(again.stderr).toMatch(new RegExp(`going on after 256 of ${SAMPLE_SIZE} pairs`));
      expect(readFileSync(place.at('cut.csv')).equals(readFileSync(place.at('whole.csv')))).toBe(true);
      expect(JSON.parse(again.stdout)).toMatchObject({ pairs: SAMPLE_SIZE, scored: SAMPLE_SIZE, failed: 0 });

      // A window a segment: the first from before the kill, the others from after it.
      const segments = readdirSync(place.at('cache-cut'), { recursive: true });
      expect(segments.filter((name) => String(name).endsWith('.embeddings'))).toHaveLength(
        Math.ceil(SAMPLE_SIZE / 256),
      );
    },
  );

  it('begins anew when the journal is of another run', async () => {
    const args = [SAMPLE, '--selection', './made', '--out', 'other.csv'];
    const state = place.at('other.csv.partial.json');
    await place.runAndKill(() => existsSync(state), 'score', ...args, '--cache', 'cache-other');
    const again = place.run('score', ...args, '--cache', 'cache', '--base-rate', '0.1');
    expect(again.stderr).not.toMatch(/going on/);
    expect(again.stderr).toMatch(
      /note: other\.csv\.partial was of another run \(.* columns of the table\) and is begun anew/,
    );
    expect(place.table('other.csv')).toHaveLength(SAMPLE_SIZE);
  });

  it('never mixes its columns with those of a half-written table of an earlier version', () => {
    const rows = 'image,caption,cosine,score,probability,decision,error,where\nold.png,old,1,1,1,MATCH,,x\n';
    place.put('old.csv.partial', rows);
    const tally = { match: 1, mismatch: 0, uncertain: 0, failed: 0, outside: 0 };
    const state = { run: 'of the earlier version', rows: 1, bytes: rows.length, tally };
    place.put('old.csv.partial.json', JSON.stringify(state));
    const args = ['set/pairs.csv', '--selection', './made', '--cache', 'cache'];
    const ran = place.run('score', ...args, '--out', 'old.csv');
    expect(ran.stderr).toMatch(/old\.csv\.partial was of another run/);
    expect(readFileSync(place.at('old.csv')).equals(readFileSync(place.at('a.csv')))).toBe(true);
  });

  it('writes cells that no spreadsheet runs, when it is asked to', () => {
    const picture = join(SAMPLE, sampleRows()[0].split(',')[0]);
    const captions = ['=1+1', '-fox', 'a\rfox', 'a red fox'];
    place.put(
      'set/formulas.csv',
      ['image,caption', ...captions.map((text) => `"${picture}","${text}"`)].join('\n'),
    );
    const args = ['set/formulas.csv', '--selection', './made', '--cache', 'cache'];
    expect(place.run('score', ...args, '--out', 'exact.csv').status).toBe(0);
    expect(place.run('score', ...args, '--out', 'safe.csv', '--spreadsheet-safe').status).toBe(0);
    const [exact, safe] = [place.table('exact.csv'), place.table('safe.csv')];
    expect(exact.map(({ caption }) => caption)).toEqual(captions);
    expect(safe).toEqual(exact.map((row) => ({ ...row, caption: row.caption.replace(/^(?=[=-])/, "'") })));
    const refused = place.run('score', ...args, '--out', 'safe.parquet', '--spreadsheet-safe');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/--spreadsheet-safe goes with a \.csv/);
  });

  it('finds a published name, and names the others when there is none', () => {
    const published = place.run('publish', 'made', '--name', 'mine');
    expect({ status: published.status, stderr: published.stderr }).toMatchObject({ status: 0 });
    const ran = place.run('score', SAMPLE, '--selection', 'mine', '--out', 'b.csv', '--cache', 'cache');
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject({ selection: 'mine', id });
    expect(readFileSync(place.at('b.csv')).equals(readFileSync(place.at('plain.csv')))).toBe(true);
    const none = place.run('score', SAMPLE, '--selection', 'yours', '--out', 'c.csv', '--cache', 'cache');
    expect(none.status).toBe(1);
    expect(none.stderr).toMatch(
      /there is no selection "yours" in the local KV, which has mine\. Publish one/,
    );
  });

  it('refuses a selection of another encoder, by id and by fingerprint', () => {
    const withEncoder = (name: string, encoder: SelectionRecord['encoder']): string =>
      place.put(`${name}.bin`, encodeSelection({ ...record, encoder }));
    withEncoder('foreign', { id: 'some/clip', fingerprint: 'f' });
    withEncoder('older', { ...record.encoder, fingerprint: 'older' });
    const refused = (selection: string): string => {
      const { status, stderr } = place.run('score', SAMPLE, '--selection', selection, '--out', 'd.csv');
      expect(status).toBe(1);
      expect(existsSync(place.at('d.csv'))).toBe(false);
      return stderr;
    };
    expect(refused('foreign.bin')).toMatch(
      /selection "foreign\.bin" is for encoder some\/clip, the pairs are of tiny-clip: .* name the encoder of the pairs: --model/,
    );
    expect(refused('older.bin')).toMatch(
      /is for tiny-clip of fingerprint older, the pairs are of fingerprint [0-9a-f]{64}/,
    );
  });

  it('keeps the table but exits with 1 when no pair can be scored', () => {
    place.put('lost.csv', 'image,caption\ngone.png,a kite\n');
    const ran = place.run('score', 'lost.csv', '--selection', './made', '--out', 'lost-scores.csv');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/none of the 1 pairs could be scored; the column error of lost-scores\.csv/);
    expect(place.table('lost-scores.csv')[0].error).toContain('no such file');
  });

  const mistakes: [string, string[], RegExp][] = [
    [
      'another kind of table',
      ['--out', 'x.txt'],
      /--out x\.txt: expected a name that ends in \.csv or \.parquet/,
    ],
    ['a base rate of one', ['--out', 'x.csv', '--base-rate', '1'], /Expected a rate between 0 and 1/],
    [
      'what is neither name nor path',
      ['--out', 'x.csv', '--selection', 'No Name'],
      /is neither a name .* nor a path/,
    ],
    [
      'a file that is not there',
      ['--out', 'x.csv', '--selection', 'no.bin'],
      /cannot read --selection no\.bin/,
    ],
    ['a folder for the table', ['--out', 'made'], /--out made is a folder, expected the name of a file/],
    ['no table', [], /required option '--out <FILE>'/],
  ];
  it.each(mistakes)('refuses %s', (_, args, message) => {
    const { status, stderr } = place.run('score', SAMPLE, ...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
