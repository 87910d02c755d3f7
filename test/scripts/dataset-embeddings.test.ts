import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { encodeNpy, readEmbeddings } from '../../src/format/npy.ts';
import { collectShards } from '../../scripts/dataset/collect-shards.ts';
import { type EmbeddingFolder, openEmbeddingFolder } from '../../scripts/dataset/embedding-folder.ts';
import { openEmbeddingMatrix } from '../../scripts/dataset/embedding-matrix.ts';
import { openNpyPairs, readPairRows } from '../../scripts/dataset/embedding-shard.ts';
import { pairSource } from '../../scripts/dataset/source-flags.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures/datasets');
const fixture = (name: string): string => join(FIXTURES, name);

const { path: folderPath, put } = temporaryFolder();

/** Row r of a matrix whose every row has its own direction. */
function matrix(rows: readonly number[], dim = 3): Uint8Array {
  return encodeNpy(
    Float32Array.from(
      rows.flatMap((row) => Array.from({ length: dim }, (_, d) => Math.cos(1 + row * dim + d))),
    ),
    [rows.length, dim],
  );
}

function metadata(name: string, image_path: (string | null)[], caption: (string | null)[]): void {
  mkdirSync(join(folderPath(), 'metadata'), { recursive: true });
  parquetWriteFile({
    filename: join(folderPath(), 'metadata', name),
    columnData: [
      { name: 'image_path', data: image_path, type: 'STRING' },
      { name: 'caption', data: caption, type: 'STRING' },
    ],
  });
}

/** For every pair: [row of its image, row of its text]. */
function rowsOf({ shards }: EmbeddingFolder): number[][] {
  return shards.flatMap((shard) =>
    Array.from({ length: shard.count }, (_, i) => {
      const { imageRow, textRow } = shard.rowAt(i);
      return [imageRow, textRow];
    }),
  );
}

describe('openEmbeddingMatrix', () => {
  it.each(['f4', 'f2-fortran', 'f8-fortran', 'f4-big-endian', 'f2-big-endian'])(
    'reads any range of rows of %s as the whole file is read',
    async (name) => {
      const path = fixture(`npy/images-${name}.npy`);
      const whole = readEmbeddings(readFileSync(path));
      const opened = await openEmbeddingMatrix(path, 'the matrix');
      expect([opened.count, opened.dim]).toEqual([12, 8]);
      for (const [start, end] of [
        [0, 12],
        [5, 9],
        [11, 12],
        [4, 4],
      ]) {
        expect(await opened.readRows(start, end)).toEqual(whole.embeddings.slice(start * 8, end * 8));
      }
      // float16 has eleven bits: half a unit in the last place of a number below one is 2^-12.
      const exact = readEmbeddings(readFileSync(fixture('npy/images-f4.npy'))).embeddings;
      const furthest = whole.embeddings.reduce(
        (far, value, i) => Math.max(far, Math.abs(value - exact[i])),
        0,
      );
      expect(furthest).toBeLessThanOrEqual(name.startsWith('f2') ? 2 ** -12 : 0);
    },
  );

  const refused: [string, Uint8Array | string, RegExp][] = [
    ['text', 'image,caption', /the shard .*x\.npy: Not a readable \.npy array: expected the bytes to begin/],
    ['a cut file', matrix([0, 1]).subarray(0, 140), /expected 24 bytes of data, got 12/],
    [
      'a vector',
      encodeNpy(new Float32Array(3), [3]),
      /expected a matrix of shape \(count, dim\), got shape \(3\)/,
    ],
    ['no rows', encodeNpy(new Float32Array(0), [0, 4]), /expected at least one row and one column/],
  ];
  it.each(refused)('refuses %s by name', async (_, content, message) => {
    await expect(openEmbeddingMatrix(put('x.npy', content), 'the shard')).rejects.toThrow(message);
  });

  it('refuses a file that is not there', async () => {
    await expect(openEmbeddingMatrix(join(folderPath(), 'none.npy'), '--image-embeddings')).rejects.toThrow(
      /cannot read --image-embeddings .*none\.npy: no such file/,
    );
  });
});

