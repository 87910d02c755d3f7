import { describe, expect, it } from 'vitest';
import { MAX_KEY_BYTES, isSelectionName, nameKey, nameOfKey, recordKey } from '../../src/format/kv-keys.ts';
import { MAX_HISTORY, decodeNamePointer, encodeNamePointer } from '../../src/format/name-pointer.ts';

const ID = 'ab'.repeat(32);
const PUBLISHED = { id: ID, publishedAt: '2026-11-24T03:00:00.000Z' };

describe('keys', () => {
  it('are those of docs/kv-layout.md', () => {
    expect(recordKey(ID)).toBe(`selection:v1:record:${ID}`);
    expect(nameKey('mi-50')).toBe('selection:v1:name:mi-50');
  });

  it('fit into the key limit at the longest', () => {
    expect(new TextEncoder().encode(nameKey('n'.repeat(64))).length).toBeLessThanOrEqual(MAX_KEY_BYTES);
  });

  it.each(['default', 'mi-50', '0', 'a.b_c-d', 'n'.repeat(64)])(
    'take %s as a name and find it again',
    (name) => {
      expect(isSelectionName(name)).toBe(true);
      expect(nameOfKey(nameKey(name))).toBe(name);
    },
  );

  it.each(['', 'n'.repeat(65), '-a', '.a', 'A', 'a b', 'a/b', 'a:b', 'é', 'a\n', '../x'])(
    'refuse the name %j',
    (name) => {
      expect(isSelectionName(name)).toBe(false);
      expect(() => nameKey(name)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }) as Error);
    },
  );

  it.each(['', ID.toUpperCase(), ID.slice(1), `${ID}0`, `${ID}\n`])('refuse the id %j', (id) => {
    expect(() => recordKey(id)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }) as Error);
  });

  it.each([recordKey(ID), 'selection:v1:name:', 'selection:v2:name:a', 'other'])(
    'give no name for %s',
    (key) => {
      expect(nameOfKey(key)).toBeNull();
    },
  );
});

describe('the value of a name', () => {
  it('comes back equal', () => {
    const pointer = {
      ...PUBLISHED,
      previous: [{ id: 'cd'.repeat(32), publishedAt: '2026-11-23T00:00:00.000Z' }],
    };
    expect(decodeNamePointer(encodeNamePointer(pointer), 'default')).toEqual(pointer);
  });

  it.each([
    'x',
    'null',
    '[]',
    '{}',
    JSON.stringify(PUBLISHED),
    JSON.stringify({ ...PUBLISHED, id: 'short', previous: [] }),
    JSON.stringify({ ...PUBLISHED, publishedAt: 'yesterday', previous: [] }),
    JSON.stringify({ ...PUBLISHED, previous: [{}] }),
    JSON.stringify({ ...PUBLISHED, previous: Array(MAX_HISTORY + 1).fill(PUBLISHED) }),
  ])('is refused as corrupt: %s', (text) => {
    const error = {
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('Corrupt selection name "default"') as string,
    };
    expect(() => decodeNamePointer(text, 'default')).toThrow(expect.objectContaining(error) as Error);
  });
});
