import { type Random, createRandom, shuffle } from '../random.ts';

/** Of one text each: many words tell more than many forms of few. */
const MAX_WORDS = 768;
const MAX_BEGINNINGS = 256;
const LEAST_LETTERS = 3;
const FORMS: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => `a ${word}`,
  (word) => `${word}s`,
];

/**
 * What people ask for before they write captions: words of the captions, alone, after an article or with the plural's s, and how captions
 * begin. No caption may be as short, but none of these is an outlier.
 * @param captions in any order: it does not matter
 * @returns at most 1,024, each once; equal seeds give equal texts
 */
export function plainTexts(captions: Iterable<string>, seed: number): string[] {
  const random = createRandom(seed);
  const words = new Set<string>();
  const beginnings = new Set<string>();
  for (const caption of captions) {
    for (const [word] of caption.toLowerCase().matchAll(/[\p{L}\p{M}]+/gu)) {
      if (word.length >= LEAST_LETTERS) words.add(word);
    }
    const beginning = caption.trim().split(/\s+/).slice(0, 2).join(' ');
    if (beginning !== '') beginnings.add(beginning);
  }
  const texts = new Set([
    ...drawn(words, MAX_WORDS, random).map((word, i) => FORMS[i % FORMS.length](word)),
    ...drawn(beginnings, MAX_BEGINNINGS, random),
  ]);
  return [...texts];
}

function drawn(items: ReadonlySet<string>, most: number, random: Random): string[] {
  const sorted = [...items].sort();
  const order = Uint32Array.from(sorted.keys());
  shuffle(order, random);
  return Array.from(order.subarray(0, most), (i) => sorted[i]);
}
