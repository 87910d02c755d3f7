import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../packages/client/src/index.ts';

const EMBEDDING = { vector: [1], encoder: 'e' };
const picture = new Uint8Array([1]);

/** What JavaScript lets through where TypeScript would not. */
const wrong = (value: unknown): never => value as never;

describe('the address of a deployment', () => {
  it.each([
    ['nowhere', 'got "nowhere"'],
    ['localhost:8787', 'got "localhost:8787"'],
    ['', 'got ""'],
    [undefined, 'got "undefined"'],
    ['https://align.example.com/v1', 'without /v1'],
    ['https://align.example.com/v1/', 'without /v1'],
  ])('is not %s', (url, named) => {
    expect(() => createClient({ url: wrong(url) })).toThrow(TypeError);
    expect(() => createClient({ url: wrong(url) })).toThrow('such as https://align.example.com');
    expect(() => createClient({ url: wrong(url) })).toThrow(named);
  });

  it.each([
    ['https://a.example', 'https://a.example/graphql'],
    ['https://a.example/', 'https://a.example/graphql'],
    ['https://a.example/graphql/', 'https://a.example/graphql'],
    ['http://a.example:8787/v1/graphql', 'http://a.example:8787/v1/graphql'],
    ['https://a.example/align', 'https://a.example/align/graphql'],
  ])('may be %s', async (url, endpoint) => {
    const asked: string[] = [];
    const fetch: ClientOptions['fetch'] = (address) => {
      asked.push(address);
      return Promise.resolve(Response.json({ data: 1 }));
    };
    expect(await createClient({ url, fetch }).query('{a}')).toBe(1);
    expect(asked).toEqual([endpoint]);
  });
});

describe('a call with a mistake', () => {
  let server: Server;
  let client: Client;
  let bodies: { variables: Record<string, unknown> }[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        bodies.push(JSON.parse(body) as (typeof bodies)[number]);
        const isFirst = bodies.length === 1;
        const page = { edges: [], pageInfo: { hasNextPage: isFirst, endCursor: 'c' } };
        const isEmbed = 'texts0' in bodies[0].variables;
        if (isEmbed && isFirst) response.writeHead(503).end();
        else response.end(JSON.stringify({ data: { f0: isEmbed ? [] : page } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    bodies = [];
  });

  it.each<[string, (client: Client, options: never) => unknown, string]>([
    ['createClient', (_, options) => createClient(options), 'url, key, fetch, retries, maxRetryAfter, batch'],
    ['align', (c, o) => c.align(EMBEDDING, EMBEDDING, o), 'signal, selection, baseRate'],
    ['alignCaptions', (c, o) => c.alignCaptions(EMBEDDING, [EMBEDDING], o), 'signal, selection, baseRate'],
    ['matrix', (c, o) => c.matrix([EMBEDDING], [EMBEDDING], o), 'signal, selection, baseRate'],
    ['rankTexts', (c, o) => c.rankTexts(EMBEDDING, ['a'], o), 'signal, first, selection, baseRate'],
    ['rankImages', (c, o) => c.rankImages('a', [EMBEDDING], o), 'signal, first, selection, baseRate'],
    ['classify', (c, o) => c.classify(picture, ['a'], o), 'signal, templates, temperature, selection'],
    ['explain', (c, o) => c.explain(EMBEDDING, EMBEDDING, o), 'signal, selection, method'],
    ['clipScore', (c, o) => c.clipScore(EMBEDDING, EMBEDDING, o), 'expected signal.'],
    ['refClipScore', (c, o) => c.refClipScore(EMBEDDING, 'a', ['b'], o), 'expected signal.'],
    ['search', (c, o) => c.search('c', 'a', o).next(), 'after, rerank, minProbability, filter, baseRate'],
    ['embed of one', (c, o) => c.embed({ text: 'a' }, o), 'expected signal.'],
    ['embed of many', (c, o) => c.embed({ texts: ['a'] }, o), 'expected signal.'],
    ['query', (c, o) => c.query('{a}', {}, o), 'expected signal.'],
  ])('names the options that there are: %s', async (_, call, known) => {
    const mistaken = async (): Promise<unknown> => call(client, wrong({ ur1: 1 }));
    await expect(mistaken()).rejects.toThrow(TypeError);
    await expect(mistaken()).rejects.toThrow('Unknown option "ur1"');
    await expect(mistaken()).rejects.toThrow(known);
    expect(bodies).toEqual([]);
  });

  it.each<[string, (client: Client) => Promise<unknown>]>([
    ['rankTexts', (c) => c.rankTexts(picture, wrong('x'))],
    ['rankImages', (c) => c.rankImages('x', wrong(picture))],
    ['matrix', (c) => c.matrix([picture], wrong('x'))],
    ['alignCaptions', (c) => c.alignCaptions(picture, wrong('x'))],
    ['classify', (c) => c.classify(picture, wrong('x'))],
    ['refClipScore', (c) => c.refClipScore(picture, 'a', wrong('x'))],
    ['embed of texts', (c) => c.embed({ texts: wrong('x') })],
    ['embed of images', (c) => c.embed({ images: wrong(picture) })],
  ])('is told of one value in place of a list: %s', async (_, call) => {
    await expect(call(client)).rejects.toThrow(TypeError);
    await expect(call(client)).rejects.toThrow(/^Expected a list, got ("x"|Uint8Array)\.$/);
    expect(bodies).toEqual([]);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'Number'],
    [EMBEDDING, 'Object'],
  ])('is told of %j in place of a string', async (value, kind) => {
    const message = `Expected a text as string, got ${kind}.`;
    await expect(client.embed({ texts: ['a', wrong(value)] })).rejects.toThrow(new TypeError(message));
    await expect(client.classify(picture, ['a', wrong(value)])).rejects.toThrow(new TypeError(message));
    expect(bodies).toEqual([]);
  });

  it('keeps what it was given, where the caller changes it before it is sent, or sent again', async () => {
    const texts = ['a fox'];
    const embedded = client.embed({ texts });
    texts[0] = 'changed';
    expect(await embedded).toEqual([]);
    expect(bodies.map(({ variables }) => variables)).toEqual([{ texts0: ['a fox'] }, { texts0: ['a fox'] }]);

    bodies = [];
    const [labels, templates] = [['a'], ['b']];
    const classified = client.classify(picture, labels, { templates });
    labels.push('changed');
    templates.push('changed');
    await classified;
    expect(bodies[0].variables).toMatchObject({ labels0: ['a'], templates0: ['b'] });

    bodies = [];
    const variables = { list: [{ upload: new Blob(['a']) }], at: new Date(0) };
    const queried = client.query('{a}', variables);
    variables.list.push({ upload: new Blob(['changed']) });
    await queried;
    expect(bodies[0].variables).toEqual({ list: [{ base64: 'YQ==' }], at: '1970-01-01T00:00:00.000Z' });
  });

  it('keeps its filter for all pages of a search', async () => {
    const filter = [{ field: 'a', eq: 'b' }];
    let pages = 0;
    for await (const { hits } of client.search('c', 'a', { filter })) {
      expect(hits).toEqual([]);
      filter[0].eq = 'changed';
      pages += 1;
    }
    expect(pages).toBe(2);
    expect(bodies[1].variables).toMatchObject({ after0: 'c', filter0: [{ field: 'a', eq: 'b' }] });
  });
});
