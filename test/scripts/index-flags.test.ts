import { describe, expect, it } from 'vitest';
import { checkEngineFlags, checkIndexFlags } from '../../scripts/corpus/check-index-flags.ts';
import type { IndexFlags } from '../../scripts/corpus/index-flags.ts';
import type { EngineKind } from '../../src/format/corpus-engine.ts';

const BASE: IndexFlags = {
  corpus: 'shop',
  drop: false,
  replace: false,
  cache: 'x',
  remote: false,
  strict: false,
};
const MATRIX = { imageEmbeddings: 'I.npy' };

function check(flags: Partial<IndexFlags>, dataset?: string): void {
  checkIndexFlags(dataset, { ...BASE, ...flags });
}

describe('options of index that would have no effect', () => {
  it.each<[string, Partial<IndexFlags>, RegExp]>([
    [
      'an index of PostgreSQL for the isolate',
      { engine: 'isolate', postgresIndex: 'hnsw' },
      /^--postgres-index goes with --engine postgres; not with --engine isolate$/,
    ],
    ['and for Vectorize', { engine: 'vectorize', postgresIndex: 'hnsw' }, /^--postgres-index goes with/],
    [
      'an index of Vectorize for PostgreSQL',
      { engine: 'postgres', vectorizeIndex: 'made' },
      /^--vectorize-index goes with --engine vectorize; not with --engine postgres$/,
    ],
    ['and for the isolate', { engine: 'isolate', vectorizeIndex: 'made' }, /^--vectorize-index goes with/],
    [
      'not waiting for PostgreSQL',
      { engine: 'postgres', wait: false },
      /^--no-wait goes with --engine vectorize/,
    ],
    ['full vectors for an engine', { engine: 'postgres', plan: 'full' }, /^--plan full is for the isolate/],
    [
      'bytes for an engine',
      { engine: 'vectorize', bytes: 64 },
      /^--encoding and --bytes are of rows that an isolate/,
    ],
    ['codes under a plan that may be full', { plan: 'auto', encoding: 'int4' }, /and auto may choose it$/],
    ['deletions from nothing', { ...MATRIX, replace: true, delete: 'd.txt' }, /give one of them$/],
    ['strictness without data', { delete: 'd.txt', strict: true }, /^--strict goes with data/],
    [
      'an index to look for rows in alone',
      { drop: true, vectorizeIndex: 'made' },
      /^--vectorize-index goes with/,
    ],
  ])('are refused: %s', (_, flags, message) => {
    expect(() => check(flags)).toThrow(message);
  });

  it('are refused: pixels of captions', () => {
    expect(() => check({ modality: 'text', maxPixels: 9 }, 'pairs.csv')).toThrow(
      /^--max-pixels goes with the pictures/,
    );
  });

  it('are refused with --drop, whichever they are', () => {
    const given: Partial<IndexFlags> = {
      ...MATRIX,
      textEmbeddings: 'T.npy',
      modality: 'image',
      selection: 'axes',
      ids: 'i.txt',
      metadata: 'm.csv',
      fields: ['a'],
      delete: 'd.txt',
      plan: 'full',
      encoding: 'int4',
      bytes: 64,
      rerank: 3,
      model: 'm',
      maxPixels: 9,
      thumbnails: false,
      encoder: 'http',
      preset: 'openai',
      url: 'http://x',
      imageColumn: 'a',
      captionColumn: 'b',
      postgresIndex: 'hnsw',
      replace: true,
      strict: true,
    };
    for (const [name, value] of Object.entries(given)) {
      const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const option = name === 'thumbnails' ? '--no-thumbnails' : `--${words}`;
      expect(() => check({ drop: true, [name]: value })).toThrow(
        `--drop removes the whole corpus: ${option} does not go with it`,
      );
    }
    expect(() => check({ drop: true }, 'pairs.csv')).toThrow(/: a DATASET does not go with it$/);
    expect(() =>
      check({ drop: true, engine: 'vectorize', vectorizeIndex: 'made', wait: false }),
    ).not.toThrow();
  });

  it.each<[EngineKind, Partial<IndexFlags>, RegExp | null]>([
    [
      'isolate',
      { postgresIndex: 'hnsw' },
      /; "shop" is searched by the isolate unless --engine says otherwise$/,
    ],
    [
      'vectorize',
      { postgresIndex: 'hnsw' },
      /; "shop" is searched by vectorize unless --engine says otherwise$/,
    ],
    ['postgres', { postgresIndex: 'hnsw' }, null],
    ['isolate', { vectorizeIndex: 'made' }, /^--vectorize-index goes with/],
    ['vectorize', { vectorizeIndex: 'made', wait: false }, null],
    ['isolate', { wait: false }, /^--no-wait goes with/],
    ['isolate', { wait: 5, encoding: 'int4', bytes: 64, plan: 'compact' }, null],
    ['postgres', { encoding: 'int4' }, /^--encoding and --bytes are of rows/],
  ])('of a corpus behind the engine %s: %o', (kind, flags, message) => {
    const asked = (): void => checkEngineFlags({ ...BASE, ...flags }, kind);
    if (message === null) expect(asked).not.toThrow();
    else expect(asked).toThrow(message);
  });

  it.each([{ postgresIndex: 'bits' }, { vectorizeIndex: 'made' }] as const)(
    'is something to do: %o',
    (flags) => {
      expect(() => check(flags)).not.toThrow();
    },
  );
});
