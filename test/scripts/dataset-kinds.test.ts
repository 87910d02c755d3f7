import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { pairSource } from '../../scripts/dataset/source-flags.ts';
import { DATASETS } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folder, put } = temporaryFolder();

async function kinds(path: string, kind = 'kind'): Promise<(string | undefined)[]> {
  return (await readDataset(path, { kind })).pairs.map((pair) => pair.kind);
}

function parquet(name: string, kind: (string | null)[], type: 'STRING' | 'INT32' = 'STRING'): string {
  const path = join(folder(), name);
  mkdirSync(join(path, '..'), { recursive: true });
  const names = kind.map((_, i) => `${i}.png`);
  parquetWriteFile({
    filename: path,
    columnData: [
      { name: 'image', data: names, type: 'STRING' },
      { name: 'Kind', data: type === 'STRING' ? kind : kind.map(Number), type },
      { name: 'caption', data: names, type: 'STRING' },
    ],
  });
  return path;
}

describe('the kind of each pair', () => {
  it.each([
    ['pairs.csv', 'image,caption,Kind\na.png,kite,drawing\nb.png,boat, photograph \n'],
    ['pairs.csv', 'Kind;image;caption\ndrawing;a.png;kite\n"photograph";b.png;boat\n'],
    ['pairs.tsv', 'image\tcaption\tkind\na.png\tkite\tdrawing\nb.png\tboat\tphotograph\n'],
    ['pairs.txt', 'image,caption,kind\na.png,kite,drawing\nb.png,boat,photograph\n'],
    [
      'pairs.jsonl',
      '{"image":"a.png","caption":"kite","kind":"drawing"}\n{"KIND":"photograph","image":"b.png","caption":"boat"}\n',
    ],
    [
      'pairs.ndjson',
      '{"kind":"drawing","file_name":"a.png","text":"kite"}\n{"kind":"photograph","file_name":"b.png","text":"boat"}',
    ],
  ])('is read from a column of %s', async (name, content) => {
    expect(await kinds(put(name, content))).toEqual(['drawing', 'photograph']);
  });

  it('is read from Parquet, in one file, in parts and as numbers', async () => {
    expect(await kinds(parquet('pairs.parquet', ['drawing', 'photograph']))).toEqual([
      'drawing',
      'photograph',
    ]);
    expect(await kinds(parquet('numbers.parquet', ['3', '4'], 'INT32'))).toEqual(['3', '4']);
    parquet('parts/a.parquet', ['drawing']);
    parquet('parts/b.parquet', ['photograph', 'drawing']);
    expect(await kinds(join(folder(), 'parts'))).toEqual(['drawing', 'photograph', 'drawing']);
  });

  it('is read from a folder by its captions.csv, beside other named columns', async () => {
    put('captions.csv', 'picture,words,shop,kind\na.png,kite,north,x\nb.png,boat,south,y\n');
    const named = { image: 'picture', caption: 'words', kind: 'SHOP' };
    const { pairs } = await readDataset(folder(), named);
    expect(pairs.map(({ caption, kind }) => [caption, kind])).toEqual([
      ['kite', 'north'],
      ['boat', 'south'],
    ]);
  });

  it("is the split of Karpathy's, and a key of the JSON of a tar", async () => {
    for (const name of ['a.jpg', 'b.jpg']) put(`val2014/${name}`, '');
    const image = (filename: string, split: string): object => ({
      filepath: 'val2014',
      filename,
      split,
      sentences: [{ raw: filename }],
    });
    put('dataset_coco.json', JSON.stringify({ images: [image('a.jpg', 'test'), image('b.jpg', 'restval')] }));
    expect(await kinds(folder(), 'split')).toEqual(['test', 'restval']);
    const shards = await kinds(join(DATASETS, 'img2dataset/00000.tar'), 'status');
    expect(new Set(shards)).toEqual(new Set(['success']));
  });

  it('is the text of a number or a truth value', async () => {
    const rows = ['7', '2.5', 'true', '12345678901234567890'].map(
      (kind, i) => `{"image":"${i}.png","caption":"${i}","kind":${kind}}`,
    );
    expect(await kinds(put('x.jsonl', rows.join('\n')))).toEqual([
      '7',
      '2.5',
      'true',
      '12345678901234567890',
    ]);
  });

  it('is none without the option', async () => {
    const { pairs } = await readDataset(put('x.csv', 'image,caption,kind\na.png,kite,drawing\n'));
    expect(pairs[0]).not.toHaveProperty('kind');
  });

  const table = (...kind: string[]): string =>
    `image,caption,kind\n${kind.map((name, i) => `${i}.png,c${i},${name}`).join('\n')}\n`;

  const refused: [string, string, string, RegExp][] = [
    ['an empty one', 'x.csv', table('drawing', ' '), /^x\.csv line 3 names no kind: every pair needs one/],
    [
      'null',
      'x.jsonl',
      '{"image":"a","caption":"b","kind":"c"}\n{"image":"d","caption":"e","kind":null}',
      /^x\.jsonl line 2 names no kind/,
    ],
    [
      'an absent key',
      'x.jsonl',
      '{"image":"a","caption":"b","kind":"c"}\n\n{"image":"d","caption":"e"}',
      /^x\.jsonl line 3 names no kind/,
    ],
    [
      "pandas' NaN",
      'x.jsonl',
      '{"image":"a","caption":"b","kind":"c"}\n{"image":"d","caption":"e","kind":NaN}',
      /^x\.jsonl line 2 names no kind/,
    ],
    [
      'a list',
      'x.jsonl',
      '{"image":"a","caption":"b","kind":["c"]}',
      /^x\.jsonl line 1: expected kind to be the name of a kind.*something else than text/,
    ],
    ['a whole sentence', 'x.csv', table('word '.repeat(30)), /x\.csv line 2: expected kind.*at most 60/],
    [
      'a thirteenth',
      'x.csv',
      table(...Array.from({ length: 13 }, (_, i) => `k${i}`)),
      /^--kind-column: expected at most 12 kinds, found 13: "k0", "k1", "k2", \.\.\./,
    ],
    [
      'no such column',
      'x.csv',
      'image,caption,source\na.png,kite,x\n',
      /^--kind-column kind: .*x\.csv has no such column\. Its columns: source/,
    ],
    [
      'no other column',
      'x.csv',
      'image,caption\na.png,kite\n',
      /Its columns: none besides those of pictures/,
    ],
    ['two columns of the name', 'x.csv', 'image,caption,kind,KIND\na,b,c,d\n', /expected one column kind/],
  ];
  it.each(refused)('is refused: %s', async (_, name, content, message) => {
    await expect(readDataset(put(name, content), { kind: 'kind' })).rejects.toThrow(message);
  });

  it('is refused by row in Parquet, and where the column is absent', async () => {
    await expect(kinds(parquet('x.parquet', ['a', null]))).rejects.toThrow(/^x\.parquet row 2 names no kind/);
    await expect(kinds(parquet('y.parquet', ['a']), 'shop')).rejects.toThrow(
      /--kind-column shop: .*y\.parquet has no such column\. Its columns: image, Kind, caption/,
    );
  });

  it('may be twelve, and rows without picture or caption need none', async () => {
    const twelve = Array.from({ length: 12 }, (_, i) => `k${i}`);
    const path = put('x.csv', `${table(...twelve)},no picture,\n20.png,,\n`);
    expect(await kinds(path)).toEqual(twelve);
  });

  it('belongs to a dataset with named columns', async () => {
    put('kite.jpg', '');
    put('kite.txt', 'a kite');
    await expect(kinds(folder())).rejects.toThrow(/has no such column/);
    expect(() =>
      pairSource(undefined, {
        imageEmbeddings: 'i',
        textEmbeddings: 't',
        encoderId: 'e',
        cache: 'c',
        kindColumn: 'kind',
      }),
    ).toThrow('--kind-column names a column of a table; .npy files have none');
  });
});

