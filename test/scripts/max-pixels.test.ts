import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bandedPng } from '../clip/large-pictures.ts';
import { SAMPLE, type ScorePlace, createScorePlace } from './score-setup.ts';

/** Above the Worker's limit of 16,777,216, below that of the commands. */
const LARGE = { width: 5000, height: 3600 };
const REFUSED = 'The image has 5000 x 3600 = 18000000 pixels, expected at most 17000000';
const LOWER = ['--max-pixels', '17000000'];

let place: ScorePlace;
beforeAll(() => {
  place = createScorePlace();
  place.put('set/large.png', bandedPng(LARGE.width, LARGE.height));
  const rows = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8')
    .split('\n')
    .filter((row) => /^images/.test(row) && !row.includes('"'))
    .slice(0, 24);
  const pairs = rows.map((row) => join(SAMPLE, row.split(',').slice(0, 2).join(',')));
  place.put('set/pairs.csv', ['image,caption', ...pairs, 'large.png,coloured bands', ''].join('\n'));
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

const precompute = (out: string, ...args: string[]): ReturnType<ScorePlace['run']> =>
  place.run(
    ...(['precompute', 'set/pairs.csv', '--out', out, '--strategy', 'variance', '--k', '8'] as const),
    ...['--strategies', 'variance', '--fusion', 'identity', '--folds', '2', ...args],
  );
const skippedBy = (out: string): { where: string; reason: string }[] => {
  const report = JSON.parse(readFileSync(place.at(`${out}/report.json`), 'utf8')) as {
    dataset: { skipped: { where: string; reason: string }[] };
  };
  return report.dataset.skipped;
};

describe('pictures larger than the Worker takes', () => {
  it('are read by precompute, and skipped by name above --max-pixels', () => {
    const made = precompute('made', '--cache', 'cache');
    expect(made).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    expect(skippedBy('made')).toEqual([]);
    const lower = precompute('lower', '--cache', 'cache-lower', ...LOWER);
    expect(lower).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    expect(skippedBy('lower')).toEqual([
      { where: 'pairs.csv line 26', reason: `${place.at('set/large.png')}: ${REFUSED}` },
    ]);
  });

  it('are scored, and fail by name above --max-pixels', () => {
    const score = (out: string, ...args: string[]): ReturnType<ScorePlace['run']> =>
      place.run('score', 'set/pairs.csv', '--selection', './made', '--out', out, ...args);
    const all = score('all.csv', '--cache', 'cache-score');
    expect(all).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    expect(place.table('all.csv').map(({ error }) => error)).toEqual(Array(25).fill(''));
    const lower = score('lower.csv', '--cache', 'cache-score-lower', ...LOWER);
    expect(lower).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    expect(place.table('lower.csv').map(({ error }) => error)).toEqual([
      ...Array<string>(24).fill(''),
      REFUSED,
    ]);
  });

  it('are packed by index, and skipped by name above --max-pixels', () => {
    const published = place.run('publish', 'made');
    expect(published).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    const index = (corpus: string, ...args: string[]): ReturnType<ScorePlace['run']> =>
      place.run('index-corpus', 'set/pairs.csv', '--corpus', corpus, ...args);
    const all = index('all', '--cache', 'cache-index');
    expect(all).toMatchObject({ status: 0, stderr: expect.not.stringContaining('bug') as unknown });
    const packed = JSON.parse(all.stdout) as { count: number; skipped: number };
    expect(packed.skipped).toBe(0);
    const lower = index('lower', '--cache', 'cache-index-lower', ...LOWER);
    expect(JSON.parse(lower.stdout)).toMatchObject({ count: packed.count - 1, skipped: 1 });
    expect(lower.stderr).toContain(REFUSED);
  });
});

describe('--max-pixels', () => {
  const matrices = ['--image-embeddings', 'i.npy', '--text-embeddings', 't.npy', '--encoder-id', 'e'];
  it.each([
    ['precompute', [...matrices, '--out', 'x']],
    ['score', [...matrices, '--out', 'x.csv']],
    ['index-corpus', ['--corpus', 'x', '--image-embeddings', 'i.npy']],
  ])('is refused by %s where there are no pictures', (script, args) => {
    const { status, stderr } = place.run(script, ...args, ...LOWER);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        '--max-pixels goes with a DATASET; .npy files hold no pictures',
      ) as unknown,
    });
  });

  it.each(['0', '-1', '1e6', 'many', '250000001'])('refuses %s', (value) => {
    const { status, stderr } = place.run('score', SAMPLE, '--out', 'x.csv', '--max-pixels', value);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Expected a whole number from 1 to 250000000') as unknown,
    });
  });
});
