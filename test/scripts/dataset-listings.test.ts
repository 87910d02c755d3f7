import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readMetadataFile } from '../../scripts/corpus/metadata-file.ts';
import { isSkipped } from '../../scripts/dataset/pair-source.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

/** Every row as one line: picture, caption, line; or the line and why it is skipped. */
async function read(path: string): Promise<string[]> {
  const { rows } = await readDataset(path);
  const lineOf = (where: string): string => where.replace(/^.* (?=\d+$)/, '');
  return rows.map((row) =>
    isSkipped(row)
      ? `skipped ${lineOf(row.where)}: ${row.reason}`
      : `${row.imageName} | ${row.caption} | ${lineOf(row.where)}`,
  );
}

describe('lines in messages', () => {
  it.each([
    ['CRLF in quotes', 'image,caption\r\na.png,"a\r\nb"\r\na.png,"a\r\nb\r\nc"\r\na.png,last\r\n'],
    ['LF in quotes', 'image,caption\na.png,"a\nb"\na.png,"a\nb\nc"\na.png,last'],
    ['a bare CR in quotes', 'image,caption\na.png,"a\rb"\na.png,"a\rb\rc"\na.png,last\n'],
    ['the line ends of an old Mac', 'image,caption\ra.png,"a\rb"\ra.png,"a\rb\rc"\ra.png,last\r'],
    ['mixed line ends', 'image,caption\r\na.png,"a\nb"\na.png,"a\r\nb\rc"\ra.png,last\r\n'],
  ])('are those of an editor with %s', async (_, content) => {
    const rows = await read(put('x.csv', content));
    expect(rows.map((row) => row.replace(/[\r\n]+/g, ' '))).toEqual([
      'a.png | a b | 2',
      'a.png | a b c | 4',
      'a.png | last | 7',
    ]);
  });

  it('count blank lines, and more than one byte a character', async () => {
    const content = '\n\r\nimage,caption\n\n\na.png,"é\n\nü"\r\n\r\na.png,日本\n';
    expect(await read(put('x.csv', content))).toEqual(['a.png | é\n\nü | 6', 'a.png | 日本 | 10']);
    expect(
      await read(put('x.jsonl', '\r{"image":"a.png","caption":"é"}\r\n\n{"image":"a.png","caption":"b"}')),
    ).toEqual(['a.png | é | 2', 'a.png | b | 4']);
  });

  it.each([
    [
      'a short row',
      'image,caption\r\na.png,"a\r\nb"\r\na.png\r\n',
      /got 1 on line 4\. Expected columns: image, cap/,
    ],
    [
      'an open quote',
      'image,caption\r\na.png,"a\r\nb"\r\n\r\na.png,"c\r\n',
      /a quote is never closed .*line 5/,
    ],
    [
      'text behind a quote',
      'image,caption\r\na.png,"a\r\nb"\r\na.png,"c"d\r\n',
      /closing quote has text .*line 4/,
    ],
    [
      'a quote in a cell',
      'image,caption\r\na.png,"a\r\nb"\r\na.png,c"d\r\n',
      /quote stands inside a cell .*line 4/,
    ],
  ])('are right for %s', async (_, content, message) => {
    await expect(readDataset(put('x.csv', content))).rejects.toThrow(message);
  });
});

