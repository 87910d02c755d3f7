import { beforeAll, describe, expect, it } from 'vitest';
import { writeCorpus } from './corpora.ts';
import { ask, embedding, fullModel, publish, recordOf } from './setup.ts';

const BLANK = [
  { what: 'nothing', text: '' },
  { what: 'a space', text: ' ' },
  { what: 'tabs and line breaks', text: '\t\r\n\v\f' },
  { what: 'no-break and ideographic spaces', text: '\u00a0\u2007\u202f\u3000\u1680' },
  { what: 'line and paragraph separators', text: '\u2028\u2029\u0085' },
  { what: 'zero-width characters', text: '\u200b\u200c\u200d\u2060\ufeff' },
  { what: 'soft hyphens and fillers', text: '\u00ad\u3164\u115f\u180e' },
  { what: 'marks of direction', text: '\u200e\u200f\u202a\u202e\u2066\u2069' },
  { what: 'variation selectors', text: '\ufe0f\u{e0100}' },
  { what: 'controls', text: '\u0000\u0007\u001b\u007f' },
];
const WRITTEN = ['.', '0', '犬', '🦤', '\u200bdodo', ' a ', '👩‍🚒'];

const FIELDS = `query ($image: ImageInput!, $good: TextInput!, $text: String!) {
  embedTexts(texts: ["a dodo", $text]) { ... on ItemError { code message } }
  align(image: $image, text: { text: $text }, selection: "blank") { ... on ItemError { code message } }
  alignMatrix(images: [$image], texts: [$good, { text: $text }], selection: "blank") {
    scores
    textErrors { index error { code message } }
  }
  alignCaptions(image: $image, captions: [$good, { text: $text }], selection: "blank") {
    ... on ItemError { code message }
  }
  rankTexts(image: $image, texts: [{ text: $text }, $good], selection: "blank") {
    ... on Ranking { items { index score error { code message } } }
  }
  rankImages(text: { text: $text }, images: [$image], selection: "blank") { ... on ItemError { code message } }
  classify(image: $image, labels: ["dodo", $text], selection: "blank") { ... on ItemError { code message } }
  plain: classify(image: $image, labels: [$text], templates: ["{}"], selection: "blank") {
    ... on ItemError { code message }
  }
}`;
const SEARCH = `query ($text: String!) { search(corpus: "blank", text: { text: $text }) { edges { id } } }`;

const image = embedding([1, 0, 0, 0]);
const good = embedding([1, 1, 0, 0]);
const refused = { code: 'BAD_INPUT', message: expect.stringContaining('something to read') };
const refusedLabel = (index: number) => ({
  code: 'BAD_INPUT',
  message: expect.stringContaining(`label ${index} `),
});

beforeAll(async () => {
  const id = await publish('blank', recordOf(fullModel));
  await writeCorpus('blank', id, [{ id: 'east', vector: [127, 0, 0, 0] }]);
});

describe('a blank text', () => {
  it.each(BLANK)('is BAD_INPUT of its own in every field that takes texts: $what', async ({ text }) => {
    const { status, data, errors } = await ask(FIELDS, { image, good, text });
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      embedTexts: [{}, refused],
      align: refused,
      alignMatrix: {
        scores: [[expect.closeTo(Math.SQRT1_2, 6), null]],
        textErrors: [{ index: 1, error: refused }],
      },
      alignCaptions: { code: 'BAD_INPUT', message: expect.stringContaining('Caption 1: ') },
      rankTexts: {
        items: [
          { index: 1, score: expect.closeTo(Math.SQRT1_2, 6), error: null },
          { index: 0, score: null, error: refused },
        ],
      },
      rankImages: refused,
      classify: refusedLabel(1),
      plain: refusedLabel(0),
    });
  });

  it.each(BLANK)('is BAD_INPUT in a search: $what', async ({ text }) => {
    const { status, errors } = await ask(SEARCH, { text });
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      { message: refused.message, extensions: { code: 'BAD_INPUT', retryable: false } },
    ]);
  });

  it('is not one with a sign in it, however short', async () => {
    const { data } = await ask(`query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }`, {
      texts: WRITTEN,
    });
    expect(data.embedTexts).toEqual(WRITTEN.map(() => ({ __typename: 'Embedding' })));
  });
});
