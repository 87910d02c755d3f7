import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE, type ScorePlace, createScorePlace } from './score-setup.ts';

const COUNT = 160;
/** Pictures that one run of the network takes: what a kill can lose. */
const BATCH = 16;

let place: ScorePlace;
beforeAll(async () => {
  place = createScorePlace();
  mkdirSync(place.at('set'));
  const rows = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1, COUNT + 1);
  for (const shard of [0, 1]) {
    const tar = pack();
    for (const [i, row] of rows.entries()) {
      if (i % 2 !== shard) continue;
      const [image, caption] = row.split(',');
      const key = String(i).padStart(9, '0');
      tar.entry({ name: `${key}${image.slice(image.lastIndexOf('.'))}` }, readFileSync(join(SAMPLE, image)));
      tar.entry({ name: `${key}.txt` }, caption);
    }
    tar.finalize();
    await pipeline(tar, createWriteStream(place.at(`set/0000${shard}.tar`)));
  }
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

const segments = (): number =>
  existsSync(place.at('cache'))
    ? readdirSync(place.at('cache'), { recursive: true }).filter((name) =>
        String(name).endsWith('.embeddings'),
      ).length
    : 0;

describe('precompute from tar shards', () => {
  it('goes on after a kill without encoding anything twice, and a last run encodes nothing', async () => {
    const quick = [
      '--strategy',
      'full',
      '--strategies',
      'full',
      '--k',
      '16',
      '--folds',
      '2',
      '--fusion',
      'identity',
    ];
    const args = ['set', '--cache', 'cache', ...quick];
    const cut = await place.runAndKill(() => segments() >= 3, 'precompute', ...args, '--out', 'cut');
    expect(cut).toBe('SIGKILL');
    const before = segments();
    const again = place.run('precompute', ...args, '--out', 'again');
    expect(again.status).toBe(0);
    // Every segment that reached the disk was a whole batch of pictures, and none of them is encoded again.
    expect(again.stderr).toContain(`pictures: ${COUNT} of ${COUNT}`);
    expect(Number(/(\d+) of them known/.exec(again.stderr)?.[1])).toBe(Math.min(before * BATCH, COUNT));

    const third = place.run('precompute', ...args, '--out', 'third');
    expect(third.stderr).toMatch(new RegExp(`pictures: ${COUNT} of ${COUNT} .*, ${COUNT} of them known`));
    expect(third.stderr).toMatch(/captions: (\d+) of \1 .*, \1 of them known/);
    const selection = (out: string): Buffer => readFileSync(place.at(`${out}/selection.bin`));
    expect(selection('third').equals(selection('again'))).toBe(true);
  });
});