describe('encodings of text', () => {
  const content = 'image,caption\na.png,caf\u00e9 \u{1f98a}\n';
  const utf16 = (mark: string, isBigEndian = false): Buffer => {
    const bytes = Buffer.from(mark + content, 'utf16le');
    return isBigEndian ? bytes.swap16() : bytes;
  };

  it.each([
    ['UTF-8', Buffer.from(content)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${content}`)],
    ['UTF-16LE with a mark', utf16('\uFEFF')],
    ['UTF-16BE with a mark', utf16('\uFEFF', true)],
  ])('%s is read', async (_, bytes) => {
    expect(await read(put('x.csv', bytes))).toEqual(['a.png | caf\u00e9 \u{1f98a} | 2']);
  });

  it.each([
    ['UTF-16LE without a mark', utf16(''), /is not UTF-8 text: it has NUL bytes, .* iconv -f UTF-16LE/],
    ['UTF-16BE without a mark', utf16('', true), /is not UTF-8 text: it has NUL bytes, .* iconv -f UTF-16BE/],
    ['cut UTF-16', utf16('\uFEFF').subarray(0, -1), /is not UTF-8 text but damaged UTF-16LE/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x69, 0, 0, 0]), /is not UTF-8 text but UTF-32LE/],
    [
      'Latin-1',
      Buffer.from('image,caption\r\na.png,kite\r\na.png,caf\xe9\r\n', 'latin1'),
      /not UTF-8 text: line 3 /,
    ],
  ])('%s is refused, without control characters', async (_, bytes, message) => {
    for (const name of ['x.csv', 'x.tsv', 'x.jsonl', 'x.ndjson', 'x.txt', 'x.token', 'x.json', 'ids.csv']) {
      const path = put(name, bytes);
      const error: unknown = await (name === 'ids.csv' ? readMetadataFile(path) : readDataset(path)).catch(
        (reason: unknown) => reason,
      );
      expect(String(error)).toMatch(message);
      // eslint-disable-next-line no-control-regex -- what must not be there
      expect(String(error)).not.toMatch(/[\0-\x08\x0b-\x1f]/);
    }
  });
});

describe('columns', () => {
  const table = (names: readonly string[]): { name: string; data: string[]; type: 'STRING' }[] =>
    names.map((name, i) => ({ name, data: [i === 0 ? 'a.png' : 'a fox'], type: 'STRING' }));

  it.each([
    ['today', ['image', 'caption']],
    ['image folders on the hub', ['file_name', 'text']],
    ['open_clip', ['filepath', 'title']],
    ['any case', ['Image_Path', 'TEXT']],
    ['outer spaces', [' FilePath', 'Title ']],
  ])('have the names of %s, in every kind of table', async (_, names) => {
    for (const [extension, delimiter] of [
      ['csv', ','],
      ['csv', ';'],
      ['csv', '\t'],
      ['csv', '|'],
      ['tsv', '\t'],
      ['tsv', ','],
    ]) {
      const path = put(`x.${extension}`, `${names.join(delimiter)}\na.png${delimiter}a fox\n`);
      expect(await read(path)).toEqual(['a.png | a fox | 2']);
    }
    for (const extension of ['jsonl', 'ndjson']) {
      const path = put(`x.${extension}`, JSON.stringify({ [names[0]]: 'a.png', [names[1]]: 'a fox' }));
      expect(await read(path)).toEqual(['a.png | a fox | 1']);
    }
    const filename = join(folderPath(), 'x.parquet');
    parquetWriteFile({ filename, columnData: table(names) });
    expect(await read(filename)).toEqual(['a.png | a fox | 1']);
  });

  it('of LAION are read; each URL is told, as nothing is fetched, and a table of URLs only is refused', async () => {
    const laion = 'URL,TEXT\nhttps://example.org/a.jpg,a fox\ns3://bucket/b.jpg,b\n';
    const isUrl = 'is a URL; download it first, this command reads files';
    expect(await read(put('x.csv', `${laion}c.png,a toy\n`))).toEqual([
      `skipped 2: https://example.org/a.jpg ${isUrl}`,
      `skipped 3: s3://bucket/b.jpg ${isUrl}`,
      'c.png | a toy | 4',
    ]);
    await expect(readDataset(put('y.csv', laion))).rejects.toThrow(
      /holds no image-caption pair\.\n {2}y\.csv line 2: https:\/\/example\.org\/a\.jpg is a URL/,
    );
  });

  it('keep quotes in a .tsv, unless its header is quoted', async () => {
    expect(await read(put('x.tsv', 'image\tcaption\na.png\t"hi" he said\na.png\tan "open quote\n'))).toEqual([
      'a.png | "hi" he said | 2',
      'a.png | an "open quote | 3',
    ]);
    expect(await read(put('y.tsv', '"image"\t"caption"\n"a.png"\t"a\tb"\n'))).toEqual(['a.png | a\tb | 2']);
  });

  it('that two columns could be are refused, in every kind of table', async () => {
    const message = /expected one column image, found image and Image\. Names are compared without case/;
    await expect(readDataset(put('x.csv', 'image,Image,caption\na.png,b.png,c\n'))).rejects.toThrow(message);
    await expect(
      readDataset(put('x.jsonl', '{"image":"a.png","Image":"b.png","caption":"c"}')),
    ).rejects.toThrow(message);
    const filename = join(folderPath(), 'x.parquet');
    parquetWriteFile({ filename, columnData: table(['image', 'caption', 'Image']) });
    await expect(readDataset(filename)).rejects.toThrow(message);
  });

  it('that are not used keep their names and become metadata, those of unused known names too', async () => {
    const path = put('x.csv', 'Image,caption,title,Year\na.png,a fox,Fox,1999\n');
    expect((await readDataset(path)).pairs[0].columns).toEqual({ title: 'Fox', Year: '1999' });
  });

  it('named id in a file of metadata follow the same rules', async () => {
    expect(await readMetadataFile(put('m.csv', 'ID;Year\r\na;"19\r\n99"\r\nb;2000\r\n'))).toEqual(
      new Map([
        ['a', '{"Year":"19\\r\\n99"}'],
        ['b', '{"Year":"2000"}'],
      ]),
    );
    expect(await readMetadataFile(put('m.ndjson', '{"Id": "a", "score": NaN, "year": 1999}\n'))).toEqual(
      new Map([['a', '{"year":1999}']]),
    );
    expect(
      await readMetadataFile(put('b.jsonl', '{"id":"a","uid":-9007199254740993,"deep":[90071992547409931]}')),
    ).toEqual(new Map([['a', '{"uid":-9007199254740993,"deep":[90071992547409931]}']]));
    await expect(readMetadataFile(put('n.csv', 'id\r\n"a\r\nb"\r\n"a\r\nb"\r\n'))).rejects.toThrow(
      /n\.csv line 4: the id "a\\r\\nb" has a line already/,
    );
  });
});

