import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ColumnSource, parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { withBoundedRuns } from '../../scripts/dataset/bounded-hyparquet.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { DATASETS, readLines } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folder, put } = temporaryFolder();

const PICTURES = ['book', 'flag', 'pawn', 'square'];
const jpegs = PICTURES.map((name) => readFileSync(join(DATASETS, `coco/val2017/${name}.jpg`)));

function write(name: string, columnData: ColumnSource[], rowGroupSize = 3): string {
  const filename = put(name, '');
  parquetWriteFile({ filename, columnData, rowGroupSize });
  return filename;
}
const column = (name: string, data: (string | Uint8Array | null)[]): ColumnSource => ({
  name,
  data,
  type: data.some((value) => value instanceof Uint8Array) ? 'BYTE_ARRAY' : 'STRING',
});

async function namesOfPictures(path: string): Promise<string[]> {
  const { pairs } = await readDataset(path);
  const found: string[] = [];
  for (const { image } of pairs) {
    const bytes = Buffer.from(await image.read());
    found.push(PICTURES[jpegs.findIndex((jpeg) => jpeg.equals(bytes))] ?? 'none');
  }
  return found;
}

describe('pictures inside a Parquet file', () => {
  it('are read from a column of bytes, over row groups and in any order', async () => {
    const path = write('x.parquet', [column('image', jpegs), column('caption', PICTURES)]);
    expect(await namesOfPictures(path)).toEqual(PICTURES);
    const { pairs } = await readDataset(path);
    expect(pairs.map(({ imageName, caption, where }) => [imageName, caption, where])).toEqual(
      PICTURES.map((name, i) => [`x.parquet row ${i + 1}`, name, `x.parquet row ${i + 1}`]),
    );
    expect(new Set(pairs.map(({ image }) => image.name)).size).toBe(4);
    for (const at of [3, 0, 2, 3, 1]) {
      expect(jpegs[at].equals(Buffer.from(await pairs[at].image.read()))).toBe(true);
    }
  });

  it('are found under other names, before a column of URLs, and by --image-column', async () => {
    const url = column(
      'url',
      PICTURES.map((name) => `https://example.org/${name}.jpg`),
    );
    const path = write('x.parquet', [url, column('JPG', jpegs), column('text', PICTURES)]);
    expect(await namesOfPictures(path)).toEqual(PICTURES);
    const other = write('y.parquet', [column('photo', jpegs), column('text', PICTURES)]);
    const { pairs } = await readDataset(other, { image: 'photo' });
    expect(pairs).toHaveLength(4);
    expect(jpegs[2].equals(Buffer.from(await pairs[2].image.read()))).toBe(true);
  });

  it('that are missing in some rows fail there only', async () => {
    const path = write('x.parquet', [
      column('image', [jpegs[0], null, jpegs[2]]),
      column('text', ['a', 'b', 'c']),
    ]);
    const { pairs } = await readDataset(path);
    await expect(pairs[1].image.read()).rejects.toThrow('there is no picture in this row');
    expect(jpegs[2].equals(Buffer.from(await pairs[2].image.read()))).toBe(true);
  });

  it('of a struct without bytes are read where its path says', async () => {
    put('pictures/flag.jpg', jpegs[1]);
    const filename = put('x.parquet', '');
    parquetWriteFile({
      filename,
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'image', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      ],
      columnData: [
        {
          name: 'image',
          data: [
            { bytes: jpegs[0], path: 'book.jpg' },
            { bytes: null, path: 'pictures/flag.jpg' },
            { bytes: jpegs[2], path: null },
            null,
          ],
        },
        { name: 'text', data: PICTURES },
      ],
    });
    const { pairs } = await readDataset(filename);
    expect(pairs.map(({ imageName }) => imageName)).toEqual([
      'book.jpg',
      'pictures/flag.jpg',
      'x.parquet row 3',
      'x.parquet row 4',
    ]);
    const read = await Promise.all(
      pairs.slice(0, 3).map(async ({ image }) => Buffer.from(await image.read())),
    );
    expect(read.map((bytes) => PICTURES[jpegs.findIndex((jpeg) => jpeg.equals(bytes))])).toEqual([
      'book',
      'flag',
      'pawn',
    ]);
    await expect(pairs[3].image.read()).rejects.toThrow('there is no picture in this row');
  });

  it('as Hugging Face writes them keep their paths', async () => {
    const { pairs } = await readDataset(join(DATASETS, 'pyarrow/pictures-inside.parquet'));
    expect(pairs.map(({ imageName, caption }) => [imageName, caption])).toEqual([
      ['a.png', 'a kite'],
      ['a.png', 'a boat'],
    ]);
    for (const { image } of pairs) expect(Buffer.from(await image.read()).toString('latin1')).toBe('\x89PNG');
  });

  it('are not looked for in a column of bytes that are paths', async () => {
    const paths = ['a.png', 'b.png'].map((name) => new TextEncoder().encode(name));
    const path = write('x.parquet', [column('image', paths), column('text', ['a kite', 'a boat'])]);
    expect(await readLines(path)).toEqual([
      'a.png | a kite | x.parquet row 1',
      'b.png | a boat | x.parquet row 2',
    ]);
  });
});

