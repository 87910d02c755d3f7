import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PairSource } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { DATASETS, readLines } from './dataset-setup.ts';

/** Which of the four pictures of the fixtures the bytes are. */
async function pictureOf({ image }: PairSource): Promise<string> {
  const bytes = Buffer.from(await image.read());
  const known = ['book', 'flag', 'pawn', 'square'].find((name) =>
    bytes.equals(readFileSync(join(DATASETS, `coco/val2017/${name}.jpg`))),
  );
  return known ?? 'none';
}

describe('samples of a tar', () => {
  it('are neighbours of one key: a key that returns begins another sample', async () => {
    const { pairs, skipped } = await readDataset(join(DATASETS, 'tar-keys-restart'));
    expect(skipped).toEqual([]);
    const read = await Promise.all(
      pairs.map(async (pair) => [await pictureOf(pair), pair.caption, pair.where]),
    );
    expect(read).toEqual([
      ['book', 'a green book', '00000.tar 000000000'],
      ['flag', 'a white flag', '00000.tar 000000001'],
      ['pawn', 'a black chess pawn', '00000.tar 000000000 (2)'],
      ['square', 'a blue square', '00000.tar 000000001 (2)'],
    ]);
    // Equal names would mean the same picture.
    expect(new Set(pairs.map(({ image }) => image.name)).size).toBe(4);
  });

  it('whose caption or key is not UTF-8 fail by key, and the others are read', async () => {
    expect(await readLines(join(DATASETS, 'tar-latin1/00000.tar'))).toEqual([
      'skipped 00000.tar 000: 000.txt is not UTF-8 text',
      '001.jpg | eine weiße Fahne | 00000.tar 001',
      String.raw`skipped 00000.tar wei\xDF: the key is not UTF-8 text`,
    ]);
  });

  it('pass over hidden files and masks, and skip what cannot be told apart', async () => {
    const path = join(DATASETS, 'tar-odd/00000.tar');
    expect(await readLines(path)).toEqual([
      '000.jpg | a green book | 00000.tar ./000',
      'skipped 00000.tar ./001: two neighbours have the name ./001.jpg',
      'skipped 00000.tar ./002: no ./002.txt and no caption in ./002.json beside it; the archive has ./002 2 times, with other keys between: sort it by name',
      'skipped 00000.tar ./003: no ./003.txt and no caption in ./003.json',
      'skipped 00000.tar ./002 (2): no picture of this key beside it; the archive has ./002 2 times, with other keys between: sort it by name',
      'skipped 00000.tar ./004: no picture of this key, which ends at the first dot: ./004.2020.jpg',
      'skipped 00000.tar ./005: ./005.json is not JSON',
    ]);
    const { pairs } = await readDataset(path);
    expect(await pictureOf(pairs[0])).toBe('book');
  });
});
