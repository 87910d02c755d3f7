import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINT, ask } from './setup.ts';

const DOCUMENT = `
query Named($name: String!) { selection(name: $name) { name } }
query Texts($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }
query Schema { __schema { queryType { name } } }`;

/** Another document to every cache, which says the same at the same places. */
let times = 0;
const anew = (): string => `${DOCUMENT} # ${++times}`;

interface Params {
  readonly operationName?: string;
  readonly variables?: object;
}

async function answerOf(query: string, params: Params): Promise<unknown> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    // It stands in errors.
    'x-request-id': 'the-same',
  };
  const body = JSON.stringify({ query, ...params });
  const response = await exports.default.fetch(new Request(ENDPOINT, { method: 'POST', headers, body }));
  return { status: response.status, headers: [...response.headers], body: await response.json() };
}

describe('a document that has run before', () => {
  beforeAll(async () => {
    // Whichever operation of it has run.
    const { status } = (await answerOf(DOCUMENT, { operationName: 'Schema' })) as { readonly status: number };
    expect(status).toBe(200);
  });

  it.each<[string, number, Params]>([
    ['an answer', 200, { operationName: 'Named', variables: { name: 'nothing' } }],
    ['a variable that is not given', 400, { operationName: 'Named' }],
    ['a variable of another type', 400, { operationName: 'Named', variables: { name: 7 } }],
    ['a list', 200, { operationName: 'Texts', variables: { texts: [''] } }],
    ['too many texts', 400, { operationName: 'Texts', variables: { texts: manyTexts(300) } }],
    ['too dear', 400, { operationName: 'Texts', variables: { texts: manyTexts(5_000) } }],
    ['no name of an operation', 400, {}],
    ['another name of an operation', 400, { operationName: 'Other' }],
    ['a parameter that there is not', 400, { operationName: 'Schema', other: 1 } as Params],
  ])('is answered as a new one is: %s', async (_, status, params) => {
    const answer = await answerOf(DOCUMENT, params);
    expect(answer).toMatchObject({ status });
    expect(answer).toEqual(await answerOf(anew(), params));
  });

  it('is no short way for a mutation', async () => {
    const mutation = 'mutation { a }';
    const { status, errors } = await ask(mutation);
    expect(status).toBe(400);
    expect((await ask(mutation)).errors?.map(({ message }) => message)).toEqual(
      errors?.map(({ message }) => message),
    );
  });
});

function manyTexts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `text ${i}`);
}