describe('joinPairs', () => {
  const side = (key: string) => ({ key, embedding: Float32Array.of(1, 0) });
  const pair = (image: string, text: string, kind: string, label: 0 | 1 = 1) => ({
    image: side(image),
    text: side(text),
    group: null,
    label,
    kind,
    where: `${image} ${text} ${kind}`,
    picture: null,
    caption: text,
  });

  it('numbers kinds by first appearance among the pairs it keeps, marked mismatches apart', () => {
    const { kinds: joined } = joinPairs(
      2,
      [
        pair('a', 'kite', 'photo', 0),
        pair('a', 'boat', 'photo'),
        pair('b', 'boat', 'drawing'),
        pair('a', 'boat', 'photo'),
        pair('c', 'kite', 'sketch', 0),
      ],
      [],
    );
    expect(joined).toEqual({
      names: ['photo', 'drawing', 'sketch'],
      pairs: Uint8Array.of(0, 1),
      mismatches: Uint8Array.of(0, 2),
    });
  });

  it('lets one picture be in pairs of two kinds, but not one pair', () => {
    const english = pair('a', 'boat', 'English');
    expect(joinPairs(2, [english, pair('a', 'Boot', 'German')], []).kinds?.pairs).toEqual(
      Uint8Array.of(0, 1),
    );
    expect(() => joinPairs(2, [english, pair('a', 'boat', 'German')], [])).toThrow(
      /^a boat English and a boat German are one pair of image and caption, but of the kinds English and German/,
    );
  });
});