describe('columns that the user names', () => {
  const named = { image: 'Pic', caption: 'words' };
  const both = 'image,pic,caption,Words,label\nb.png,a.png,no,a fox,0\n';

  it('are read in any case, in every kind of table, and the known ones are then metadata', async () => {
    const filename = join(folderPath(), 'x.parquet');
    parquetWriteFile({
      filename,
      columnData: [
        { name: 'PIC', data: ['a.png'], type: 'STRING' },
        { name: 'Words', data: ['a fox'], type: 'STRING' },
      ],
    });
    const json = '{"image":"b.png","PIC":"a.png","Words":"a fox"}';
    const paths = [
      put('x.csv', both),
      put('x.txt', both.replaceAll(',', ';')),
      put('x.tsv', both.replaceAll(',', '\t')),
      put('x.jsonl', json),
      put('x.ndjson', json),
      filename,
    ];
    for (const path of paths) {
      const { pairs } = await readDataset(path, named);
      expect(pairs.map(({ imageName, caption }) => [imageName, caption])).toEqual([['a.png', 'a fox']]);
    }
    const [{ label, columns }] = (await readDataset(paths[0], named)).pairs;
    expect({ label, columns }).toEqual({ label: 0, columns: { image: 'b.png', caption: 'no' } });
    put('captions.csv', both);
    expect((await readDataset(folderPath(), named)).pairs[0].imageName).toBe('a.png');
    expect((await readDataset(paths[0], { caption: 'WORDS' })).pairs[0]).toMatchObject({
      imageName: 'b.png',
      caption: 'a fox',
    });
  });

  it('must be there, in a table', async () => {
    await expect(readDataset(put('x.csv', both), { image: 'photo' })).rejects.toThrow(
      /x\.csv line 2: expected photo, found image, pic, caption, Words, label\./,
    );
    const filename = join(folderPath(), 'x.parquet');
    const columnData = ['photo', 'Caption', 'n'].map((name) => ({
      name,
      data: ['a'],
      type: 'STRING' as const,
    }));
    parquetWriteFile({ filename, columnData });
    await expect(readDataset(filename)).rejects.toThrow(
      /x\.parquet: expected image or .* url or .*, found photo, Caption, n\./,
    );
    const none = /--image-column and --caption-column name columns of a table/;
    for (const path of ['x.tar', 'x.json', 'x.token']) {
      await expect(readDataset(put(path, ''), named)).rejects.toThrow(none);
    }
    await expect(readDataset(folderPath(), named)).rejects.toThrow(
      /holds none of captions\.csv, .*Give the path/,
    );
  });
});

