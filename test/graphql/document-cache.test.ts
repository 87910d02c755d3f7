import { describe, expect, it } from 'vitest';
import {
  MAX_CACHED_CHARACTERS,
  MAX_DOCUMENT_CHARACTERS,
  createDocumentCache,
} from '../../src/graphql/document-cache.ts';

/** Four of them fill the cache. */
const source = (name: string): string => name.padEnd(MAX_CACHED_CHARACTERS / 4, '#');

describe('createDocumentCache', () => {
  it('gives what was set, and undefined for what was not', () => {
    const cache = createDocumentCache<number>();
    cache.set('{ a }', 1);
    expect(cache.get('{ a }')).toBe(1);
    expect(cache.get('{ b }')).toBeUndefined();
  });

  it('drops the longest unused when the characters are spent', () => {
    const cache = createDocumentCache<number>();
    ['a', 'b', 'c', 'd'].forEach((name, i) => cache.set(source(name), i));
    expect(cache.get(source('a'))).toBe(0);
    cache.set('e', 4);
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(source(name)))).toEqual([0, undefined, 2, 3]);
    expect(cache.get('e')).toBe(4);
  });

  it('counts a source that is set again once', () => {
    const cache = createDocumentCache<number>();
    for (let i = 0; i < 9; i++) cache.set(source('a'), i);
    cache.set(source('b'), 9);
    expect([cache.get(source('a')), cache.get(source('b'))]).toEqual([8, 9]);
  });

  it('keeps a source up to the longest, and none longer', () => {
    const cache = createDocumentCache<number>();
    const longest = '#'.repeat(MAX_DOCUMENT_CHARACTERS);
    cache.set(longest, 1);
    cache.set(`${longest}#`, 2);
    expect([cache.get(longest), cache.get(`${longest}#`)]).toEqual([1, undefined]);
  });

  it('takes empty sources', () => {
    const cache = createDocumentCache<number>();
    cache.set('', 1);
    expect(cache.get('')).toBe(1);
  });
});
