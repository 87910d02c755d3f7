import { expect, it } from 'vitest';
import { wordSpans } from '../../../src/core/text/words.ts';

it.each([
  ['a book on C++ and C#, F#.', ['a', 'book', 'on', 'C++', 'and', 'C#', 'F#']],
  ['C++11 and AT&T, and/or a+b', ['C++11', 'and', 'AT&T', 'and/or', 'a+b']],
  ['grade A+, #1 of 3', ['grade', 'A+', '1', 'of', '3']],
  ["a well-known T-shirt, don't", ['a', 'well-known', 'T-shirt', "don't"]],
  ['an e‑mail – one', ['an', 'e‑mail', 'one']],
  ['black-and-white', ['black-and-white']],
  ['- a - b -', ['a', 'b']],
  ['猫と犬', ['猫', 'と', '犬']],
  ['一只黑色的猫在草地上', ['一只', '黑色', '的', '猫', '在', '草地', '上']],
  ['แมวสีดำ', ['แมว', 'สี', 'ดำ']],
  ['고양이와 개', ['고양이와', '개']],
  ['', []],
  ['++ #', []],
])('finds the words of %j', (text, expected) => {
  const spans = wordSpans(text);
  expect(spans.map(({ from, to }) => text.slice(from, to))).toEqual(expected);
});
