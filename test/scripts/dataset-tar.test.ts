import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { PairSource } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { DATASETS, readLines } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

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
      '006.jpg | a flag | 00000.tar ./006',
    ]);
    const { pairs } = await readDataset(path);
    expect(await pictureOf(pairs[0])).toBe('book');
  });
});

const { path: folder, put } = temporaryFolder();

describe('a folder in a tar', () => {
  const restart = readFileSync(join(DATASETS, 'tar-keys-restart/00000.tar'));
  /** The header of the first picture, its size too, as that of a folder: '5' for '0' adds 5 to the checksum. */
  function folderHeader(): Buffer {
    const header = Buffer.from(restart.subarray(0, 512));
    header[156] = '5'.charCodeAt(0);
    const checksum = Number.parseInt(header.toString('latin1', 148, 154), 8) + 5;
    header.write(checksum.toString(8).padStart(6, '0'), 148, 'latin1');
    return header;
  }

  it.each([0, 512 * 11])('is passed over, though it has a size: at %i', async (at) => {
    const parts = [restart.subarray(0, at), folderHeader(), restart.subarray(at)];
    const path = put(`folder-${at}.tar`, Buffer.concat(parts));
    const { pairs, skipped } = await readDataset(path);
    expect(skipped).toEqual([]);
    expect(pairs.map(({ caption }) => caption)).toEqual([
      'a green book',
      'a white flag',
      'a black chess pawn',
      'a blue square',
    ]);
  });

  it('that stands where a picture was is told, and ends the reading', async () => {
    const bytes = Buffer.concat([folderHeader(), restart.subarray(512)]);
    await expect(readDataset(put('changed.tar', bytes))).rejects.toThrow(/cannot be read as a tar/);
  });
});

describe('a gzipped tar', () => {
  const plain = join(DATASETS, 'img2dataset/00000.tar');

  it.each(['00000.tar.gz', '00000.TGZ', '00000.tar'])('is read as what it unpacks to: %s', async (name) => {
    const whole = gzipSync(readFileSync(plain));
    // As `cat a.gz b.gz` and parallel compressors make them: two members, one after the other.
    const half = readFileSync(plain).subarray(0, 4096);
    const rest = readFileSync(plain).subarray(4096);
    for (const bytes of [whole, Buffer.concat([gzipSync(half), gzipSync(rest)])]) {
      const path = put(name, bytes);
      for (const place of [path, folder()]) {
        const { pairs } = await readDataset(place);
        expect(pairs.map(({ caption, where }) => [caption, where])).toEqual([
          ['a green book', `${name} 000000000`],
          ['a white flag', `${name} 000000001`],
        ]);
        expect([await pictureOf(pairs[1]), await pictureOf(pairs[0])]).toEqual(['flag', 'book']);
      }
    }
  });

  it('leaves nothing behind in TMPDIR', async () => {
    put('00000.tar.gz', gzipSync(readFileSync(plain)));
    const temporary = join(folder(), 'tmp');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const { pairs } = await readDataset(folder());
    expect(await pictureOf(pairs[0])).toBe('book');
    expect(readdirSync(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('that is cut off, or none, is refused', async () => {
    const whole = gzipSync(readFileSync(plain));
    const cut = put('cut.tar.gz', whole.subarray(0, whole.length - 20));
    await expect(readDataset(cut)).rejects.toThrow(
      /cut\.tar\.gz cannot be read as a tar: unexpected end of file/,
    );
    await expect(readDataset(put('no.tgz', 'no archive'))).rejects.toThrow(/no\.tgz cannot be read as a tar/);
    for (const [name, bytes] of [
      ['empty.tar', Buffer.alloc(0)],
      ['empty.tgz', gzipSync(Buffer.alloc(0))],
    ] as const) {
      await expect(readDataset(put(name, bytes))).rejects.toThrow(
        `${name} cannot be read as a tar: it has no bytes`,
      );
    }
  });
});
