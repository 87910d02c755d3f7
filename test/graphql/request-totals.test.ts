import { expect, it } from 'vitest';
import { RequestTotals } from '../../src/graphql/cost/request-totals.ts';
import { textPasses } from '../../src/use-cases/text-passes.ts';

const PROMPT = 'A photo depicts '.length;
const image = { embedding: { vector: 'AAAA', encoder: 'e' } };
const text = { text: 'a' };
const references = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ text: `r${i}` }));

function totals(fields: readonly [string, Readonly<Record<string, unknown>>][]): RequestTotals {
  const counted = new RequestTotals();
  fields.forEach(([name, args], i) => counted.count(name, `f${i}`, args));
  return counted;
}

it('counts a caption and its references as they are encoded: each once, behind the prompt', () => {
  const one = textPasses(PROMPT + 1);
  const args = { image, text, references: [text, { text: 'bb' }, { text: ' ' }, image] };
  expect(totals([['refClipScore', args]]).textPasses).toBe(one + textPasses(PROMPT + 2));
  // Without the prompt it is another text.
  expect(
    totals([
      ['clipScore', { image, text }],
      ['align', { image, text }],
    ]).textPasses,
  ).toBe(one + textPasses(1));
});

it('holds references against the texts that a request may encode', () => {
  expect(totals([['refClipScore', { image, text, references: references(255) }]]).excess).toBeNull();
  expect(totals([['refClipScore', { image, text, references: references(256) }]]).excess).toEqual({
    what: 'encodedTexts',
    asked: 257,
    key: 'f0',
  });
  // Too long a list fails by itself.
  expect(totals([['refClipScore', { image, text, references: references(513) }]]).excess).toBeNull();
});

it('counts the pairs of explanations and CLIPScores', () => {
  const cells: [string, Readonly<Record<string, unknown>>] = [
    'alignMatrix',
    { images: Array(128).fill(image), texts: Array(128).fill(image) },
  ];
  expect(totals([cells]).excess).toBeNull();
  const of = { image, text: image };
  for (const field of ['explain', 'clipScore']) {
    expect(totals([cells, [field, of]]).excess).toMatchObject({ what: 'pairs', asked: 16_385 });
  }
  expect(totals([cells, ['refClipScore', { ...of, references: [image, image] }]]).excess).toMatchObject({
    what: 'pairs',
    asked: 16_387,
  });
});
