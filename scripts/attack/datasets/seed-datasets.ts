import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../kv/project.ts';

const FOLDER = join(PROJECT_ROOT, 'test/fixtures/datasets');

export interface SeedDataset {
  /** The name of the file, whose extension says what it is. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly kind: 'text' | 'parquet' | 'tar' | 'npy';
}

let datasets: SeedDataset[] | undefined;

/** One of every form that is a single file, and listings written here. README there says what each shows. */
export function seedDatasets(): readonly SeedDataset[] {
  datasets ??= [
    text(
      'captions.csv',
      'image,caption,label\nbook.jpg,"a book, open",1\nflag.jpg,a flag,1\nbook.jpg,a ship,0\n',
    ),
    text('captions.tsv', 'image\tcaption\nbook.jpg\ta book\nflag.jpg\ta flag\n'),
    text(
      'captions.jsonl',
      '{"image":"book.jpg","caption":"a book"}\n{"image":"flag.jpg","caption":"a flag","label":0}\n',
    ),
    text('captions.ndjson', '{"image":"book.jpg","caption":["a book","an open book"]}\n'),
    file('captions_val2017.json', 'coco/annotations/captions_val2017.json', 'text'),
    text(
      'dataset.json',
      '{"images":[{"filename":"book.jpg","split":"test","sentences":[{"raw":"a book"},{"raw":"paper"}]}]}',
    ),
    file('Flickr8k.token.txt', 'flickr8k/Flickr8k_text/Flickr8k.token.txt', 'text'),
    file('captions.txt', 'flickr8k-kaggle/captions.txt', 'text'),
    file('results.csv', 'flickr30k/results.csv', 'text'),
    file('table.parquet', 'labelled/captions-table.parquet', 'parquet'),
    file('lz4.parquet', 'pyarrow/lz4.parquet', 'parquet'),
    file('snappy.parquet', 'pyarrow/snappy.parquet', 'parquet'),
    file('zstd.parquet', 'pyarrow/zstd.parquet', 'parquet'),
    file('inside.parquet', 'pyarrow/pictures-inside.parquet', 'parquet'),
    file('00000.tar', 'img2dataset/00000.tar', 'tar'),
    file('odd.tar', 'tar-odd/00000.tar', 'tar'),
    file('restart.tar', 'tar-keys-restart/00000.tar', 'tar'),
    file('f4.npy', 'npy/images-f4.npy', 'npy'),
    file('f8.npy', 'npy/texts-f8.npy', 'npy'),
    file('f2.npy', 'npy/images-f2-fortran.npy', 'npy'),
    file('f4-big.npy', 'npy/images-f4-big-endian.npy', 'npy'),
  ];
  return datasets;
}

function text(name: string, content: string): SeedDataset {
  return { name, bytes: new Uint8Array(Buffer.from(content, 'utf8')), kind: 'text' };
}

function file(name: string, path: string, kind: SeedDataset['kind']): SeedDataset {
  return { name, bytes: new Uint8Array(readFileSync(join(FOLDER, path))), kind };
}
