import { expect, it } from 'vitest';
import { plainTexts } from '../../../src/core/outliers/plain-texts.ts';

it('makes plain texts of the words and the beginnings of captions, in any order of these the same', () => {
  const captions = ['A dog runs', 'un été bleu', '犬が 走る', '  ', 'a dog'];
  const texts = plainTexts(captions, 5);
  expect(plainTexts(captions.toReversed(), 5)).toEqual(texts);
  const words = ['dog', 'runs', 'été', 'bleu'].flatMap((word) => [word, `a ${word}`, `${word}s`]);
  const beginnings = ['A dog', 'un été', '犬が 走る', 'a dog'];
  expect(texts.filter((text) => !words.includes(text))).toEqual(
    expect.arrayContaining(beginnings.filter((text) => !words.includes(text))),
  );
  for (const text of texts) expect([...words, ...beginnings]).toContain(text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(plainTexts([], 5)).toEqual([]);
});

it('makes 1,024 at most', () => {
  const name = (n: number): string =>
    n
      .toString(26)
      .padStart(4, '0')
      .replaceAll(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]);
  const captions = Array.from({ length: 2000 }, (_, i) => `${name(2 * i)} ${name(2 * i + 1)}`);
  expect(plainTexts(captions, 1)).toHaveLength(1024);
  expect(plainTexts(captions, 2)).not.toEqual(plainTexts(captions, 1));
});
