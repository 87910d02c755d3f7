import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readQuads } from '../../scripts/score/read-quads.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const HEADER = 'image_0,caption_0,image_1,caption_1';

/** What a table has, as texts; or why it has it not. */
async function shownOf(path: string): Promise<unknown[]> {
  return (await readQuads(path)).map((row) =>
    'reason' in row ? row.reason : [row.imageNames, row.captions].flat().join(' '),
  );
}

describe('readQuads', () => {
  it.each([
    ['a.csv', `${HEADER}\na.png,x,b.png,y\n`],
    ['a.csv', 'id;Caption_1;caption_0;image_1;image_0\n7;y;x;b.png;a.png\n'],
    ['a.tsv', `${HEADER}\na.png,x,b.png,y\n`.replaceAll(',', '\t')],
    ['a.jsonl', '{"id": 7, "image_0": "a.png", "caption_0": "x", "image_1": "b.png", "caption_1": "y"}\n'],
  ])('reads %s: %j', async (name, text) => {
    const path = folder.put(name, text);
    expect(await shownOf(path)).toEqual(['a.png b.png x y']);
    const [quad] = await readQuads(path);
    expect('images' in quad && quad.images.map((image) => image.name)).toEqual(
      ['a.png', 'b.png'].map((image) => join(folder.path(), image)),
    );
  });

  it('reads pictures that a Parquet table holds', async () => {
    const path = join(folder.path(), 'a.parquet');
    const bytes = [0, 1].map((i) => [Uint8Array.of(137, 80, 255, i)]);
    parquetWriteFile({
      filename: path,
      columnData: [
        { name: 'image_0', data: bytes[0], type: 'BYTE_ARRAY' },
        { name: 'image_1', data: bytes[1], type: 'BYTE_ARRAY' },
        { name: 'caption_0', data: ['x'], type: 'STRING' },
        { name: 'caption_1', data: ['y'], type: 'STRING' },
      ],
    });
    const [quad] = await readQuads(path);
    if (!('images' in quad)) throw new Error(quad.reason);
    expect(quad.captions).toEqual(['x', 'y']);
    expect(quad.where).toBe('a.parquet row 1');
    expect(await Promise.all(quad.images.map((image) => image.read()))).toEqual(bytes.flat());
  });

  it('says what is wrong with a row, and keeps the others', async () => {
    const lines = ['a.png,x,b.png,y', 'a.png,,b.png,', ',x,b.png,y'];
    const path = folder.put('a.csv', [HEADER, ...lines].join('\n'));
    expect(await shownOf(path)).toEqual(['a.png b.png x y', 'no caption_0; no caption_1', 'no image_0']);
    const json = folder.put(
      'b.jsonl',
      '{"image_0": "a", "caption_0": 5, "image_1": "b", "caption_1": "y"}\n{"caption_0": "x", "image_1": "b", "caption_1": "y"}',
    );
    expect(await shownOf(json)).toEqual([
      'expected caption_0 to be text, got 5',
      'expected image_0, found caption_0, image_1, caption_1',
    ]);
  });

  it.each([
    [
      'a.csv',
      'image_0,caption_0,image_1\na,b,c\n',
      /expected the columns image_0, .*, found image_0, caption_0/,
    ],
    ['a.csv', `${HEADER}\n`, /holds no row/],
    ['a.txt', 'x', /expected \.csv, \.tsv, \.jsonl, \.ndjson or \.parquet/],
    ['a.parquet', 'x', /a\.parquet/],
  ])('refuses %s: %j', async (name, text, message) => {
    await expect(readQuads(folder.put(name, text))).rejects.toThrow(message);
  });
});
