import { createHash } from 'node:crypto';
import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupPairs } from '../../src/dataset/group-pairs.ts';
import { joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { contentKey, openEmbeddingCache } from '../../scripts/embedding-cache/embedding-cache.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folderPath, put } = temporaryFolder();

async function rows(path: string): Promise<string[]> {
  const { pairs } = await readDataset(path);
  return pairs.map(
    ({ image, caption, where }) => `${image.name.slice(folderPath().length + 1)} | ${caption} | ${where}`,
  );
}

describe('readDataset', () => {
  it('reads a CSV with a byte order mark, quotes, line breaks, blank lines and other columns', async () => {
    const path = put(
      'pairs.csv',
      '\uFEFFId,Image,Caption\r\n1,a.png,"red, ""big""\nkite"\r\n\r\n2,sub/b.png, blue boat \r\n',
    );
    expect(await rows(path)).toEqual([
      'a.png | red, "big"\nkite | pairs.csv line 2',
      'sub/b.png | blue boat | pairs.csv line 5',
    ]);
  });

  it('reads JSON Lines, with the names of image folders on the hub as well', async () => {
    const path = put(
      'metadata.jsonl',
      '{"image":"a.png","caption":"kite","n":1}\n\n{"file_name":"b.png","text":"boat"}\n',
    );
    expect(await rows(path)).toEqual([
      'a.png | kite | metadata.jsonl line 1',
      'b.png | boat | metadata.jsonl line 3',
    ]);
  });

  it('reads a folder by its captions.csv before anything else', async () => {
    put('captions.csv', 'image,caption\na.png,kite\n');
    put('metadata.jsonl', 'not read');
    expect(await rows(folderPath())).toEqual(['a.png | kite | captions.csv line 2']);
  });

  it('reads a folder of pictures with captions beside them, one a line, in path order', async () => {
    for (const name of ['b.JPG', 'a.png', 'sub/c.webp', 'alone.png', 'readme.md']) put(name, '');
    put('a.txt', 'kite\n\n a toy \n');
    put('b.txt', 'boat');
    put('sub/c.txt', 'car\r\n');
    expect(await rows(folderPath())).toEqual([
      'a.png | kite | a.png',
      'a.png | a toy | a.png',
      'b.JPG | boat | b.JPG',
      'sub/c.webp | car | sub/c.webp',
    ]);
    expect((await readDataset(folderPath())).skipped).toEqual([
      { where: 'alone.png', reason: 'no alone.txt beside it', image: 'alone.png' },
    ]);
  });

  it('skips rows without picture or caption and rows of URLs, with the reason', async () => {
    const path = put(
      'pairs.csv',
      'image,caption\n,kite\na.png,\nhttps://example.org/a.png,boat\nb.png,car\n',
    );
    const { pairs, skipped } = await readDataset(path);
    expect(pairs).toHaveLength(1);
    expect(skipped.map(({ where, reason }) => `${where}: ${reason}`)).toEqual([
      'pairs.csv line 2: no picture named',
      'pairs.csv line 3: no caption for a.png',
      'pairs.csv line 4: https://example.org/a.png is a URL; download it first, this command reads files',
    ]);
  });

  const malformed: [string, string, string, RegExp][] = [
    [
      'a row too short',
      'x.csv',
      'image,caption\na.png,kite\nb.png\n',
      /x\.csv is malformed CSV: .*got 1 on line 3.*image, caption/,
    ],
    ['an open quote', 'x.csv', 'image,caption\na.png,"kite\n', /x\.csv is malformed CSV: .*line 2/],
    [
      'no caption column',
      'x.csv',
      'image,words\na.png,kite\n',
      /x\.csv line 2: expected caption or text or title, found image, words/,
    ],
    ['broken JSON', 'x.jsonl', '{"image":"a","caption":"b"}\n{"image"\n', /x\.jsonl line 2 is not JSON/],
    ['a JSON array', 'x.jsonl', '["a","b"]\n', /x\.jsonl line 1: expected an object/],
    [
      'a caption that is a number',
      'x.jsonl',
      '{"image":"a","caption":5}\n',
      /line 1: expected caption to be text, got 5/,
    ],
    ['only a header', 'x.csv', 'image,caption\n', /holds no image-caption pair[\s\S]*FILE\.csv/],
    ['an empty file', 'x.csv', '', /holds no image-caption pair/],
    ['another extension', 'x.xml', '', /extension \.xml, which is of no known form[\s\S]*FOLDER/],
    ['Latin-1 text', 'x.csv', 'image,caption\na.png,caf\xe9\n', /is not UTF-8/],
  ];
  it.each(malformed)('refuses %s and says where', async (_, name, content, message) => {
    const path = put(
      name,
      name === 'x.csv' && content.includes('\xe9') ? Buffer.from(content, 'latin1') : content,
    );
    await expect(readDataset(path)).rejects.toThrow(message);
  });

  it('names the accepted forms when there is nothing at the path', async () => {
    await expect(readDataset(join(folderPath(), 'none'))).rejects.toThrow(
      /no such file or directory[\s\S]*FILE\.jsonl/,
    );
  });
});

describe('joinPairs', () => {
  it('counts a repeated pair once, and joins the groups that it is given under', () => {
    const side = (key: string) => ({ key, embedding: Float32Array.of(1, 0) });
    const pair = (image: string, text: string, group: number) => ({
      image: side(image),
      text: side(text),
      group,
      where: `${image} ${text}`,
      picture: null,
      caption: text,
    });
    const joined = joinPairs(
      2,
      [
        pair('a', 'kite', 1),
        pair('b', 'boat', 1),
        pair('a', 'kite', 2),
        pair('c', 'toy', 2),
        pair('d', 'car', 3),
      ],
      [],
    );
    expect([...joined.imageRows]).toEqual([0, 1, 2, 3]);
    expect([...joined.textRows]).toEqual([0, 1, 2, 3]);
    expect(joined.origins.captions).toEqual(['kite', 'boat', 'toy', 'car']);
    expect(joined.origins.where).toEqual(['a kite', 'b boat', 'c toy', 'd car']);
    expect([...joined.groups]).toEqual([0, 0, 0, 1]);
    expect(joined.groupCount).toBe(2);
    expect(joined.duplicates).toBe(1);
  });

  it('keeps marked mismatches apart: no pair, no group through the caption, the group of their image', () => {
    const side = (key: string) => ({ key, embedding: Float32Array.of(key.length, 0) });
    const pair = (image: string, text: string, label: 0 | 1) => ({
      image: side(image),
      text: side(text),
      group: null,
      label,
      where: `${image} ${text}`,
      picture: null,
      caption: text,
    });
    const pairs = [
      pair('b', 'kite', 0), // its caption is that of a
      pair('a', 'kite', 1),
      pair('b', 'boat', 1),
      pair('alone', 'boat', 0), // an image without any match
      pair('alone', 'a toy', 0),
      pair('b', 'kite', 0), // repeated
      pair('a', 'kite', 0), // marked both ways
    ];
    const joined = joinPairs(2, pairs, []);
    expect([...joined.imageRows]).toEqual([0, 1]);
    expect([...joined.textRows]).toEqual([0, 1]);
    expect([...joined.groups]).toEqual([0, 1]);
    expect(joined.groupCount).toBe(2);
    expect([...joined.mismatches.imageRows]).toEqual([1, 2, 2]);
    expect([...joined.mismatches.textRows]).toEqual([0, 1, 2]);
    expect([...joined.mismatches.groups]).toEqual([1, 2, 2]);
    expect([...joined.imageEmbeddings]).toEqual([1, 0, 1, 0, 5, 0]);
    expect(joined.skipped).toEqual([{ where: 'a kite', reason: 'marked both as a match and as a mismatch' }]);
    const without = joinPairs(
      2,
      pairs.filter(({ label }) => label === 1),
      [],
    );
    expect(without.mismatches.imageRows).toHaveLength(0);
    expect([...without.groups]).toEqual([...joined.groups]);
  });

  it('gives a mismatch the group that a pair was given, whichever image stands for it', () => {
    const side = (key: string) => ({ key, embedding: Float32Array.of(1, 0) });
    const pair = (image: string, group: number, label: 0 | 1) => ({
      image: side(image),
      text: side(`text of ${image}`),
      group,
      label,
      where: image,
      picture: null,
      caption: null,
    });
    const pairs = [pair('a', 7, 1), pair('b', 8, 1), pair('b again', 8, 0), pair('c', 9, 0), pair('d', 9, 0)];
    expect([...joinPairs(2, pairs, []).mismatches.groups]).toEqual([1, 2, 2]);
  });

  it('leaves a mismatch without any pair to the caller: no pair, its own group', () => {
    const side = { key: 'a', embedding: Float32Array.of(1, 0) };
    const joined = joinPairs(
      2,
      [{ image: side, text: side, group: null, label: 0, where: 'a', picture: null, caption: null }],
      [],
    );
    expect(joined.groups).toHaveLength(0);
    expect([...joined.mismatches.groups]).toEqual([0]);
  });
});

describe('groupPairs', () => {
  it('joins pairs by picture, by caption and by given group, through any chain', () => {
    const pairs = [
      { image: 0, text: 0, group: null },
      { image: 1, text: 1, group: null },
      { image: 0, text: 2, group: null }, // the picture of the first
      { image: 2, text: 2, group: null }, // the caption of the third
      { image: 3, text: 3, group: 7 },
      { image: 4, text: 4, group: 7 },
      { image: 5, text: 5, group: 0 }, // 0 is a given group, not picture 0
    ];
    expect(groupPairs(pairs, 6)).toEqual({ groups: Int32Array.of(0, 1, 0, 0, 2, 2, 3), groupCount: 4 });
  });
});

describe('openEmbeddingCache', () => {
  const encoder = { fingerprint: 'f', dim: 3 };
  const key = contentKey('text', 'kite');
  const embedding = Float32Array.of(0.5, -1, 1e-20);

  it('gives back exactly what another run put, and nothing for another encoder', async () => {
    await (await openEmbeddingCache(folderPath(), encoder)).put(new Map([[key, embedding]]));
    expect((await openEmbeddingCache(folderPath(), encoder)).get(key)).toEqual(embedding);
    expect((await openEmbeddingCache(folderPath(), { ...encoder, fingerprint: 'g' })).get(key)).toBeNull();
    expect((await openEmbeddingCache(folderPath(), encoder)).get(contentKey('image', 'kite'))).toBeNull();
  });

  it('does not give back what decoders of before made of a picture', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const before = createHash('sha256').update('image\0').update(bytes).digest('hex');
    const cache = await openEmbeddingCache(folderPath(), encoder);
    await cache.put(new Map([[before, embedding]]));
    expect([cache.get(before), cache.get(contentKey('image', bytes))]).toEqual([embedding, null]);
  });

  it('passes over damaged and cut entries and keeps the sound ones', async () => {
    const cache = await openEmbeddingCache(folderPath(), encoder);
    const other = contentKey('text', 'boat');
    await cache.put(
      new Map([
        [key, embedding],
        [other, embedding],
      ]),
    );
    const [home] = readdirSync(folderPath());
    const [segment] = readdirSync(join(folderPath(), home));
    truncateSync(join(folderPath(), home, segment), 48 + 20);
    const reopened = await openEmbeddingCache(folderPath(), encoder);
    expect([reopened.get(key), reopened.get(other), reopened.damagedCount]).toEqual([embedding, null, 1]);
  });

  it('explains a segment that cannot be written', async () => {
    const cache = await openEmbeddingCache(join(folderPath(), 'cache'), encoder);
    rmSync(join(folderPath(), 'cache'), { recursive: true });
    await expect(cache.put(new Map([[key, embedding]]))).rejects.toThrow(
      /^cannot write the embedding cache .*: no such file or directory\. .*--cache DIR/,
    );
  });

  it('explains a folder that cannot be used', async () => {
    const file = put('file', '');
    await expect(openEmbeddingCache(file, encoder)).rejects.toThrow(/cannot be used: .*--cache DIR/);
  });
});
