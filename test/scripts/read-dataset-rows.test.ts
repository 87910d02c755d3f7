import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type DatasetSource, readDatasetRows } from '../../scripts/corpus/read-dataset-rows.ts';
import { loadPairEncoder } from '../../scripts/dataset/load-pair-encoder.ts';
import type { Modality } from '../../src/core/scoring/selection-model.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { DATASETS } from './dataset-setup.ts';
import { temporaryFolder } from './temporary-folder.ts';

const { path: cache, put } = temporaryFolder();

async function idsOf(name: string, modality: Modality): Promise<string[]> {
  return (await itemsOf({ path: join(DATASETS, name), modality, cache: cache() })).map(({ id }) => id);
}

async function itemsOf(source: DatasetSource): Promise<readonly CorpusItem[]> {
  const { info } = await loadPairEncoder();
  const { id, fingerprint } = info;
  const record = { ...buildSelection(3, { dim: info.dim }), encoder: { id, fingerprint } };
  const quiet = {
    startProgress: () => ({ add: () => undefined, stop: () => undefined }),
    tell: () => undefined,
  };
  const { fresh } = await readDatasetRows(source, record, 'default', quiet);
  return fresh.items;
}

it('gives every picture of a name that returns an id of its own, by its path', async () => {
  expect(await idsOf('tar-keys-restart', 'image')).toEqual([
    '00000.tar/000000000.jpg',
    '00000.tar/000000001.jpg',
    '00000.tar/000000000 (2).jpg',
    '00000.tar/000000001 (2).jpg',
  ]);
  expect(await idsOf('tar-keys-restart/00000.tar', 'text')).toEqual([
    '00000.tar/000000000.jpg#0',
    '00000.tar/000000001.jpg#0',
    '00000.tar/000000000 (2).jpg#0',
    '00000.tar/000000001 (2).jpg#0',
  ]);
});

it('keeps names as the dataset writes them where each is of one picture', async () => {
  expect(await idsOf('img2dataset', 'image')).toEqual([
    '000000000.jpg',
    '000000001.jpg',
    expect.stringMatching(/000010000\.webp$/),
    '000010003.jpg',
  ]);
});

it('takes the columns that the user names, and the others as metadata', async () => {
  const picture = join(DATASETS, 'labelled/book.jpg');
  const path = put('x.csv', `Pic,words,image,Year\n${picture},a green book,none.png,1999\n`);
  const columns = { image: 'pic', caption: 'Words' };
  const [item] = await itemsOf({ path, columns, modality: 'image', cache: cache() });
  expect(item.id).toBe(picture);
  expect(JSON.parse(item.metadata ?? '')).toEqual({
    image: 'none.png',
    Year: '1999',
    caption: 'a green book',
  });
});
