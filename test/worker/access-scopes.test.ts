import {
  type GraphQLInputType,
  buildClientSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import introspection from '../../src/graphql/generated/introspection.txt';
import { ENCODED, operationScopes } from '../../src/graphql/operation-scopes.ts';
import { isolateWith, putKey, query } from './access-setup.ts';
import { embedding } from './setup.ts';

const schema = buildClientSchema(JSON.parse(introspection));
const text = { text: 'a fox' };
const image = { base64: 'AAAA' };
const vector = embedding([1, 0, 0, 0]);
const ALIGN =
  'query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text) { __typename } }';

function scopes(document: string, variables: object = {}): string[] {
  const parsed = parse(document);
  const [operation] = parsed.definitions;
  if (operation.kind !== 'OperationDefinition') throw new Error('expected the operation first');
  return [...operationScopes(schema, parsed, operation, variables as Record<string, unknown>)].sort();
}

describe('the scopes that an operation needs', () => {
  it.each([
    ['{ __typename limits { texts } __schema { types { name } } }', {}, []],
    ['{ encoder { id } }', {}, ['read']],
    ['{ selections { id } corpora { name } }', {}, ['read']],
    [ALIGN, { image: vector, text: vector }, ['read']],
    [ALIGN, { image, text: vector }, ['encode', 'read']],
    [ALIGN, { image: vector, text }, ['encode', 'read']],
    [ALIGN, { image: { url: 'https://a.example/b.png' }, text: vector }, ['encode', 'read']],
    [ALIGN, { image: { upload: new Blob() }, text: vector }, ['encode', 'read']],
    [ALIGN, { image: { base64: null, embedding: {} }, text: vector }, ['read']],
    [
      'query ($t: [TextInput!]!, $i: ImageInput!) { rankTexts(image: $i, texts: $t) { __typename } }',
      { i: vector, t: [vector, text] },
      ['encode', 'read'],
    ],
    [
      'query ($t: [TextInput!]!, $i: ImageInput!) { rankTexts(image: $i, texts: $t) { __typename } }',
      { i: vector, t: [vector] },
      ['read'],
    ],
    [
      'query ($t: [TextInput!]!, $i: ImageInput!) { rankTexts(image: $i, texts: $t) { __typename } }',
      { i: vector, t: text },
      ['encode', 'read'],
    ],
    [
      'query ($v: String!) { search(corpus: "c", text: { text: $v }) { scanned } }',
      { v: 'a fox' },
      ['encode', 'read'],
    ],
    ['{ search(corpus: "c", text: { text: "a fox" }) { scanned } }', {}, ['encode', 'read']],
    [
      'query ($v: TextInput = { text: "a fox" }) { search(corpus: "c", text: $v) { scanned } }',
      {},
      ['encode', 'read'],
    ],
    [
      'query ($v: TextInput = { text: "a fox" }) { search(corpus: "c", text: $v) { scanned } }',
      { v: vector },
      ['read'],
    ],
    ['{ embedTexts(texts: ["a fox"]) { __typename } }', {}, ['encode']],
    ['query ($v: [String!]!) { embedTexts(texts: $v) { __typename } }', { v: 'a fox' }, ['encode']],
    ['query ($v: [String!]! = ["a fox"]) { embedTexts(texts: $v) { __typename } }', {}, ['encode']],
    ['{ embedTexts(texts: []) { __typename } }', {}, ['read']],
    ['query ($v: [ImageInput!]!) { embedImages(images: $v) { __typename } }', { v: [vector] }, ['read']],
    ['query ($v: [ImageInput!]!) { embedImages(images: $v) { __typename } }', { v: [image] }, ['encode']],
    [
      'query ($v: ImageInput!, $l: [String!]!) { classify(image: $v, labels: $l) { __typename } }',
      { v: vector, l: ['fox'] },
      ['encode', 'read'],
    ],
    [
      'query ($v: String!) { ...F } fragment F on Query { search(corpus: "c", text: { text: $v }) { scanned } }',
      { v: 'a' },
      ['encode', 'read'],
    ],
    [
      '{ ... on Query { embedTexts(texts: ["a fox"]) { __typename } encoder { id } } }',
      {},
      ['encode', 'read'],
    ],
  ] as const)('%s %j', (document, variables, expected) => {
    expect(scopes(document, variables)).toEqual(expected);
  });

  it('are decided for every place where text, a URL or a file can be given', () => {
    // Names, cursors, filters and ids: nothing of them is encoded.
    const notEncoded = new Set([
      'selection.name',
      'selectionPage.after',
      'selectionPage.prefix',
      'corpusPage.after',
      'corpusPage.prefix',
      'EmbeddingInput.vector',
      'EmbeddingInput.encoder',
      'search.corpus',
      'search.after',
      'CorpusFilter.field',
      'CorpusFilter.eq',
      'CorpusFilter.in',
    ]);
    const places = new Set<string>();
    const seen = new Set<string>();
    const note = (place: string, type: GraphQLInputType): void => {
      const named = getNamedType(type);
      // One of a few words of ours.
      if (isEnumType(named)) return;
      if (!isInputObjectType(named)) {
        if (!['Int', 'Float', 'Boolean'].includes(named.name) && !place.endsWith('.selection'))
          places.add(place);
      } else if (!seen.has(named.name)) {
        seen.add(named.name);
        for (const field of Object.values(named.getFields())) note(`${named.name}.${field.name}`, field.type);
      }
    };
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
      for (const argument of field.args) note(`${field.name}.${argument.name}`, argument.type);
    }
    expect([...places].sort()).toEqual([...ENCODED, ...notEncoded].sort());
  });
});

describe('a key without a scope', () => {
  it.each([
    ['read', ALIGN, { image: vector, text }, 'encode'],
    ['encode', ALIGN, { image: vector, text: vector }, 'read'],
    ['admin', '{ encoder { id } }', {}, 'read'],
    ['read', '{ embedTexts(texts: ["a"]) { __typename } }', {}, 'encode'],
  ] as const)('%s: %s is 403 and nothing runs', async (scope, document, variables, missing) => {
    let calls = 0;
    const count = (): never => {
      calls++;
      throw new Error('nothing may run');
    };
    const { text: key } = await putKey({ scopes: [scope] });
    const { SELECTIONS } = (await import('cloudflare:workers')).env;
    const ask = isolateWith({
      AUTH: 'keys',
      AI: { run: count },
      CORPORA: { get: count, list: count },
      SELECTIONS: {
        get: (name: string, options: object) =>
          name.startsWith('access:') ? SELECTIONS.get(name, options) : count(),
        getWithMetadata: count,
        list: count,
      },
    });
    const response = await ask('/graphql', query(document, `Bearer ${key}`, variables));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    const { errors, data } = await response.json<{
      data?: unknown;
      errors: { message: string; extensions: object }[];
    }>();
    expect(data ?? null).toBeNull();
    expect(errors[0].extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect(errors[0].message).toContain(`scope ${missing};`);
    expect(calls).toBe(0);
  });

  it('answers what needs none, and what it has', async () => {
    const ask = isolateWith({ AUTH: 'keys' });
    const { text: key } = await putKey({ scopes: ['read'] });
    for (const document of ['{ __typename }', '{ limits { texts } }', '{ encoder { id } }']) {
      expect((await ask('/graphql', query(document, `Bearer ${key}`))).status).toBe(200);
    }
  });
});
