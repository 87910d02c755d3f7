import { describe, expect, it } from 'vitest';
import { MOST_WORDS, leaveWordsOut } from '../../src/use-cases/text-words.ts';

const words = (text: string): string[] => leaveWordsOut(text).map((word) => word.text);

describe('leaveWordsOut', () => {
  it('gives each word once, and the text without it', () => {
    expect(leaveWordsOut('A red  car, parked.')).toEqual([
      { text: 'A', without: 'red car, parked.' },
      { text: 'red', without: 'A car, parked.' },
      { text: 'car', without: 'A red , parked.' },
      { text: 'parked', without: 'A red car, .' },
    ]);
  });

  it.each([
    ["a well-known T-shirt, don't", ['a', 'well-known', 'T-shirt', "don't"]],
    ['AT&T at 3.5 km', ['AT&T', 'at', '3.5', 'km']],
    ['tree - river', ['tree', 'river']],
    ['一只黑色的猫', ['一只', '黑色', '的', '猫']],
    ['ein größeres Haus', ['ein', 'größeres', 'Haus']],
    ['a dog 🐕 and 👩‍🚀', ['a', 'dog', '🐕', 'and', '👩‍🚀']],
    ['a flag 🇩🇪', ['a', 'flag', '🇩🇪']],
    ['!!!', ['!!!']],
    ['cafe\u0301 bar', ['cafe\u0301', 'bar']],
  ])('finds the words of %j', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('puts no space where the script has none', () => {
    expect(leaveWordsOut('一只猫 a cat在草地')).toEqual([
      { text: '一只', without: '猫 a cat在草地' },
      { text: '猫', without: '一只 a cat在草地' },
      { text: 'a', without: '一只猫 cat在草地' },
      { text: 'cat', without: '一只猫 a 在草地' },
      { text: '在', without: '一只猫 a cat 草地' },
      { text: '草地', without: '一只猫 a cat在' },
    ]);
    expect(leaveWordsOut('黑色的猫')[1]).toEqual({ text: '的', without: '黑色猫' });
  });

  it('leaves nothing of a single word', () => {
    expect(leaveWordsOut(' dog! ')).toEqual([{ text: 'dog', without: null }]);
  });

  it('takes neighbours together where there are many, and loses none', () => {
    for (const count of [MOST_WORDS, MOST_WORDS + 1, 100]) {
      const text = Array.from({ length: count }, (_, i) => `w${i}`).join(' ');
      const runs = words(text);
      expect(runs.length).toBeLessThanOrEqual(MOST_WORDS);
      expect(runs.join(' ')).toBe(text);
    }
  });
});