describe('openNpyPairs', () => {
  it('pairs by row and names rows from 0', async () => {
    const shard = await openNpyPairs(fixture('npy/images-f2-fortran.npy'), fixture('npy/texts-f8.npy'));
    const { rows, images, texts } = await readPairRows(shard, 10, 12);
    expect(rows.map(({ where }) => where)).toEqual(['texts-f8.npy row 10', 'texts-f8.npy row 11']);
    expect([images.length, texts[1].length]).toEqual([2, 8]);
  });

  it('refuses shapes that differ, with both', async () => {
    await expect(openNpyPairs(put('i.npy', matrix([0, 1])), put('t.npy', matrix([0])))).rejects.toThrow(
      /got shape \(2, 3\) in .*i\.npy and \(1, 3\) in .*t\.npy/,
    );
  });
});

describe('openEmbeddingFolder', () => {
  it('reads float16 shards with metadata; equal pictures, paths and captions are one group', async () => {
    const opened = await openEmbeddingFolder(fixture('clip-retrieval'));
    expect(opened.notes).toEqual([]);
    expect(opened.shards[1].rowAt(0)).toEqual({
      imageRow: 0,
      textRow: 0,
      image: 'pictures/7.jpg',
      caption: 'caption 7',
      label: 1,
      where: 'metadata_1.parquet row 1',
    });
    const pairs = await collectShards(opened);
    // Row 3 has the picture of row 2; row 5 has the caption of row 4.
    expect([...pairs.imageRows]).toEqual([0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...pairs.textRows]).toEqual([0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10]);
    expect([...pairs.groups]).toEqual([0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9]);
    const norms = pairs.imageEmbeddings.slice(0, 8).reduce((sum, value) => sum + value * value, 0);
    expect(norms).toBeCloseTo(1, 6);
  });

  it('joins captions of equal words or of equal embeddings, also through a third', async () => {
    put('img_emb/img_emb_0.npy', matrix([0, 1, 2, 3]));
    put('text_emb/text_emb_0.npy', matrix([0, 1, 1, 2]));
    metadata('metadata_0.parquet', ['a', 'b', 'c', 'd'], ['a kite', 'A KITE', 'a kite', 'a boat']);
    const pairs = await collectShards(await openEmbeddingFolder(folderPath()));
    expect([...pairs.textRows]).toEqual([0, 0, 0, 1]);
    expect([...pairs.groups]).toEqual([0, 0, 0, 1]);
  });

  it('pairs by row without metadata, and says so', async () => {
    cpSync(fixture('clip-retrieval/img_emb'), join(folderPath(), 'img_emb'), { recursive: true });
    cpSync(fixture('clip-retrieval/text_emb'), join(folderPath(), 'text_emb'), { recursive: true });
    const opened = await openEmbeddingFolder(folderPath());
    expect(rowsOf(opened)).toHaveLength(12);
    expect(opened.notes).toEqual([expect.stringMatching(/no metadata to join on: row i .* with row i/)]);
  });

  it('joins images on their path where the metadata has several captions each', async () => {
    put('img_emb/img_emb_0.npy', matrix([0, 1]));
    put('text_emb/text_emb_0.npy', matrix([0, 1, 2, 3]));
    metadata('metadata_0.parquet', ['a', 'b', 'a', 'b'], ['one', 'two', 'three', 'four']);
    const opened = await openEmbeddingFolder(folderPath());
    expect(rowsOf(opened)).toEqual([
      [0, 0],
      [1, 1],
      [0, 2],
      [1, 3],
    ]);
    expect(opened.notes).toEqual([expect.stringMatching(/joined on image_path/)]);
    expect((await collectShards(opened)).groupCount).toBe(2);
  });

  it('takes shards by number, padded or not, ten after two', async () => {
    for (const [index, shard] of ['0', '02', '10'].entries()) {
      put(`img_emb/img_emb_${shard}.npy`, matrix([index]));
      put(`text_emb/text_emb_${shard}.npy`, matrix([index]));
    }
    const { shards } = await openEmbeddingFolder(folderPath());
    expect(shards.map(({ images }) => images.path.slice(-7))).toEqual(['b_0.npy', '_02.npy', '_10.npy']);
  });

  it('skips rows without a direction and lists them', async () => {
    const images = Float32Array.of(1, 0, 0, 0, NaN, 1, 0, 2);
    put('img_emb/img_emb_0.npy', encodeNpy(images, [4, 2]));
    put('text_emb/text_emb_0.npy', matrix([0, 1, 2, 3], 2));
    const pairs = await collectShards(await openEmbeddingFolder(folderPath()));
    expect(pairs.groups).toHaveLength(2);
    expect(pairs.skipped.map(({ where, reason }) => `${where}: ${reason}`)).toEqual([
      'text_emb_0.npy row 1: the image embedding has no direction: expected finite numbers, not all zero, got zeros alone',
      'text_emb_0.npy row 2: the image embedding has no direction: expected finite numbers, not all zero, got NaN in column 0',
    ]);
  });

  it('refuses counts that nothing joins, with every count', async () => {
    put('img_emb/img_emb_0.npy', matrix([0, 1, 2]));
    put('text_emb/text_emb_0.npy', matrix([0, 1, 2, 3]));
    await expect(openEmbeddingFolder(folderPath())).rejects.toThrow(
      /3 rows in .*img_emb_0\.npy, 4 in .*text_emb_0\.npy, and there is no metadata/,
    );
    metadata('metadata_0.parquet', ['a', 'b', 'c', null], ['one', 'two', 'three', 'four']);
    await expect(openEmbeddingFolder(folderPath())).rejects.toThrow(
      /3 rows in .*, 4 in .*, 4 in .*metadata_0\.parquet \(4 distinct image paths, 4 distinct captions\)/,
    );
  });

  it('refuses a shard of one side, or without the metadata that others have', async () => {
    put('img_emb/img_emb_0.npy', matrix([0]));
    await expect(openEmbeddingFolder(folderPath())).rejects.toThrow(
      /shard 0 has .*img_emb_0\.npy but no text_emb/,
    );
    for (const shard of [0, 1]) put(`img_emb/img_emb_${shard}.npy`, matrix([0]));
    for (const shard of [0, 1]) put(`text_emb/text_emb_${shard}.npy`, matrix([0]));
    metadata('metadata_0.parquet', ['a'], ['one']);
    await expect(openEmbeddingFolder(folderPath())).rejects.toThrow(
      /shard 1 has no metadata\/metadata_1\.parquet/,
    );
  });

  it('refuses shards of another length', async () => {
    for (const side of ['img', 'text']) {
      put(`${side}_emb/${side}_emb_0.npy`, matrix([0]));
      put(`${side}_emb/${side}_emb_1.npy`, matrix([0], 4));
    }
    await expect(openEmbeddingFolder(folderPath())).rejects.toThrow(
      /expected embeddings of one length, got 3 .* 4 in/,
    );
  });
});

describe('pairSource', () => {
  const path = fixture('clip-retrieval');

  it('takes a folder of embeddings with the id of their encoder, and asks for it', () => {
    expect(pairSource(path, { cache: 'c', encoderId: 'some/clip' })).toEqual({
      kind: 'shards',
      path,
      encoderId: 'some/clip',
      encoderFingerprint: 'undeclared',
    });
    expect(() => pairSource(path, { cache: 'c' })).toThrow(/--encoder-id is missing/);
    expect(() => pairSource(path, { cache: 'c', encoderId: 'x', model: 'm' })).toThrow(
      /holds embeddings already/,
    );
    expect(() => pairSource(fixture('coco'), { cache: 'c', encoderId: 'x' })).toThrow(
      /--encoder-id goes with/,
    );
  });
});
