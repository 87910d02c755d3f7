import { describe, expect, it } from 'vitest';
import type { EngineSpec } from '../../src/format/corpus-engine.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { LIMITS } from '../../src/use-cases/limits.ts';
import { cursorOf, readPage, searchDepthOf } from '../../src/use-cases/search-arguments.ts';

const MANIFEST: CorpusManifest = {
  selection: 'a'.repeat(64),
  encoder: { id: 'e', fingerprint: 'f' },
  modality: 'image',
  dim: 4,
  k: 2,
  plan: 'compact',
  rerank: 10,
  fields: [],
  coding: { mean: [0, 0, 0, 0], spread: [1, 1, 1, 1], fittedOn: 5_000 },
  createdAt: '2026-11-30T00:00:00.000Z',
  updatedAt: '2026-11-30T00:00:00.000Z',
  segments: [{ id: 'b'.repeat(64), count: 5_000 }],
  retired: [],
};
const VECTORIZE: EngineSpec = {
  kind: 'vectorize',
  collection: 'c',
  index: 'i',
  dimensions: 2,
  texts: [],
  numbers: [],
};
const behind = (engine: EngineSpec): CorpusManifest => ({ ...MANIFEST, engine });
const refused = (code: string, message: RegExp): Error =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;

describe('a page of a search', () => {
  it('ends where schema.graphql says, by the engine of the corpus', () => {
    expect([searchDepthOf(MANIFEST), searchDepthOf(behind(VECTORIZE))]).toEqual([LIMITS.searchDepth, 100]);
    for (const [manifest, depth, reason] of [
      [MANIFEST, 1_000, /^Expected to page through at most 1000 results \(limits\.searchDepth\)/],
      [behind(VECTORIZE), 100, /at most 100 results \(the engine vectorize finds no more\)/],
    ] as const) {
      const after = (place: number): string => cursorOf(place, manifest);
      // The last page is cut off, and what lies behind it is refused.
      expect(readPage({ first: 50, after: after(depth - 11) }, manifest)).toEqual({
        start: depth - 10,
        first: 10,
      });
      expect(() => readPage({ first: 1, after: after(depth - 1) }, manifest)).toThrow(
        refused('LIMIT_EXCEEDED', reason),
      );
    }
  });

  it.each([
    ['nothing', ''],
    ['no base64', '???'],
    ['a name', 'shop'],
    ['no place', btoa('m3:')],
    ['a place below 0', btoa('m3:-1')],
    ['a place and more', btoa('m3:1:2')],
    ['a place of seven digits', btoa('m3:1000000')],
    ['a place with a fraction', btoa('m3:1.5')],
    ['a line more', btoa('m3:1\n')],
  ])('takes no cursor that is %s', (_what, after) => {
    expect(() => readPage({ first: 1, after }, MANIFEST)).toThrow(
      refused('BAD_INPUT', /cursor of an earlier page/),
    );
  });

  it('takes none of the corpus as it was before, nor of another', () => {
    const older = cursorOf(3, { ...MANIFEST, updatedAt: '2026-11-29T00:00:00.000Z' });
    expect(() => readPage({ first: 1, after: older }, MANIFEST)).toThrow(
      refused('BAD_INPUT', /^The cursor is of another corpus, or of this one before it was changed/),
    );
    // Made by hand for this very state it is only a place, which anybody may ask for.
    expect(readPage({ first: 1, after: cursorOf(3, MANIFEST) }, MANIFEST)).toEqual({ start: 4, first: 1 });
  });
});
