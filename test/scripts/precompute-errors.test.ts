import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/format/npy.ts';
import {
  DIM,
  NPY,
  PAIRS,
  ROOT,
  type Workplace,
  createWorkplace,
  syntheticPairs,
} from './precompute-setup.ts';

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

describe('precompute refuses, with exit 1 and what to do', () => {
  const npy = (name: string, data: Float32Array, shape: number[]): string =>
    place.put(name, encodeNpy(data, shape));
  const twoNpy = (images: string, texts: string): string[] => [
    '--image-embeddings',
    images,
    '--text-embeddings',
    texts,
    '--encoder-id',
    'e',
  ];
  const withNaN = (): Float32Array => {
    const { images } = syntheticPairs();
    images[3 * DIM + 5] = NaN;
    return images;
  };
  const oneGroup = (): string => place.put('one-group.npy', encodeNpy(new Int32Array(PAIRS), [PAIRS]));
  const eightGroups = (): string =>
    place.put(
      'eight-groups.npy',
      encodeNpy(
        Int32Array.from({ length: PAIRS }, (_, i) => i % 8),
        [PAIRS],
      ),
    );
  const picture = join(ROOT, 'models/sample/images/a-rooster.png');

  const refused: [string, () => string[], RegExp][] = [
    ['nothing to read', () => [], /name a DATASET, or --image-embeddings/],
    ['a missing dataset', () => ['none.csv'], /none\.csv cannot be read: no such file[\s\S]*FILE\.csv/],
    [
      'a missing .npy',
      () => twoNpy('none.npy', 'texts.npy'),
      /cannot read --image-embeddings none\.npy: no such file/,
    ],
    [
      'a dataset of mismatches only, before encoding it',
      () => [place.put('wrong.csv', `image,caption,label\n${picture},a kite,0\n${picture},a boat,0\n`)],
      /^precompute: every row of .*wrong\.csv is marked as a mismatch \(2 of 2\)/,
    ],
    [
      'an empty dataset',
      () => [place.put('empty.csv', 'image,caption\n')],
      /empty\.csv holds no image-caption pair/,
    ],
    [
      'one picture only',
      () => [place.put('one.csv', `image,caption\n${picture},a rooster\n`)],
      /5 folds need at least 10 groups.*got 1 from 1 pairs.*bring more pairs/,
    ],
    [
      'no readable picture',
      () => [place.put('gone.csv', 'image,caption\ngone.png,a lost picture\n')],
      /none of the 1 pairs.*\n.*gone\.csv line 2.*gone\.png/,
    ],
    [
      'captions and pictures at once under --strict',
      () => [
        place.put('holes.csv', `image,caption\n${picture},a rooster\n${picture},\ngone.png,lost\n`),
        '--strict',
      ],
      /--strict: 2 rows.*\n {2}holes\.csv line 3: no caption.*\n {2}holes\.csv line 4: .*gone\.png: no such file/,
    ],
    [
      'hard mismatches under --calibrate-only',
      () => [...NPY, '--calibrate-only', 'some.bin', '--negative-kind', 'hard'],
      /--negative-kind goes with making a selection; --calibrate-only takes the mismatches that DATASET marks/,
    ],
    [
      'a vocabulary of embeddings',
      () => [...NPY, '--vocabulary', 'w.txt'],
      /--vocabulary goes with a DATASET of pict/,
    ],
    [
      'a vocabulary of few words',
      () => ['set.csv', '--vocabulary', place.put('few.txt', 'a\n\nb\r\n a \n')],
      /few\.txt: expected 20 to 20000 different words or phrases, one a line, got 2\n$/,
    ],
    ['k beyond dim', () => [...NPY, '--k', '25'], /--k 25 is more than the 24 coordinates.*--k 24 or less/],
    [
      'NaN under --strict',
      () => [...twoNpy(npy('nan.npy', withNaN(), [PAIRS, DIM]), 'texts.npy'), '--k', '8', '--strict'],
      /--strict: 1 rows or pictures cannot be used\.\n {2}row 3: the image embedding has no direction/,
    ],
    [
      'shapes that differ',
      () => twoNpy('images.npy', npy('short.npy', Float32Array.of(1, 2), [1, 2])),
      /got shape \(160, 24\) in images\.npy and \(1, 2\)/,
    ],
    [
      'zero rows',
      () => twoNpy(npy('zero.npy', new Float32Array(), [0, DIM]), 'texts.npy'),
      /--image-embeddings .*zero\.npy.*at least one row.*\(0, 24\)/,
    ],
    [
      'a row of zeros',
      () => [
        ...twoNpy(npy('flat.npy', new Float32Array(PAIRS * DIM), [PAIRS, DIM]), 'texts.npy'),
        '--k',
        '8',
      ],
      /flat\.npy and texts\.npy hold no usable pair\. row 0: the image embedding has no direction/,
    ],
    [
      'a file that is no .npy',
      () => twoNpy(place.put('text.npy', 'hello'), 'texts.npy'),
      /text\.npy: Not a readable \.npy.*"hello"/,
    ],
    ['no encoder id', () => NPY.slice(0, 4), /--encoder-id is missing/],
    [
      'an empty encoder fingerprint',
      () => [...NPY, '--encoder-fingerprint', ''],
      /fingerprint: expected 1 to 256 characters, got 0/,
    ],
    [
      'a very long encoder id',
      () => [...NPY.slice(0, 4), '--encoder-id', 'e'.repeat(257)],
      /--encoder-id: expected 1 to 256 characters, got 257/,
    ],
    [
      'an encoder id beside a dataset',
      () => ['set.csv', '--encoder-id', 'e'],
      /--encoder-id goes with --image-embeddings/,
    ],
    ['regions of embeddings', () => [...NPY, '--regions'], /--regions needs the pictures of a DATASET/],
    [
      // Refused before anything is asked of a server: none answers there.
      'regions by an encoder that gives no patches',
      () => ['set.csv', '--regions', '--encoder', 'http', '--url', 'http://127.0.0.1:9'],
      /--regions needs the patches of pictures, which an encoder behind HTTP does not give/,
    ],
    ['a model beside .npy', () => [...NPY, '--model', 'no/such'], /--model goes with a DATASET/],
    [
      'a column beside .npy',
      () => [...NPY, '--image-column', 'x'],
      /name columns of a table; \.npy files have/,
    ],
    [
      'a column of no name',
      () => ['set.csv', '--caption-column', ' '],
      /Expected the name of a column, got noth/,
    ],
    ['half of the pair of .npy', () => NPY.slice(0, 2), /go together: one of the two is missing/],
    ['a dataset and .npy', () => ['set.csv', ...NPY], /either the dataset set\.csv or \.npy files/],
    [
      'groups of another length',
      () => [...NPY, '--groups', place.put('g.npy', encodeNpy(Int32Array.of(1), [1]))],
      /expected 160, got 1/,
    ],
    [
      'one group only',
      () => [...NPY, '--k', '8', '--groups', oneGroup()],
      /need at least 10 groups.*got 1 from 160 pairs/,
    ],
    [
      'weighted fusion on too few groups',
      () => [
        ...NPY,
        '--k',
        '8',
        '--folds',
        '2',
        '--fusion',
        'weighted',
        '--strategy',
        'variance',
        '--groups',
        eightGroups(),
      ],
      /--fusion weighted cannot be fitted: 4 groups to train on in a fold, a learned fusion needs 20/,
    ],
    [
      'a malformed CSV line',
      () => [place.put('bad.csv', 'image,caption\na.png,kite\nb.png,"boat\n')],
      /bad\.csv is malformed CSV: .*line 3/,
    ],
    [
      'a prefilter without its number',
      () => [...NPY, '--strategy', 'variance+pca'],
      /"variance": expected variance:THRESHOLD.*Available: mutual-information/,
    ],
    [
      'a compared strategy whose prefilter leaves fewer than k',
      () => [...NPY, '--k', '8', '--strategies', 'variance,f-statistic:4+mrmr'],
      /strategy "f-statistic:4\+mrmr" leaves 4 features\. Choose --k 4 or less/,
    ],
    [
      'an unknown strategy',
      () => [...NPY, '--strategy', 'best'],
      /unknown strategy "best"\. Available: mutual-information/,
    ],
    ['a fraction for k', () => [...NPY, '--k', '1.5'], /Expected a whole number.*"1\.5"/],
    ['one fold', () => [...NPY, '--folds', '1'], /from 2 to 100.*"1"/],
    [
      'an unknown model',
      () => [place.put('m.csv', `image,caption\n${picture},a rooster\n`), '--model', 'no/such'],
      /There is no model no\/such/,
    ],
  ];
  it.each(refused)('%s', (_, args, message) => {
    const { status, stdout, stderr } = place.run(...args(), '--out', 'refused');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    // Nothing is left behind, not even the folder.
    expect(existsSync(join(place.folder, 'refused'))).toBe(false);
  });

  it('a folder that cannot be written', () => {
    place.put('a-file', '');
    const { status, stderr } = place.run(...NPY, '--out', 'a-file/below');
    expect(status).toBe(1);
    expect(stderr).toMatch(/--out a-file\/below cannot be written: .*Choose a folder/);
  });

  // Node's recursive mkdir never returns there.
  it.skipIf(!existsSync('/proc/self'))('folders under /proc, at once', () => {
    const out = place.run(...NPY, '--out', '/proc/nope/out');
    expect(out.status).toBe(1);
    expect(out.stderr).toMatch(/--out \/proc\/nope\/out cannot be written: .*Choose a folder/);
  });

  it('a call without --out, and explains itself under --help', () => {
    const { status, stderr } = place.run(...NPY);
    expect(status).toBe(1);
    expect(stderr).toContain('--out');
    const help = place.run('--help');
    expect(help.status).toBe(0);
    for (const word of ['captions.csv', 'FILE.jsonl', '--fusion', '--encoder-id'])
      expect(help.stdout).toContain(word);
  });
});
