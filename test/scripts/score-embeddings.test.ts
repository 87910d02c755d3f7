import { cpSync, existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddingFolder } from '../../scripts/dataset/embedding-folder.ts';
import { shardRows } from '../../scripts/score/shard-rows.ts';
import { createRandom } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { encodeNpy, readEmbeddings } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { FIXTURES, type ScorePlace, createScorePlace, expectedScore } from './score-setup.ts';

const DIM = 8;
const ENCODER = ['--encoder-id', 'test-encoder'];
const record = buildSelection(3, { dim: DIM });

let place: ScorePlace;
beforeAll(() => {
  place = createScorePlace();
  place.put('made.bin', encodeSelection(record));
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

/** Unit rows of a .npy, as the command has them. */
function unitRows(path: string): Float32Array[] {
  const { embeddings, count } = readEmbeddings(readFileSync(path));
  normalizeRows(embeddings, DIM);
  return Array.from({ length: count }, (_, i) => embeddings.slice(i * DIM, (i + 1) * DIM));
}

describe('score on embeddings', () => {
  it('scores clip-retrieval shards with the names of their metadata', () => {
    const folder = join(FIXTURES, 'clip-retrieval');
    const ran = place.run('score', folder, ...ENCODER, '--selection', 'made.bin', '--out', 'a.csv');
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    const shard = (side: string): Float32Array[] =>
      [0, 1].flatMap((number) => unitRows(join(folder, `${side}_emb/${side}_emb_${number}.npy`)));
    const [images, texts] = [shard('img'), shard('text')];
    const table = place.table('a.csv');
    expect(table).toHaveLength(12);
    for (const [i, row] of table.entries()) {
      expect(row).toMatchObject(expectedScore(record, images[i], texts[i]));
      expect([row.image, row.caption]).toEqual([`pictures/${i}.jpg`, `caption ${i === 5 ? 4 : i}`]);
    }
    expect(table[7].where).toBe('metadata_1.parquet row 1');
  });

  it('takes a folder for another when a file of it has changed, the metadata too', async () => {
    const folder = place.at('shards');
    cpSync(join(FIXTURES, 'clip-retrieval'), folder, { recursive: true });
    const digest = async (): Promise<string> =>
      (await shardRows((await openEmbeddingFolder(folder)).shards)).digest;
    const changeAt = (name: string, seconds: number): void => {
      utimesSync(join(folder, name), seconds, seconds);
    };
    const names = ['img_emb/img_emb_1.npy', 'metadata/metadata_0.parquet'];
    for (const name of names) changeAt(name, 1000);
    const before = await digest();
    for (const name of names) {
      changeAt(name, 1005);
      expect(await digest()).not.toBe(before);
      changeAt(name, 1000);
      expect(await digest()).toBe(before);
    }
  });

  it('scores .npy pairs over several windows, with an error where a row has no direction', () => {
    const count = 9000;
    const random = createRandom(5);
    const images = Float32Array.from({ length: count * DIM }, () => random.nextGaussian());
    const texts = Float32Array.from(images, (value) => value + random.nextGaussian());
    place.put('t.npy', encodeNpy(texts, [count, DIM]));
    const broken = Float32Array.from(images);
    broken[5000 * DIM + 2] = NaN;
    broken.fill(0, 8999 * DIM);
    place.put('i.npy', encodeNpy(broken, [count, DIM]));
    const ran = place.run(
      'score',
      ...['--image-embeddings', 'i.npy', '--text-embeddings', 't.npy', ...ENCODER],
      ...['--selection', 'made.bin', '--out', 'b.csv', '--base-rate', '0.2'],
    );
    expect(JSON.parse(ran.stdout)).toMatchObject({ pairs: count, scored: count - 2, failed: 2 });
    const table = place.table('b.csv');
    expect(table.map(({ where }) => where)).toEqual(
      Array.from({ length: count }, (_, i) => `t.npy row ${i}`),
    );
    const failed = table.flatMap(({ error }, i) => (error === '' ? [] : [`${i}: ${error}`]));
    expect(failed).toEqual([
      '5000: the image embedding has no direction: expected finite numbers, not all zero, got NaN in column 2',
      '8999: the image embedding has no direction: expected finite numbers, not all zero, got zeros alone',
    ]);
    const unitTexts = unitRows(place.at('t.npy'));
    normalizeRows(images, DIM);
    for (const i of [0, 4095, 4096, 8191, 8192, 8998]) {
      const image = images.slice(i * DIM, (i + 1) * DIM);
      expect(table[i]).toMatchObject(expectedScore(record, image, unitTexts[i], 0.2));
    }
  });

  it('says that the disk is full, and goes on when there is room', () => {
    const args = [
      ...['--image-embeddings', 'i.npy', '--text-embeddings', 't.npy', ...ENCODER],
      ...['--selection', 'made.bin', '--base-rate', '0.2'],
    ];
    // Room for one window of three.
    const { status, stdout, stderr } = place.runWithRoom(1000, 'score', ...args, '--out', 'full.csv');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^score: cannot write full\.csv\.partial: file too large\. Make room; the same/m);
    expect(stderr).not.toContain('bug');
    expect(existsSync(place.at('full.csv'))).toBe(false);
    const again = place.run('score', ...args, '--out', 'full.csv');
    expect(again.stderr).toContain('going on after 4096 of 9000 pairs');
    expect(readFileSync(place.at('full.csv')).equals(readFileSync(place.at('b.csv')))).toBe(true);
  });

  const refused: [string, string[], RegExp][] = [
    ['no encoder', [], /--encoder-id is missing/],
    ['another encoder', ['--encoder-id', 'other'], /is for encoder test-encoder, the pairs are of other/],
    [
      'another fingerprint',
      [...ENCODER, '--encoder-fingerprint', 'b'],
      /is for test-encoder of fingerprint a{64}, the pairs are of fingerprint b/,
    ],
  ];
  it.each(refused)('refuses %s', (_, args, message) => {
    const folder = join(FIXTURES, 'clip-retrieval');
    const { status, stderr } = place.run(
      'score',
      folder,
      ...args,
      '--selection',
      './made.bin',
      '--out',
      'c.csv',
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('refuses embeddings of another length', () => {
    place.put('long.bin', encodeSelection(buildSelection(3, { dim: 12 })));
    const folder = join(FIXTURES, 'clip-retrieval');
    const { stderr } = place.run('score', folder, ...ENCODER, '--selection', 'long.bin', '--out', 'd.csv');
    expect(stderr).toMatch(/is for embeddings of 12 coordinates, the pairs have 8/);
  });
});
