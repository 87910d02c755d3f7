import { describe, expect, it } from 'vitest';
import {
  MAX_KEY_BYTES,
  corpusKey,
  corpusNameOfKey,
  isSelectionName,
  nameKey,
  nameOfKey,
  ownerOf,
  recordKey,
} from '../../src/format/kv-keys.ts';
import {
  type NamePointer,
  MAX_HISTORY,
  decodeNamePointer,
  decodeOldNamePointer,
  encodeNamePointer,
} from '../../src/format/name-pointer.ts';
import { sealJson } from '../../src/format/stored-value.ts';
import { storageError } from './storage-error.ts';

const ID = 'ab'.repeat(32);
const PUBLISHED = { id: ID, publishedAt: '2026-11-24T03:00:00.000Z' };

describe('keys', () => {
  it('are those of docs/kv-layout.md', () => {
    expect(recordKey(ID)).toBe(`selection:v1:record:${ID}`);
    expect(nameKey('mi-50')).toBe('selection:v2:name:mi-50');
    expect(nameKey('acme/mi-50')).toBe('selection:v2:owned:acme/mi-50');
    expect(corpusKey('acme/shop')).toBe('corpus:v2:owned:acme/shop');
  });

  it('fit into the key limit at the longest', () => {
    expect(
      new TextEncoder().encode(nameKey(`${'o'.repeat(32)}/${'n'.repeat(64)}`)).length,
    ).toBeLessThanOrEqual(MAX_KEY_BYTES);
  });

  it.each(['default', 'mi-50', '0', 'a.b_c-d', 'n'.repeat(64), 'a/b', `${'o'.repeat(32)}/${'n'.repeat(64)}`])(
    'take %s as a name and find it again',
    (name) => {
      expect(isSelectionName(name)).toBe(true);
      expect(nameOfKey(nameKey(name))).toBe(name);
      expect(corpusNameOfKey(corpusKey(name))).toBe(name);
      expect(ownerOf(name)).toBe(name.includes('/') ? name.split('/')[0] : null);
    },
  );

  it.each([
    '',
    'n'.repeat(65),
    '-a',
    '.a',
    'A',
    'a b',
    '/b',
    'a/',
    'a//b',
    'a/b/c',
    '../b',
    'a/..',
    'A/b',
    'a/B',
    `${'o'.repeat(33)}/n`,
    'a:b',
    'é',
    'a\n',
    '../x',
  ])('refuse the name %j', (name) => {
    expect(isSelectionName(name)).toBe(false);
    expect(() => nameKey(name)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }) as Error);
  });

  it.each(['', ID.toUpperCase(), ID.slice(1), `${ID}0`, `${ID}\n`])('refuse the id %j', (id) => {
    expect(() => recordKey(id)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }) as Error);
  });

  it.each([
    recordKey(ID),
    'selection:v2:name:',
    'selection:v1:name:a',
    'other',
    'selection:v2:name:a/b',
    'selection:v2:owned:b',
  ])('give no name for %s', (key) => {
    expect(nameOfKey(key)).toBeNull();
  });
});

describe('the value of a name', () => {
  it('comes back equal', () => {
    const pointer: NamePointer = {
      ...PUBLISHED,
      previous: [{ id: 'cd'.repeat(32), publishedAt: '2026-11-23T00:00:00.000Z' }],
      canary: { ...PUBLISHED, id: 'ef'.repeat(32), share: 12.5 },
      events: [{ action: 'canary', id: 'ef'.repeat(32), at: PUBLISHED.publishedAt, by: 'ann', share: 12.5 }],
    };
    expect(decodeNamePointer(encodeNamePointer(pointer, 'default'), 'default')).toEqual(pointer);
  });

  const whole = { ...PUBLISHED, previous: [], canary: null, events: [] };
  it.each([
    null,
    [],
    {},
    PUBLISHED,
    { ...whole, id: 'short' },
    { ...whole, publishedAt: 'yesterday' },
    { ...whole, previous: [{}] },
    { ...whole, previous: Array(MAX_HISTORY + 1).fill(PUBLISHED) },
    { ...whole, canary: { ...PUBLISHED, share: 101 } },
    { ...whole, events: [{ action: 'guess', id: PUBLISHED.id, at: PUBLISHED.publishedAt, by: '' }] },
    { ...whole, more: 1 },
  ])('is refused as corrupt: %j', (value) => {
    const bytes = sealJson(nameKey('default'), value);
    expect(() => decodeNamePointer(bytes, 'default')).toThrow(
      storageError(/^Corrupt selection name "default": /),
    );
  });

  it('of an earlier version is only read by what takes it over', () => {
    const old = JSON.stringify({ ...PUBLISHED, previous: [] });
    expect(() => decodeNamePointer(new TextEncoder().encode(old), 'default')).toThrow(
      storageError(/it does not begin as stored values do/),
    );
    expect(decodeOldNamePointer(old, 'default')).toEqual({
      ...whole,
      events: [{ action: 'publish', id: PUBLISHED.id, at: PUBLISHED.publishedAt, by: '' }],
    });
    expect(() => decodeOldNamePointer('x', 'default')).toThrow(storageError(/expected JSON/));
  });
});
