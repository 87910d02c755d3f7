import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { askedImages } from '../../src/graphql/asked-images.ts';

const asked = (query: string, variables: object = {}): unknown[] =>
  askedImages(parse(query), variables as Record<string, unknown>);

it.each([
  ['a variable', 'query ($i: ImageInput!) { a }', { i: { base64: 'A' } }],
  ['a list', 'query ($i: [ImageInput!]!) { a }', { i: [{ base64: 'A' }] }],
  ['the document', '{ a(image: { base64: "A" }) }', {}],
  ['the document with a variable inside', 'query ($b: String) { a(image: { base64: $b }) }', { b: 'A' }],
  ['a fragment', 'query { ...F } fragment F on Query { a(images: [{ base64: "A" }]) }', {}],
  ['a default', 'query ($i: ImageInput = { base64: "A" }) { a }', {}],
])('finds an image in %s', (_, query, variables) => {
  expect(asked(query, variables)).toEqual([{ base64: 'A' }]);
});

it('finds an upload', () => {
  const upload = new File(['a'], 'a.png');
  expect(asked('query ($i: ImageInput!) { a }', { i: { upload } })).toEqual([{ upload }]);
});

it('leaves out what brings no file, or is none', () => {
  const query = 'query ($i: [ImageInput], $t: TextInput) { a(image: { url: "https://a.example" }) }';
  const i = [null, 1, 'A', { base64: 1 }, { upload: {} }, { url: 'u' }, { embedding: {} }];
  expect(asked(query, { i, t: { text: 'A' } })).toEqual([]);
});
