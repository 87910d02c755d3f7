import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { type PairEncoder, encodePairs } from '../../scripts/dataset/encode-pairs.ts';
import { createProgress } from '../../scripts/cli/progress.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { contentKey, openEmbeddingCache } from '../../scripts/embedding-cache/embedding-cache.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

/** Two coordinates from the bytes, capitals like small letters: enough to see which went where. Bytes starting with "x" are broken. */
function countingEncoder(): PairEncoder & { readonly batches: number[] } {
  const batches: number[] = [];
  return {
    batches,
    dim: 2,
    imageBatchSize: 2,
    textBatchSize: 3,
    encodeImages: async (images) => {
      batches.push(images.length);
      return Promise.resolve(
        images.map((bytes) =>
          bytes[0] === 120
            ? new AppError('BAD_IMAGE', 'not a picture')
            : Float32Array.of(bytes[0], bytes.length),
        ),
      );
    },
    encodeTexts: async (texts) => {
      batches.push(-texts.length);
      return Promise.resolve(
        texts.map((text) => Float32Array.of(text.length, text.toLowerCase().charCodeAt(0))),
      );
    },
  };
}

const silent = () => ({ add: () => undefined, stop: () => undefined });

describe('encodePairs', () => {
  it('encodes distinct pictures and captions once, lists what it left out, and knows all of it the second time', async () => {
    put('a.png', 'aaa');
    put('copy.png', 'aaa');
    put('b.png', 'bb');
    put('bad.png', 'x');
    const path = put(
      'pairs.csv',
      'image,caption\na.png,kite\na.png,kite\na.png,a kite\ncopy.png,toy\nb.png,boat\nbad.png,car\ngone.png,bus\n',
    );
    const listing = await readDataset(path);
    const encoder = countingEncoder();
    const open = () => openEmbeddingCache(join(folderPath(), 'cache'), { fingerprint: 'f', dim: 2 });
    const pairs = await encodePairs(listing, encoder, await open(), silent);
    expect([...pairs.imageRows]).toEqual([0, 0, 0, 1]);
    expect([...pairs.textRows]).toEqual([0, 1, 2, 3]);
    expect([...pairs.groups]).toEqual([0, 0, 0, 1]);
    expect([...pairs.imageEmbeddings]).toEqual([97, 3, 98, 2]);
    expect([...pairs.textEmbeddings]).toEqual([4, 107, 6, 97, 3, 116, 4, 98]);
    expect(pairs.skipped.map(({ where }) => where)).toEqual(['pairs.csv line 7', 'pairs.csv line 8']);
    expect(pairs.skipped[0].reason).toContain('not a picture');
    const { pictures, captions, where } = pairs.origins;
    // copy.png has the bytes of a.png: one picture, by the name that came first.
    expect(pictures.map((picture) => picture?.name.slice(folderPath().length + 1))).toEqual([
      'a.png',
      'b.png',
    ]);
    expect(captions).toEqual(['kite', 'a kite', 'toy', 'boat']);
    expect(where).toEqual([2, 4, 5, 6].map((line) => `pairs.csv line ${line}`));
    expect(pairs.skipped[1].reason).toContain('no such file');

    const again = countingEncoder();
    expect(await encodePairs(listing, again, await open(), silent)).toEqual(pairs);
    // Only the broken picture is tried again.
    expect(again.batches).toEqual([1]);
  });

  it('makes one row of captions and of pictures whose embeddings are equal to the bit', async () => {
    put('a.png', 'ab');
    put('same.png', 'ac'); // other bytes, the same two coordinates
    put('b.png', 'b');
    const path = put(
      'pairs.csv',
      'image,caption\na.png,kite\nb.png,boat\nsame.png,KITE\nb.png,Boat\nsame.png,car\n',
    );
    const cache = await openEmbeddingCache(join(folderPath(), 'cache'), { fingerprint: 'f', dim: 2 });
    const pairs = await encodePairs(await readDataset(path), countingEncoder(), cache, silent);
    expect([...pairs.imageRows]).toEqual([0, 1, 0]);
    expect([...pairs.textRows]).toEqual([0, 1, 2]);
    expect([...pairs.groups]).toEqual([0, 1, 0]);
    expect(pairs.origins.captions).toEqual(['kite', 'boat', 'car']);
    // The cache still knows each content by its own key.
    for (const caption of ['kite', 'KITE', 'boat', 'Boat', 'car']) {
      expect(cache.get(contentKey('text', caption))).not.toBeNull();
    }
  });

  it('stops the progress when the encoder fails', async () => {
    put('a.png', 'a');
    const listing = await readDataset(put('pairs.csv', 'image,caption\na.png,kite\n'));
    const cache = await openEmbeddingCache(join(folderPath(), 'cache'), { fingerprint: 'f', dim: 2 });
    const running = new Set<string>();
    const start = (label: string) => {
      running.add(label);
      return { add: () => undefined, stop: () => running.delete(label) };
    };
    const failing = () => Promise.reject(new Error('no network here'));
    const broken = [{ encodeImages: failing }, { encodeTexts: failing }];
    for (const part of broken) {
      await expect(encodePairs(listing, { ...countingEncoder(), ...part }, cache, start)).rejects.toThrow(
        'no network here',
      );
      expect(running.size).toBe(0);
    }
  });

  it('fails when no picture can be read, with the first reasons', async () => {
    const listing = await readDataset(put('pairs.csv', 'image,caption\ngone.png,kite\n'));
    const cache = await openEmbeddingCache(join(folderPath(), 'cache'), { fingerprint: 'f', dim: 2 });
    await expect(encodePairs(listing, countingEncoder(), cache, silent)).rejects.toThrow(
      /none of the 1 pairs.*\n.*line 2: .*gone\.png/,
    );
  });
});

describe('createProgress', () => {
  it('writes throttled plain lines with rate and time left where there is no terminal', () => {
    const lines: string[] = [];
    const stream = {
      isTTY: false,
      write: (text: string) => lines.push(text),
    } as unknown as NodeJS.WriteStream;
    let clock = 0;
    const progress = createProgress(stream, () => clock)('pictures', 100, { cached: true });
    progress.add(20, { known: true });
    for (clock = 1000; clock <= 8000; clock += 1000) progress.add(5);
    progress.stop();
    expect(lines).toEqual([
      'pictures: 45 of 100, 5.0/s, about 11 s left\n',
      'pictures: 60 of 100 in 9.0 s, 20 of them known from the cache\n',
    ]);
  });

  it('tells nothing of what is done at once where it is asked to', () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) };
    let clock = 0;
    const start = createProgress(stream as unknown as NodeJS.WriteStream, () => clock);
    const short = start('names', 2, { onlyIfLong: true });
    short.add(2);
    short.stop();
    expect(lines).toEqual([]);
    const long = start('names', 10, { onlyIfLong: true });
    clock = 6000;
    long.add(6);
    clock = 8000;
    long.stop();
    expect(lines).toEqual(['names: 6 of 10, 1.0/s, about 4 s left\n', 'names: 6 of 10 in 8.0 s\n']);
  });

  it('speaks of the cache only where there is one', () => {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (text: string) => lines.push(text) };
    const folds = createProgress(stream as unknown as NodeJS.WriteStream, () => 0)('folds', 2);
    folds.add(2);
    folds.stop();
    expect(lines).toEqual(['folds: 2 of 2 in 0.0 s\n']);
  });
});
