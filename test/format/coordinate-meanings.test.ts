import { describe, expect, it } from 'vitest';
import {
  type CoordinateMeanings,
  assertMeaningsOf,
  decodeMeanings,
  encodeMeanings,
} from '../../src/format/coordinate-meanings.ts';
import { meaningsKey } from '../../src/format/kv-keys.ts';
import { sealJson } from '../../src/format/stored-value.ts';

const ID = 'a'.repeat(64);
const MEANINGS: CoordinateMeanings = {
  coordinates: [
    {
      high: { words: ['größer', 'dog'], examples: [{ caption: 'a dog', picture: 'a-dog.webp' }] },
      low: { words: [], examples: [{ caption: '猫', picture: null }] },
    },
  ],
};

describe('coordinate meanings', () => {
  it('are the same after they were stored', () => {
    expect(decodeMeanings(encodeMeanings(ID, MEANINGS), ID)).toEqual(MEANINGS);
  });

  it('are refused under the id of another record, and with any byte changed', () => {
    const bytes = encodeMeanings(ID, MEANINGS);
    expect(() => decodeMeanings(bytes, 'b'.repeat(64))).toThrow(
      'Corrupt stored value selection:v1:meanings:bbb',
    );
    expect(() => decodeMeanings(bytes.with(bytes.length - 3, 0), ID)).toThrow('checksum');
    expect(() => assertMeaningsOf(MEANINGS, 2)).toThrow(
      'The record keeps 2 coordinates, its meanings are of 1',
    );
  });

  it.each([
    [{}, 'no list of coordinates'],
    [{ coordinates: [{ high: { words: [], examples: [] } }] }, 'without its end low'],
    [{ coordinates: [{ high: { words: [1], examples: [] } }] }, 'without its end high'],
    [{ coordinates: [{ high: { words: [], examples: [{}] } }] }, 'without caption and picture'],
  ])('are refused where they are something else: %j', (value, message) => {
    expect(() => decodeMeanings(sealJson(meaningsKey(ID), value), ID)).toThrow(message);
  });
});
