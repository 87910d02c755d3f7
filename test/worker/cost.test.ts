import { describe, expect, it } from 'vitest';
import { ask, askWith, fakeAi, openIsolate } from './setup.ts';

interface Cost {
  readonly asked: number;
  readonly allowed: number;
}

async function costOf(query: string, variables: object = {}): Promise<number> {
  return ((await ask(query, variables)) as unknown as { extensions: { cost: Cost } }).extensions.cost.asked;
}

const EMBED = '{ ... on Embedding { dim } ... on ItemError { code } }';
/** Nothing of it is encoded: blank texts fail one by one. */
const blanks = (count: number): string[] => Array<string>(count).fill(' ');

describe('extensions.cost', () => {
  it('tells what was asked and what is allowed, as Query.limits does', async () => {
    const answer = await ask('{ limits { cost } }');
    const { cost } = (answer as unknown as { extensions: { cost: Cost } }).extensions;
    expect(cost.allowed).toBe(answer.data.limits.cost);
    expect(cost.asked).toBeGreaterThan(0);
    expect(cost.asked).toBeLessThan(1);
  });

  it('stands in answers to what is not executed at all', async () => {
    expect(await costOf('{ encoders { id } }')).toBe(0);
    expect(await costOf('{ encoder { id }')).toBe(0);
  });

  it('counts lists of variables, literals and defaults alike', async () => {
    const VARIABLE = `query ($texts: [String!]!) { embedTexts(texts: $texts) ${EMBED} }`;
    const [none, one, ten] = await Promise.all(
      [0, 1, 10].map((count) => costOf(VARIABLE, { texts: blanks(count) })),
    );
    expect(ten - none).toBeCloseTo(10 * (one - none), 0);
    const literal = JSON.stringify(blanks(10));
    expect(await costOf(`{ embedTexts(texts: ${literal}) ${EMBED} }`)).toBe(ten);
    expect(
      await costOf(`query ($texts: [String!]! = ${literal}) { embedTexts(texts: $texts) ${EMBED} }`),
    ).toBe(ten);
  });

  it('counts aliases and fragments as often as they occur, and nothing that is left out', async () => {
    const field = `embedTexts(texts: [" ", " "]) ${EMBED}`;
    const fragment = `fragment F on Query { f: ${field} }`;
    const nothing = await costOf('{ __typename }');
    const once = (await costOf(`{ ${field} }`)) - nothing;
    expect((await costOf(`{ a: ${field} b: ${field} c: ${field} }`)) - nothing).toBeCloseTo(3 * once, 1);
    expect((await costOf(`{ ...F ... on Query { g: ${field} } } ${fragment}`)) - nothing).toBeCloseTo(
      2 * once,
      1,
    );
    const leftOut = `... @skip(if: true) { a: ${field} } ... on Query @include(if: $no) { b: ${field} }`;
    expect(await costOf(`query ($no: Boolean!) { __typename ${leftOut} }`, { no: false })).toBe(nothing);
  });

  it('is summed anew for other variables of the same document, below fields and in fragments too', async () => {
    const QUERY = `query ($all: Boolean!) { selections { ...F } encoder { id dim @include(if: $all) } }
      fragment F on Selection { id ... @skip(if: $all) { name strategy k } }`;
    const [all, some] = [await costOf(QUERY, { all: true }), await costOf(QUERY, { all: false })];
    expect(all).not.toBe(some);
    expect(await costOf(QUERY, { all: true })).toBe(all);
    expect(await costOf(QUERY, { all: false })).toBe(some);
  });

  it('grows with the length of a text and of a picture', async () => {
    const QUERY = `query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on ItemError { code } } }`;
    const ofBytes = (count: number): Promise<number> =>
      costOf(QUERY, { images: [{ base64: btoa('no picture'.repeat(count / 10)) }] });
    expect(await ofBytes(1_000_000)).toBeGreaterThan((await ofBytes(1_000)) + 10);
  });
});

describe('an operation that costs more than is allowed', () => {
  it('is refused with both numbers before anything is read, decoded or encoded', async () => {
    const reads: string[] = [];
    const kv = (name: string): object =>
      new Proxy({}, { get: (_, method) => () => reads.push(`${name}.${String(method)}`) });
    const ai = fakeAi(() => null);
    const query = `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
      alignMatrix(images: $images, texts: $texts) { cosines }
      selections { id }
      corpora { name }
    }`;
    const variables = { images: [{ base64: 'AAAA' }], texts: [{ text: 'a fox' }] };
    const overrides = { AI: ai, SELECTIONS: kv('SELECTIONS'), CORPORA: kv('CORPORA'), MAX_COST: '2.5' };
    const { status, data, errors } = await askWith(overrides, query, variables);
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', allowed: 2.5, retryable: false } },
    ]);
    expect(errors?.[0].message).toMatch(
      /^Expected an operation of at most 2\.5 units of cost, got one of \d+(\.\d+)?\.$/,
    );
    expect(reads).toEqual([]);
    expect(ai.calls).toEqual([]);
  });

  it('is one that classify makes by labels times templates', async () => {
    const query = `query ($labels: [String!]!, $templates: [String!]) {
      classify(image: { base64: "" }, labels: $labels, templates: $templates) { __typename }
    }`;
    const labels = Array.from({ length: 256 }, (_, i) => `label ${i}`);
    const one = await costOf(query, { labels: labels.slice(0, 16), templates: ['{}'] });
    const two = await costOf(query, { labels: labels.slice(0, 16), templates: ['{}', 'a {}'] });
    expect(two / one).toBeGreaterThan(1.4);
    const { status, errors } = await ask(query, { labels, templates: Array(16).fill('a {}') });
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  it('of a search counts the candidates that it re-ranks, where it says how many', async () => {
    const search = (rerank: string): Promise<number> =>
      costOf(`{ search(corpus: "none", text: { text: " " }, ${rerank}) { complete } }`);
    const byItself = await search('rerank: null');
    expect((await search('rerank: 500')) - byItself).toBeCloseTo(2.5, 5);
    expect((await search('rerank: 1000')) - byItself).toBeCloseTo(5, 5);
    expect((await search('rerank: 0')) - byItself).toBe(0);
    expect((await search('rerank: -1000000')) - byItself).toBe(0);
  });

  it('is none of introspection', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect(await costOf(getIntrospectionQuery())).toBeLessThan(100);
  });

  it('is a deployment of a wrong MAX_COST an error of its own', async () => {
    const response = await openIsolate({ MAX_COST: 'much' })('{ encoder { id } }');
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] });
  });
});
