import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { readLines } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: folder, put } = temporaryFolder();

const COCO = 'annotations/captions_val2017.json';

describe('ids of COCO', () => {
  it('beyond 2^53 are exact, written before or behind "images", with NaN beside them or not', async () => {
    put('val2017/fox.webp', '');
    put('val2017/rooster.png', '');
    const ids = ['12345678901234567890', '12345678901234567891'];
    const images = `[{"id": ${ids[0]}, "file_name": "fox.webp"}, {"id": ${ids[1]}, "file_name": "rooster.png"}]`;
    const annotations = `[{"image_id": ${ids[1]}, "id": 1, "caption": "a rooster"}, {"image_id": ${ids[0]}, "id": 2, "caption": "a fox"}, {"image_id": 12345678901234567892, "id": 3, "caption": "an owl"}]`;
    for (const text of [
      `{"images": ${images}, "annotations": ${annotations}}`,
      `{"score": NaN, "annotations": ${annotations}, "images": ${images}}`,
    ]) {
      put(COCO, text);
      expect(await readLines(folder())).toEqual([
        'rooster.png | a rooster | captions_val2017.json annotations[0]',
        'fox.webp | a fox | captions_val2017.json annotations[1]',
        'skipped captions_val2017.json annotations[2]: no image of id "12345678901234567892" in "images"',
      ]);
    }
  });

  it('that two pictures share are refused by id; the same entry twice is one', async () => {
    put('val2017/fox.webp', '');
    const image = { id: 1, file_name: 'fox.webp' };
    const annotations = [{ image_id: 1, caption: 'a fox' }];
    put(COCO, JSON.stringify({ images: [image, image], annotations }));
    expect(await readLines(folder())).toEqual(['fox.webp | a fox | captions_val2017.json annotations[0]']);
    put(COCO, JSON.stringify({ images: [image, { id: 1, file_name: 'rooster.png' }], annotations }));
    await expect(readDataset(folder())).rejects.toThrow(
      /images\[1\]: the id 1 of rooster\.png is that of fox\.webp, too/,
    );
  });

  it.each(['1.5', '1e20', 'null', 'true'])('that are %s are refused by entry', async (id) => {
    put(COCO, `{"images": [{"id": ${id}, "file_name": "fox.webp"}], "annotations": []}`);
    await expect(readDataset(folder())).rejects.toThrow(/images\[0\]: expected an id and a file_name, got/);
  });
});

describe('names of pictures', () => {
  const coco = (name: string): string =>
    put(
      COCO,
      JSON.stringify({
        images: [{ id: 1, file_name: name }],
        annotations: [{ image_id: 1, caption: 'a fox' }],
      }),
    );
  const firstPicture = async (): Promise<string> => {
    const [{ image }] = (await readDataset(folder())).pairs;
    return Buffer.from(await image.read()).toString();
  };

  it('are read where an absolute path says, or from the folder of pictures where it is not there', async () => {
    coco(put('elsewhere/fox.webp', 'far'));
    expect(await firstPicture()).toBe('far');
    put('val2017/set/fox.webp', 'near');
    coco('/set/fox.webp');
    expect(await firstPicture()).toBe('near');
  });

  it('fit a file in another Unicode form or behind backslashes, when it is the only one', async () => {
    put('val2017/cafe\u0301/na\u00efve.webp', 'alike');
    coco('caf\u00e9/nai\u0308ve.webp');
    expect(await firstPicture()).toBe('alike');
    coco('caf\u00e9\\na\u00efve.webp');
    expect(await firstPicture()).toBe('alike');
    // The very name comes first.
    put('val2017/caf\u00e9/nai\u0308ve.webp', 'exact');
    coco('caf\u00e9/nai\u0308ve.webp');
    expect(await firstPicture()).toBe('exact');
    // The dots of Vietnamese may stand in two orders; both files fit.
    put('val2017/\u1ec7.webp', 'one');
    put('val2017/e\u0323\u0302.webp', 'two');
    coco('\u1eb9\u0302.webp');
    await expect(firstPicture()).rejects.toThrow(/have names like it: expected one file/);
    coco('none.webp');
    await expect(firstPicture()).rejects.toThrow(/are not where they usually lie/);
  });

  it('are read so from tables and Flickr files, too', async () => {
    put('set/a b.png', 'found');
    const table = put('captions.csv', 'image,caption\nset\\a b.png,kite\nset\\none.png,boat\n');
    const [found, missing] = (await readDataset(table)).pairs;
    expect(Buffer.from(await found.image.read()).toString()).toBe('found');
    await expect(missing.image.read()).rejects.toThrow(/ENOENT/);
    const token = put('x.token', 'set\\a b.png#0\tkite\n');
    const [pair] = (await readDataset(token)).pairs;
    expect(Buffer.from(await pair.image.read()).toString()).toBe('found');
  });
});

describe("Karpathy's splits", () => {
  const sentences = (...raw: string[]): object[] =>
    raw.map((text) => ({ tokens: text.split(' '), raw: text }));

  it('of COCO give every sentence, with the split as a column', async () => {
    put('val2014/one.jpg', '');
    const images = [
      {
        filepath: 'val2014',
        filename: 'one.jpg',
        split: 'test',
        sentences: sentences('a kite ', 'a red kite'),
      },
      { filepath: 'train2014', filename: 'two.jpg', split: 'restval', sentences: sentences('a boat', '') },
    ];
    const path = put('dataset_coco.json', JSON.stringify({ images, dataset: 'coco' }));
    const expected = [
      'one.jpg | a kite | dataset_coco.json images[0].sentences[0]',
      'one.jpg | a red kite | dataset_coco.json images[0].sentences[1]',
      'two.jpg | a boat | dataset_coco.json images[1].sentences[0]',
      'skipped dataset_coco.json images[1].sentences[1]: no caption for train2014/two.jpg',
    ];
    expect(await readLines(path)).toEqual(expected);
    expect(await readLines(folder())).toEqual(expected);
    const { pairs } = await readDataset(path);
    expect(pairs.map(({ imageName, columns }) => [imageName, columns])).toEqual([
      ['val2014/one.jpg', { split: 'test' }],
      ['val2014/one.jpg', { split: 'test' }],
      ['train2014/two.jpg', { split: 'restval' }],
    ]);
    expect((await pairs[0].image.read()).length).toBe(0);
  });

  it('of Flickr find their pictures in its folders', async () => {
    put('flickr30k_images/one.jpg', 'here');
    const images = [{ filename: 'one.jpg', split: 'train', sentences: sentences('a kite') }];
    const path = put('flickr30k/dataset.json', JSON.stringify({ images }));
    const [{ image }] = (await readDataset(path)).pairs;
    expect(Buffer.from(await image.read()).toString()).toBe('here');
  });

  it('are refused by entry where they do not fit, and left alone where dataset.json is something else', async () => {
    put('one.jpg', '');
    const path = put(
      'dataset.json',
      '{"images": [{"filename": "one.jpg", "sentences": [{"text": "a kite"}]}]}',
    );
    await expect(readDataset(path)).rejects.toThrow(
      /images\[0\]\.sentences\[0\]: expected the caption as raw/,
    );
    mkdirSync(join(folder(), 'other'));
    writeFileSync(join(folder(), 'other/dataset.json'), '{"images": []}');
    put('other/two.jpg', '');
    put('other/two.txt', 'a boat');
    expect(await readLines(join(folder(), 'other'))).toEqual(['two.jpg | a boat | two.jpg']);
  });
});
