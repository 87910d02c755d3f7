import { describe, expect, it } from 'vitest';
import { NETWORK_PASSES } from '../../src/clip/images/pixel-passes.ts';
import { RequestTotals } from '../../src/graphql/cost/request-totals.ts';
import { textPasses } from '../../src/use-cases/text-passes.ts';

const PROMPT = 'A photo depicts '.length;
const image = { embedding: { vector: 'AAAA', encoder: 'e' } };
const text = { text: 'a' };
const references = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ text: `r${i}` }));

function totals(
  fields: readonly [string, Readonly<Record<string, unknown>>][],
  asked: readonly string[] = [],
): RequestTotals {
  const counted = new RequestTotals();
  fields.forEach(([name, args], i) => counted.count(name, `f${i}`, args, () => new Set(asked)));
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

describe('heat maps of `explain`', () => {
  const url = 'https://pictures.example.com/a.png';
  const heats = (args: object, ...asked: string[]) =>
    totals([['explain', { image: { url }, text, ...args }]], asked).heats;

  it('count the picture again, and as many pictures as the method takes of the network', () => {
    expect(heats({ method: 'OCCLUSION' }, 'heat')).toEqual([
      { image: url, networkPasses: 50 * NETWORK_PASSES },
    ]);
    // The encoder tells which it is, and that of the Worker covers.
    expect(heats({ method: 'AUTO' }, 'overlay')).toEqual(heats({ method: 'OCCLUSION' }, 'rows'));
    expect(heats({ method: 'SHARES' }, 'seen')).toEqual([{ image: url, networkPasses: 2 * NETWORK_PASSES }]);
  });

  it('count once a field of the answer, however often it is written', () => {
    const counted = new RequestTotals();
    const args = { image: { url }, text, method: 'AUTO' };
    for (const key of ['a', 'a', 'b']) counted.count('explain', key, args, () => new Set(['heat']));
    expect(counted.heats).toHaveLength(2);
  });

  it('are none where no field needs one, by NONE, of an embedding and of other fields', () => {
    expect(heats({ method: 'AUTO' }, 'score', 'tokens')).toEqual([]);
    expect(heats({ method: 'NONE' }, 'heat')).toEqual([]);
    expect(heats({ method: 'AUTO', image }, 'heat')).toEqual([]);
    expect(totals([['align', { image: { url }, text }]], ['heat']).heats).toEqual([]);
  });
});

describe('the words of an explanation', () => {
  const of = (words: string): Readonly<Record<string, unknown>> => ({ image, text: { text: words } });

  it('are counted as the texts without each, where they are asked for', () => {
    const plain = textPasses('a red fox'.length);
    expect(totals([['explain', of('a red fox')]], ['score']).textPasses).toBe(plain);
    const without = textPasses('red fox'.length) + textPasses('a fox'.length) + textPasses('a red'.length);
    expect(totals([['explain', of('a red fox')]], ['tokens', 'text']).textPasses).toBe(plain + without);
    // An only word leaves nothing to encode, and only `explain` leaves words out.
    expect(totals([['explain', of('fox')]], ['tokens']).textPasses).toBe(textPasses(3));
    expect(totals([['align', of('a red fox')]], ['tokens']).textPasses).toBe(plain);
  });

  it('are held against the texts that a request may encode', () => {
    // A text of 24 words is 25 texts, all different from those of the others.
    const explains = (count: number): [string, Readonly<Record<string, unknown>>][] =>
      Array.from({ length: count }, (_, i) => [
        'explain',
        of(Array.from({ length: 24 }, (_, word) => `w${i}n${word}`).join(' ')),
      ]);
    expect(totals(explains(10), ['tokens']).excess).toBeNull();
    expect(totals(explains(11), ['tokens']).excess).toEqual({
      what: 'encodedTexts',
      asked: 275,
      key: 'f10',
    });
    expect(totals(explains(11)).excess).toBeNull();
  });

  it('are none of an embedding, a blank text or one that is too long', () => {
    for (const given of [image, { text: ' ' }, { text: 'a b '.repeat(1_025) }]) {
      expect(totals([['explain', { image, text: given }]], ['tokens']).textPasses).toBe(0);
    }
  });
});

it('counts a prompt of `classify` with its label as often as the template has it', () => {
  const labels = ['fox', 'badger'];
  const passes = (templates?: readonly string[]) =>
    totals([['classify', { image, labels, templates }]]).textPasses;
  expect(passes(['{} {} {}'])).toBe(
    textPasses('fox fox fox'.length) + textPasses('badger badger badger'.length),
  );
  expect(passes()).toBe(passes(['a photo of a {}']));
});
