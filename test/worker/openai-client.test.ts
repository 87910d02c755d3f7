import { exports } from 'cloudflare:workers';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { isolateWith } from './access-setup.ts';
import { embedFox, json, send } from './rest-setup.ts';
import { ask, cosine, fakeAi, numbersOf } from './setup.ts';

type Fetch = NonNullable<ConstructorParameters<typeof OpenAI>[0]>['fetch'];

const openai = (
  fetch: Fetch = (url, init) => exports.default.fetch(new Request(url as string, init)),
  options = {},
): OpenAI =>
  new OpenAI({
    apiKey: 'sk-none',
    baseURL: 'https://alignql.test/v1',
    fetch,
    dangerouslyAllowBrowser: true,
    ...options,
  });

let fox: string;
let foxText: number[];
let foxImage: number[];

beforeAll(async () => {
  ({ picture: fox, text: foxText, image: foxImage } = await embedFox());
});

describe('the official client', () => {
  it('embeds texts, which it asks for in base64, in order', async () => {
    const { data, model, usage, object } = await openai().embeddings.create({
      model: 'tiny-clip',
      input: ['a fox', 'a dodo', 'a fox'],
    });
    expect({ object, model, usage }).toEqual({
      object: 'list',
      model: 'tiny-clip',
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(data[0].embedding).toEqual(foxText);
    expect(data[2].embedding).toEqual(foxText);
    expect(cosine(data[0].embedding, data[1].embedding)).toBeLessThan(0.99);
  });

  it('embeds one text as numbers, and as many of them as it asks for', async () => {
    const floats = await openai().embeddings.create({
      model: 'tiny-clip',
      input: 'a fox',
      encoding_format: 'float',
    });
    expect(floats.data[0].embedding).toEqual(foxText);
    const { data } = await openai().embeddings.create({ model: 'tiny-clip', input: 'a fox', dimensions: 16 });
    expect(data[0].embedding).toHaveLength(16);
    expect(Math.hypot(...data[0].embedding)).toBeCloseTo(1, 6);
    expect(cosine(data[0].embedding, foxText.slice(0, 16))).toBeCloseTo(1, 6);
  });

  it('embeds pictures in the form of Infinity', async () => {
    const { data } = await openai().embeddings.create({
      model: 'tiny-clip',
      input: [fox],
      // The client hands on what it does not know.
      ...{ modality: 'image' },
    });
    expect(data[0].embedding).toEqual(foxImage);
  });

  it('lists the encoder, and finds it by its id', async () => {
    const ids = [];
    for await (const model of openai().models.list()) ids.push(model.id);
    expect(ids).toEqual(['tiny-clip']);
    expect(await openai().models.retrieve('tiny-clip')).toMatchObject({
      id: 'tiny-clip',
      dim: foxText.length,
    });
    await expect(openai().models.retrieve('clip/other')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it.each([
    ['token ids', { input: [1, 2] }, 400, 'BAD_INPUT', 'input', /check_embedding_ctx_length=False/],
    [
      'another model',
      { input: 'a', model: 'text-embedding-3-small' },
      404,
      'model_not_found',
      'model',
      /"tiny-clip"/,
    ],
    ['a blank text', { input: ['a fox', ' '] }, 400, 'BAD_INPUT', 'input', /^400 Item 1 of input: .*blank/],
    [
      'too many texts',
      { input: Array.from({ length: 257 }, (_, i) => `text ${i}`) },
      400,
      'LIMIT_EXCEEDED',
      null,
      /256 different texts/,
    ],
    ['too many dimensions', { input: 'a', dimensions: 9999 }, 400, 'BAD_INPUT', 'dimensions', /dimensions/],
  ])('reads the error of %s', async (_what, changes, status, code, param, message) => {
    const asked = openai().embeddings.create({
      model: 'tiny-clip',
      ...changes,
    } as OpenAI.EmbeddingCreateParams);
    await expect(asked).rejects.toMatchObject({
      status,
      code,
      param,
      type: 'invalid_request_error',
      message: expect.stringMatching(message),
      requestID: expect.any(String),
    });
  });

  it('asks again where the encoder is down, and then tells so', async () => {
    const AI = fakeAi(() => {
      throw new Error('3040: no capacity');
    });
    const isolate = isolateWith({ AI, TEXT_ROUTE: 'ai', EMBEDDING_CACHE: 'off', AI_TIMEOUT_MS: '100' });
    let asked = 0;
    const client = openai(
      (url, init) => {
        asked++;
        return isolate(new URL(url as string).pathname, init as RequestInit);
      },
      { maxRetries: 1 },
    );
    await expect(client.embeddings.create({ model: 'tiny-clip', input: 'a fox' })).rejects.toMatchObject({
      status: expect.toBeOneOf([503, 504]),
      type: 'server_error',
    });
    expect(asked).toBe(2);
  });

  it.each([
    ['whose quota is used up', '3036: Account limited', 'ENCODER_QUOTA'],
    ['that fails', '5004: no such thing', 'ENCODER_FAILED'],
  ])('asks an encoder once %s', async (_what, said, code) => {
    const AI = fakeAi(() => {
      throw new Error(said);
    });
    const isolate = isolateWith({ AI, TEXT_ROUTE: 'ai', EMBEDDING_CACHE: 'off' });
    let asked = 0;
    const client = openai((url, init) => {
      asked++;
      return isolate(new URL(url as string).pathname, init as RequestInit);
    });
    await expect(client.embeddings.create({ model: 'tiny-clip', input: 'a fox' })).rejects.toMatchObject({
      code,
      type: 'server_error',
    });
    expect(asked).toBe(1);
  });

  it('is told when its key is missing', async () => {
    const isolate = isolateWith({ AUTH: 'keys' });
    const client = openai((url, init) => isolate(new URL(url as string).pathname, init as RequestInit));
    await expect(client.models.list()).rejects.toMatchObject({ status: 401, type: 'authentication_error' });
    await expect(client.embeddings.create({ model: 'tiny-clip', input: 'a' })).rejects.toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('/v1/embeddings', () => {
  it('takes pictures as Jina and vLLM send them, mixed with texts, at the price of one operation', async () => {
    const jina = await send('/v1/embeddings', json({ input: [{ text: 'a fox' }, { image: fox }, 'a fox'] }));
    expect(jina.body.data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual([
      foxText,
      foxImage,
      foxText,
    ]);
    const { extensions } = (await ask(
      'query ($image: ImageInput!) { embedTexts(texts: ["a fox", "a fox"]) { ... on Embedding { vector dim encoder fingerprint } ... on ItemError { code message retryable retryAfterSeconds } } embedImages(images: [$image]) { ... on Embedding { vector dim encoder fingerprint } ... on ItemError { code message retryable retryAfterSeconds } } }',
      { image: { base64: fox } },
    )) as unknown as { extensions: { cost: { asked: number } } };
    expect(Number(jina.headers.get('x-cost'))).toBe(extensions.cost.asked);
    const content = [{ type: 'image_url', image_url: { url: fox } }];
    const vllm = await send(
      '/v1/embeddings',
      json({ messages: [{ role: 'user', content }], encoding_format: 'base64' }),
    );
    expect(numbersOf(vllm.body.data[0].embedding)).toEqual(foxImage);
  });

  it.each([
    ['a body that is no JSON', json('{'), 400, 'BAD_INPUT'],
    ['a form', { method: 'POST', body: new URLSearchParams({ input: 'a' }) }, 415, 'BAD_INPUT'],
    ['no picture', json({ modality: 'image', input: ['data:image/png;base64,AAAA'] }), 400, 'BAD_IMAGE'],
    ['a URL inside', json({ input: [{ image: 'http://169.254.169.254/a.png' }] }), 400, 'URL_REFUSED'],
    ['another method', { method: 'DELETE' }, 405, 'BAD_INPUT'],
    ['too long a body', json(`"${'x'.repeat(17 * 1024 * 1024)}"`), 413, 'LIMIT_EXCEEDED'],
  ] as [string, RequestInit, number, string][])(
    'nests the error of %s',
    async (_what, init, status, code) => {
      const answer = await send('/v1/embeddings', init);
      expect(answer).toMatchObject({ status, body: { error: { code, message: expect.any(String) } } });
      expect(Object.keys(answer.body.error)).toEqual(['message', 'type', 'param', 'code']);
    },
  );

  it('asks GET of models, and HEAD', async () => {
    expect((await send('/v1/models', { method: 'HEAD' })).status).toBe(200);
    expect((await send('/v1/models', { method: 'POST' })).status).toBe(405);
  });
});
