import { describe, expect, it } from 'vitest';
import { windowParts } from '../../src/pipeline/corpus-windows.ts';
import { KeySet } from '../../src/pipeline/key-set.ts';

describe('windowParts', () => {
  const counts = [3, 0, 5, 2];

  it.each([
    [0, 3, [{ shard: 0, from: 0, to: 3 }]],
    [
      2,
      4,
      [
        { shard: 0, from: 2, to: 3 },
        { shard: 2, from: 0, to: 1 },
      ],
    ],
    [4, 7, [{ shard: 2, from: 1, to: 4 }]],
    [8, 12, [{ shard: 3, from: 0, to: 2 }]],
    [10, 12, []],
  ])('finds pictures from %i to before %i', (start, end, parts) => {
    expect(windowParts(counts, start, end)).toEqual(parts);
  });

  it.each([1, 2, 3, 4, 7, 10])('gives every picture to one window of %i', (size) => {
    const seen: string[] = [];
    for (let start = 0; start < 10; start += size) {
      for (const { shard, from, to } of windowParts(counts, start, start + size))
        for (let i = from; i < to; i++) seen.push(`${shard}.${i}`);
    }
    expect(seen).toEqual(
      counts.flatMap((count, shard) => Array.from({ length: count }, (_, i) => `${shard}.${i}`)),
    );
  });
});

it('a KeySet knows what a Set knows, full to what it was made for, and keys that share a slot', () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? i * 2 ** 40 : i % 500));
  const [set, known] = [new KeySet(1_000), new Set<number>()];
  for (const key of keys) {
    expect(set.add(key)).toBe(!known.has(key));
    known.add(key);
  }
});
