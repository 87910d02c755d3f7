import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { isSkipped } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { DATASETS, readLines } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

const fixture = (name: string): string => join(DATASETS, name);

/** Each picture can be opened and is a picture. */
async function expectPictures(path: string): Promise<void> {
  for (const { image } of (await readDataset(path)).pairs) {
    if (image.name.includes('gone')) continue;
    const bytes = Buffer.from(await image.read());
    const isKnown =
      bytes[0] === 0xff || bytes.includes('PNG') || bytes.subarray(8, 12).toString('latin1') === 'WEBP';
    expect(isKnown, image.name).toBe(true);
  }
}

describe('COCO captions', () => {
  const pairs = [
    'book.jpg | a green book | captions_val2017.json annotations[0]',
    'flag.jpg | a white flag | captions_val2017.json annotations[1]',
    'pawn.jpg | a black chess pawn | captions_val2017.json annotations[2]',
    'square.jpg | a blue square | captions_val2017.json annotations[3]',
    'book.jpg | a closed book, green, seen from above | captions_val2017.json annotations[4]',
    'flag.jpg | a flag that says "peace", white | captions_val2017.json annotations[5]',
    'pawn.jpg | one pawn , standing | captions_val2017.json annotations[6]',
    'square.jpg | a square | captions_val2017.json annotations[7]',
    'skipped captions_val2017.json annotations[8]: no image of id 99 in "images"',
  ];

  it('come from the folder, with the split that has pictures, or from the file', async () => {
    expect(await readLines(fixture('coco'))).toEqual(pairs);
    expect(await readLines(fixture('coco/annotations/captions_val2017.json'))).toEqual(pairs);
    const { notes } = await readDataset(fixture('coco'));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/captions_train2017\.json is passed over/);
    await expectPictures(fixture('coco'));
  });

  it.each(['images/val2017', 'images', '.', 'annotations'])('find their pictures in %s', async (place) => {
    cpSync(fixture('coco/annotations'), join(folderPath(), 'annotations'), { recursive: true });
    cpSync(fixture('coco/val2017'), join(folderPath(), place), { recursive: true });
    expect(await readLines(folderPath())).toEqual(pairs);
  });

  it('name every place that was looked in when the pictures are missing', async () => {
    const path = join(folderPath(), 'annotations/captions_val2017.json');
    cpSync(fixture('coco/annotations'), join(folderPath(), 'annotations'), { recursive: true });
    await expect(readDataset(path)).rejects.toThrow(
      /captions_val2017\.json are not where they usually lie: book\.jpg[\s\S]*val2017\n[\s\S]*images\/val2017\n/,
    );
  });

  const malformed: [string, string, RegExp][] = [
    ['no JSON', '{"images": [', /x\.json is not JSON: .*expected COCO captions/],
    ['a list', '[1]', /x\.json: got \[1\]; expected COCO captions/],
    ['no images', '{"annotations": []}', /x\.json has no list "images" but annotations/],
    [
      'an image without name',
      '{"images": [{"id": 1}], "annotations": []}',
      /x\.json images\[0\]: expected an id and a file_name, got \{"id":1\}/,
    ],
    [
      'an annotation of another kind',
      '{"images": [], "annotations": [{"image_id": 1, "bbox": []}]}',
      /x\.json annotations\[0\]: expected an image_id and a caption/,
    ],
  ];
  it.each(malformed)('of another form (%s) are refused, with the entry', async (_, content, message) => {
    await expect(readDataset(put('x.json', content))).rejects.toThrow(message);
  });
});