describe('numbers that JSON has no word for', () => {
  it('stand in columns that are not used, and fail a row where they are used', async () => {
    const path = put(
      'x.jsonl',
      [
        '{"image":"a.png","caption":"says NaN, \\"Infinity\\"","score":NaN,"deep":[{"x":-Infinity}],"y":Infinity}',
        '{"image":"a.png","caption":NaN}',
        '{"image":Infinity,"caption":"b","label":1}',
        '{"image":"a.png","caption":"c","label":NaN}',
        '{"image":"a.png","caption":null}',
        '{"image":"a.png"}',
      ].join('\n'),
    );
    expect(await read(path)).toEqual([
      'a.png | says NaN, "Infinity" | 1',
      'skipped 2: expected caption to be text, got NaN',
      'skipped 3: expected image to be text, got Infinity',
      'a.png | c | 4',
      'skipped 5: no caption for a.png',
      'skipped 6: expected caption or text or title, found image',
    ]);
    const { pairs } = await readDataset(path);
    expect(pairs[0].columns).toEqual({ score: NaN, deep: [{ x: -Infinity }], y: Infinity });
    expect(pairs[1].label).toBeUndefined();
  });

  it.each([
    '{"image":"a.png","caption":"b","n":nan}',
    '{"image":"a.png","caption":"b","n":-NaN}',
    '{"a": NaN',
  ])('are none of %s', async (line) => {
    await expect(readDataset(put('x.jsonl', line))).rejects.toThrow(/x\.jsonl line 1 is not JSON/);
  });
});

it('a caption that no table could hold as it is fails its row', async () => {
  const path = put(
    'x.jsonl',
    '{"image":"a.png","caption":"a\\u0000b"}\n{"image":"a.png","caption":"\\ud83e"}\n{"image":"a.png","caption":"c"}\n',
  );
  expect(await read(path)).toEqual([
    'skipped 1: caption holds a NUL character, expected text',
    'skipped 2: caption holds half of a surrogate pair, expected text',
    'a.png | c | 3',
  ]);
});

it.each([
  ['x.jsonl', (deep: string) => `{"image":"a.png","caption":${deep}}\n`],
  ['x.jsonl', (deep: string) => `{"image":"a.png","caption":"a","n":12345678901234567890,"m":${deep}}\n`],
  ['x.jsonl', (deep: string) => `{"image":"a.png","caption":"a","n":NaN,"m":${deep}}\n`],
  ['captions_val2017.json', (deep: string) => `{"images":[],"annotations":${deep}}`],
])('JSON that nests without end is refused as a mistake: %s', async (name, content) => {
  for (const deep of [
    '['.repeat(40_000) + ']'.repeat(40_000),
    '{"a":'.repeat(40_000) + '0' + '}'.repeat(40_000),
  ]) {
    await expect(readDataset(put(name, content(deep)))).rejects.toThrow(/nests deeper than 500 levels/);
  }
  const quoted = `{"image":"a.png","caption":${JSON.stringify('["\\'.repeat(2_000))}}\n`;
  expect((await readDataset(put('y.jsonl', quoted))).pairs).toHaveLength(1);
});