describe('texts in Parquet', () => {
  it('that are not UTF-8 fail in their row', async () => {
    const latin1 = Buffer.from('gr\xfcn', 'latin1');
    const path = write('x.parquet', [
      column('image', ['a.png', 'b.png', 'c.png']),
      column('caption', [Buffer.from('größe'), latin1, Buffer.from('ok')]),
    ]);
    expect(await readLines(path)).toEqual([
      'a.png | größe | x.parquet row 1',
      'skipped x.parquet row 2: caption is not UTF-8 text',
      'c.png | ok | x.parquet row 3',
    ]);
  });
});

describe('a folder of Parquet files', () => {
  const part = (name: string, ...captions: string[]): string =>
    write(name, [
      column(
        'image',
        captions.map((caption) => `${caption}.png`),
      ),
      column('caption', captions),
    ]);

  it.each(['', 'data/'])(
    'is one table in parts, in the order of their names, here or in data/ (%s)',
    async (place) => {
      part(`${place}train-00001-of-00002.parquet`, 'c');
      part(`${place}train-00000-of-00002.parquet`, 'a', 'b');
      put(`${place}_metadata.parquet`, 'none of them');
      expect(await readLines(folder())).toEqual([
        'a.png | a | train-00000-of-00002.parquet row 1',
        'b.png | b | train-00000-of-00002.parquet row 2',
        'c.png | c | train-00001-of-00002.parquet row 1',
      ]);
      expect((await readDataset(folder())).notes).toEqual(['2 Parquet files are read as parts of one table']);
    },
  );

  it('is read by its pictures where the tables only list those, or have other columns', async () => {
    part('00000.parquet', 'not read');
    put('00000/a.jpg', '');
    put('00000/a.txt', 'a kite');
    expect(await readLines(folder())).toEqual(['a.jpg | a kite | 00000/a.jpg']);
    write('0.parquet', [column('note', ['x'])]);
    expect(await readLines(folder())).toEqual(['a.jpg | a kite | 00000/a.jpg']);
  });

  it('stops at a part of other columns, by its name', async () => {
    part('0.parquet', 'a');
    write('1.parquet', [column('note', ['x'])]);
    await expect(readDataset(folder())).rejects.toThrow(/1\.parquet: expected image or .*, found note/);
  });
});

it('names a damaged Parquet file as damaged, whatever its damage makes of the reader', async () => {
  const whole = readFileSync(write('x.parquet', [column('image', PICTURES), column('caption', PICTURES)]));
  const reasons = new Set<string>();
  for (let at = 4; at < whole.length; at++) {
    const bytes = Uint8Array.from(whole);
    bytes[at] ^= 0xff;
    const path = put('damaged.parquet', bytes);
    const outcome: unknown = await readDataset(path).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) continue;
    expect(outcome).toBeInstanceOf(UserError);
    expect(outcome.message).not.toMatch(/Cannot read|is not a function|of undefined|DataView/);
    reasons.add(outcome.message);
  }
  expect(
    [...reasons].filter((reason) => reason.includes('its footer or its pages are damaged')),
  ).toHaveLength(1);
});

it('bounds the runs of the version of hyparquet that is installed', () => {
  const path = fileURLToPath(import.meta.resolve('hyparquet/src/encoding.js'));
  const source = readFileSync(path, 'utf8');
  const bounded = withBoundedRuns(source);
  for (const line of ['Math.min(count, output.length - seen)', 'a run below 0 values']) {
    expect(source).not.toContain(line);
    expect(bounded).toContain(line);
  }
});