describe('Flickr captions', () => {
  it('come from Flickr8k.token.txt beside Flicker8k_Dataset, file or folder', async () => {
    const expected = [
      'book.jpg | a green book | Flickr8k.token.txt line 1',
      'book.jpg | a closed book, green, seen from above | Flickr8k.token.txt line 2',
      'flag.jpg | a white flag | Flickr8k.token.txt line 3',
      'flag.jpg | a flag that says "peace", white | Flickr8k.token.txt line 4',
      'pawn.jpg | a black chess pawn | Flickr8k.token.txt line 5',
      'pawn.jpg | one pawn , standing | Flickr8k.token.txt line 6',
      'square.jpg | a blue square | Flickr8k.token.txt line 7',
      'square.jpg | a square | Flickr8k.token.txt line 8',
      'gone.jpg.1 | a picture that was never there | Flickr8k.token.txt line 9',
    ];
    expect(await readLines(fixture('flickr8k'))).toEqual(expected);
    expect(await readLines(fixture('flickr8k/Flickr8k_text/Flickr8k.token.txt'))).toEqual(expected);
    await expectPictures(fixture('flickr8k'));
  });

  it('come from captions.txt with commas in captions, quoted or not', async () => {
    expect(await readLines(fixture('flickr8k-kaggle'))).toEqual([
      'flag.jpg | a flag that says "peace", white | captions.txt line 2',
      'book.jpg | a green book | captions.txt line 3',
      'book.jpg | a closed book, green, seen from above | captions.txt line 4',
      'flag.jpg | a white flag | captions.txt line 5',
      'flag.jpg | a flag that says "peace", white | captions.txt line 6',
      'pawn.jpg | a black chess pawn | captions.txt line 7',
      'pawn.jpg | one pawn , standing | captions.txt line 8',
      'square.jpg | a blue square | captions.txt line 9',
      'square.jpg | a square | captions.txt line 10',
    ]);
    await expectPictures(fixture('flickr8k-kaggle'));
  });

  it('come from results.csv, its line without a second bar included', async () => {
    const lines = await readLines(fixture('flickr30k'));
    expect(lines).toHaveLength(8);
    expect(lines[1]).toBe('book.jpg | a closed book, green, seen from above . | results.csv line 3');
    expect(lines[3]).toBe('flag.jpg | a flag, white . | results.csv line 5');
    expect(await readLines(fixture('flickr30k/results.csv'))).toEqual(lines);
    await expectPictures(fixture('flickr30k'));
  });

  it('come with a number column in commas, and keep quotes that are part of a caption', async () => {
    put('Images/a.jpg', '');
    const path = put(
      'captions.txt',
      'image_name,comment_number,comment\r\na.jpg, 0, two, three\r\na.jpg,1,"yes" and "no"\r\n',
    );
    expect(await readLines(path)).toEqual([
      'a.jpg | two, three | captions.txt line 2',
      'a.jpg | "yes" and "no" | captions.txt line 3',
    ]);
  });

  const malformed: [string, string, string, RegExp][] = [
    [
      'a token line without tab',
      'x.token',
      'a.jpg#0\tone\na.jpg#1 two\n',
      /x\.token line 2: .*a\.jpg#0<TAB>caption/,
    ],
    [
      'a row without comma',
      'captions.txt',
      'image,caption\na.jpg\n',
      /captions\.txt line 2: .*a\.jpg,caption/,
    ],
    [
      'a row without number',
      'results.csv',
      'image_name| comment_number| comment\na.jpg| one\n',
      /results\.csv line 2: .*expected a\.jpg\| 0\| caption/,
    ],
    ['another text', 'notes.txt', 'hello\n', /notes\.txt line 1: "hello\\n"; expected a\.jpg#0<TAB>caption/],
  ];
  it.each(malformed)('that do not fit (%s) are refused with the line', async (_, name, content, message) => {
    await expect(readDataset(put(name, content))).rejects.toThrow(message);
  });

  it('leave a folder of pictures alone whose captions.txt belongs to captions.jpg', async () => {
    put('captions.jpg', '');
    put('captions.txt', 'a page of captions\n');
    expect(await readLines(folderPath())).toEqual(['captions.jpg | a page of captions | captions.jpg']);
  });
});

describe('tar shards', () => {
  it('give pairs by shard, with what could not be downloaded counted', async () => {
    const lines = await readLines(fixture('img2dataset'));
    const deep = `${'a-folder-with-a-long-name/'.repeat(6)}000010000`;
    expect(lines).toEqual([
      '000000000.jpg | a green book | 00000.tar 000000000',
      '000000001.jpg | a white flag | 00000.tar 000000001',
      'skipped 00000.parquet row 3: failed_to_download: HTTP Error 404: Not Found',
      `000010000.webp | a blue square | 00001.tar ${deep}`,
      '000010001.png | a broken flag | 00001.tar 000010001',
      'skipped 00001.tar 000010002: no 000010002.txt and no caption in 000010002.json',
      '000010003.jpg | a black chess pawn | 00001.tar 000010003',
      'skipped 00001_stats.json: failed_to_download',
      'skipped 00001_stats.json: failed_to_resize',
    ]);
    await expectPictures(fixture('img2dataset'));
  });

  it('give the very bytes of each picture', async () => {
    const { pairs } = await readDataset(fixture('img2dataset/00000.tar'));
    const bytes = await Promise.all(pairs.map(async ({ image }) => Buffer.from(await image.read())));
    expect(bytes.map((picture) => picture.equals(readFileSync(fixture('coco/val2017/book.jpg'))))).toEqual([
      true,
      false,
    ]);
    expect(bytes[1].equals(readFileSync(fixture('coco/val2017/flag.jpg')))).toBe(true);
  });

  it('that are cut off or no tar are refused by name', async () => {
    const whole = readFileSync(fixture('img2dataset/00000.tar'));
    const cut = put('cut.tar', whole.subarray(0, 700));
    await expect(readDataset(cut)).rejects.toThrow(/cut\.tar cannot be read as a tar: .*KEY\.jpg/);
    const other = put('other.tar', Buffer.alloc(2048, 'x'));
    await expect(readDataset(other)).rejects.toThrow(/other\.tar cannot be read as a tar/);
  });
});

describe('tables', () => {
  it('carry human labels from CSV, TSV and Parquet', async () => {
    const labels = async (name: string): Promise<(number | undefined)[]> =>
      (await readDataset(fixture(name))).pairs.map(({ label }) => label);
    const expected = [1, 0, 1, 1, 0, undefined, 0];
    expect(await labels('labelled')).toEqual(expected);
    expect(await labels('labelled/captions-tabs.tsv')).toEqual(expected);
    expect(await labels('labelled/captions-table.parquet')).toEqual([1, 0, undefined]);
  });

  it('carry labels as pandas writes them in a column with gaps', async () => {
    const path = put('x.csv', 'image,caption,label\na.png,kite,1.0\nb.png,boat,0.0\nc.png,car,\n');
    expect((await readDataset(path)).pairs.map(({ label }) => label)).toEqual([1, 0, undefined]);
    const filename = join(folderPath(), 'x.parquet');
    parquetWriteFile({
      filename,
      columnData: [
        { name: 'image', data: ['a.png', 'b.png', 'c.png'], type: 'STRING' },
        { name: 'caption', data: ['kite', 'boat', 'car'], type: 'STRING' },
        { name: 'label', data: [1, 0, NaN], type: 'DOUBLE' },
      ],
    });
    expect((await readDataset(filename)).pairs.map(({ label }) => label)).toEqual([1, 0, undefined]);
  });

  it('refuse a label of another kind with its line', async () => {
    const path = put('x.csv', 'image,caption,label\na.png,kite,1\nb.png,boat,cat\n');
    await expect(readDataset(path)).rejects.toThrow(/x\.csv line 3: expected label to be 1, true .*"cat"/);
  });

  it('of Parquet skip URLs and name row and columns', async () => {
    expect(await readLines(fixture('labelled/captions-table.parquet'))).toEqual([
      'book.jpg | a green book | captions-table.parquet row 1',
      'book.jpg | a white flag | captions-table.parquet row 2',
      'flag.jpg | a white flag | captions-table.parquet row 3',
      'skipped captions-table.parquet row 4: https://example.org/pawn.jpg is a URL; download it first, this command reads files',
    ]);
    await expect(readDataset(put('x.parquet', 'PAR1 not so'))).rejects.toThrow(
      /x\.parquet cannot be read as Parquet/,
    );
    const metadata = fixture('img2dataset/00000.parquet');
    expect(existsSync(metadata)).toBe(true);
    await expect(readDataset(metadata)).rejects.toThrow(
      /holds no image-caption pair[\s\S]*row 1: .* is a URL/,
    );
  });

  it.each(['snappy', 'zstd', 'lz4'])('of Parquet by pyarrow are read: %s', async (codec) => {
    const path = fixture(`pyarrow/${codec}.parquet`);
    const { rows } = await readDataset(path);
    expect(
      rows.map((row) => (isSkipped(row) ? row.reason : [row.imageName, row.caption, row.label])),
    ).toEqual([
      ['../labelled/book.jpg', 'a green book', 1],
      ['../labelled/flag.jpg', 'a white flag', undefined],
      'no caption for ../labelled/pawn.jpg',
      ['../labelled/square.jpg', 'a red car', 0],
    ]);
    await expectPictures(path);
  });
});
