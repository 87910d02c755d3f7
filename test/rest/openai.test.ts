import { describe, expect, it } from 'vitest';
import { EmbeddingsRequestError, readEmbeddingsRequest } from '../../src/rest/openai/read-request.ts';
import { openAiError, shouldRetryHeaders } from '../../src/rest/openai/errors.ts';
import { assertServed, writeEmbeddings, writeModels } from '../../src/rest/openai/write-answer.ts';

const ENCODER = { id: 'tiny-clip', dim: 4, fingerprint: 'f'.repeat(64) };
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

describe('readEmbeddingsRequest', () => {
  const text = (words: string): object => ({ kind: 'text', text: words });
  const image = (base64: string): object => ({ kind: 'image', base64 });

  it.each([
    ['one text', { input: 'a fox' }, [text('a fox')]],
    ['texts', { input: ['a fox', 'a cat'] }, [text('a fox'), text('a cat')]],
    ['pictures as Infinity takes them', { modality: 'image', input: [PNG] }, [image(PNG)]],
    ['one picture as Infinity takes it', { modality: 'image', input: PNG }, [image(PNG)]],
    [
      'texts and pictures as Jina takes them',
      { input: [{ text: 'a fox' }, { image: 'iVBORw0KGgo=' }, 'a cat'] },
      [text('a fox'), image('iVBORw0KGgo='), text('a cat')],
    ],
    [
      'a picture by its URL',
      { input: [{ image: 'https://example.com/a.png' }] },
      [{ kind: 'image', url: 'https://example.com/a.png' }],
    ],
    [
      'a picture as vLLM takes it',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: PNG } }] }] },
      [image(PNG)],
    ],
    ['a text as vLLM takes it', { messages: [{ role: 'user', content: 'a fox' }] }, [text('a fox')]],
    [
      'a part of text as vLLM takes it',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a fox' }] }] },
      [text('a fox')],
    ],
  ])('reads %s', (_what, body, items) => {
    expect(readEmbeddingsRequest(body, 8)).toEqual({
      model: null,
      items,
      encodingFormat: 'float',
      dimensions: null,
    });
  });

  it('reads what the answer is to look like, by either name', () => {
    const asked = { model: 'tiny-clip', input: 'a', encoding_format: 'base64', dimensions: 2, user: 'me' };
    expect(readEmbeddingsRequest(asked, 8)).toMatchObject({
      model: 'tiny-clip',
      encodingFormat: 'base64',
      dimensions: 2,
    });
    const jina = { input: ['a'], embedding_type: 'base64', normalized: true };
    expect(readEmbeddingsRequest(jina, 8).encodingFormat).toBe('base64');
  });

  it.each([
    ['token ids', { input: [1, 2, 3] }, 'input', /check_embedding_ctx_length=False/],
    ['lists of token ids', { input: [[1, 2], [3]] }, 'input', /check_embedding_ctx_length=False/],
    ['no input', { model: 'a' }, 'input', /input or messages, got neither/],
    ['an empty list', { input: [] }, 'input', /at least one item/],
    ['null', { input: null }, 'input', /^input: expected a string, or a list/],
    ['a number among texts', { input: ['a', 1] }, 'input', /^input: expected a string, or a list/],
    ['an item of both', { input: [{ text: 'a', image: 'b' }] }, 'input', /^input: expected/],
    ['a list in a list', { input: [['a']] }, 'input', /^input: expected/],
    [
      'another encoding',
      { input: 'a', encoding_format: 'hex' },
      'encoding_format',
      /"float" or "base64", got "hex"/,
    ],
    ['half a dimension', { input: 'a', dimensions: 1.5 }, 'dimensions', /whole number above 0, got 1.5/],
    ['no dimension', { input: 'a', dimensions: 0 }, 'dimensions', /whole number above 0, got 0/],
    ['dimensions as text', { input: 'a', dimensions: '2' }, 'dimensions', /whole number above 0, got "2"/],
    ['sound', { input: 'a', modality: 'audio' }, 'modality', /"text" or "image", got "audio"/],
    ['vectors of other lengths', { input: 'a', normalized: false }, 'normalized', /expected true/],
    [
      'an unknown field',
      { input: 'a', task: 'x' },
      null,
      /"task" is not known here: expected model, input, .*, user\./,
    ],
    [
      'two messages',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      },
      'messages',
      /one message/,
    ],
    [
      'a message of the system',
      { messages: [{ role: 'system', content: 'a' }] },
      'messages',
      /one message of role "user"/,
    ],
    ['input and messages', { input: 'a', messages: [{ role: 'user', content: 'b' }] }, 'input', /got both/],
    ['a list', ['a'], null, /JSON object/],
    ['text', 'a', null, /JSON object/],
    ['null in place of everything', null, null, /JSON object/],
  ])('refuses %s', (_what, body, param, message) => {
    const read = (): unknown => readEmbeddingsRequest(body, 8);
    expect(read).toThrow(EmbeddingsRequestError);
    expect(read).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', param, message: expect.stringMatching(message) }),
    );
  });

  it('refuses more items than one request may have', () => {
    const read = (): unknown => readEmbeddingsRequest({ input: Array.from({ length: 9 }, () => 'a') }, 8);
    expect(read).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED', param: 'input' }));
  });

  it('repeats no more than a few characters of what came', () => {
    const read = (): unknown => readEmbeddingsRequest({ input: 'a', encoding_format: 'x'.repeat(1e6) }, 8);
    expect(read).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,200}$/) }));
    const unknown = (): unknown => readEmbeddingsRequest({ input: 'a', ['y'.repeat(1e6)]: 1 }, 8);
    expect(unknown).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,250}$/) }));
  });
});

describe('writeEmbeddings', () => {
  const vectors = [Float32Array.of(0.6, 0.8, 0, 0), Float32Array.of(0, 0, -1, 0)];
  const float = { encodingFormat: 'float', dimensions: null } as const;

  it('writes numbers in the order of the items', () => {
    expect(writeEmbeddings(float, ENCODER, vectors, 7)).toEqual({
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] })),
      model: 'tiny-clip',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  });

  it('writes base64 of little-endian float32', () => {
    const { data } = writeEmbeddings({ ...float, encodingFormat: 'base64' }, ENCODER, vectors, 0);
    const bytes = Buffer.from(data[0].embedding as string, 'base64');
    expect(Array.from({ length: 4 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual([...vectors[0]]);
    expect(bytes).toHaveLength(16);
  });

  it('cuts to the dimensions asked for, of unit length again', () => {
    const { data } = writeEmbeddings({ ...float, dimensions: 1 }, ENCODER, [vectors[0]], 0);
    expect(data[0].embedding).toEqual([1]);
    expect(vectors[0][0]).toBeCloseTo(0.6, 6);
    const nothing = (): unknown => writeEmbeddings({ ...float, dimensions: 2 }, ENCODER, [vectors[1]], 0);
    expect(nothing).toThrow(expect.objectContaining({ code: 'BAD_INPUT', param: 'dimensions' }));
  });
});

describe('assertServed', () => {
  const request = { model: null, items: [], encodingFormat: 'float', dimensions: null } as const;

  it('takes the encoder by its id, or without one', () => {
    expect(() => assertServed({ ...request, model: 'tiny-clip', dimensions: 4 }, ENCODER)).not.toThrow();
    expect(() => assertServed(request, ENCODER)).not.toThrow();
  });

  it('refuses another model and more dimensions', () => {
    expect(() => assertServed({ ...request, model: 'text-embedding-3-small' }, ENCODER)).toThrow(
      expect.objectContaining({ code: 'ENCODER_MISMATCH', param: 'model' }),
    );
    expect(() => assertServed({ ...request, dimensions: 5 }, ENCODER)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', param: 'dimensions' }),
    );
  });
});

describe('openAiError', () => {
  it.each([
    [400, 'BAD_INPUT', 'invalid_request_error'],
    [401, 'UNAUTHENTICATED', 'authentication_error'],
    [403, 'FORBIDDEN', 'permission_error'],
    [429, 'RATE_LIMITED', 'rate_limit_error'],
    [503, 'ENCODER_BUSY', 'server_error'],
  ] as const)('nests an error of %i', (status, code, type) => {
    expect(openAiError({ code, message: 'No.' }, status)).toEqual({
      status,
      body: { error: { message: 'No.', type, param: null, code } },
    });
  });

  it('gives a model that does not run here 404, which no client repeats', () => {
    const failure = { code: 'ENCODER_MISMATCH', message: 'No.', param: 'model' } as const;
    expect(openAiError(failure, 409)).toMatchObject({
      status: 404,
      body: { error: { code: 'model_not_found', param: 'model' } },
    });
  });
});

it('lists the encoder as the one model', () => {
  expect(writeModels(ENCODER)).toMatchObject({
    object: 'list',
    data: [{ id: 'tiny-clip', object: 'model', dim: 4 }],
  });
});

describe('shouldRetryHeaders', () => {
  it.each([
    ['what may succeed later', true, null, {}],
    ['what may succeed within a minute', true, 60, {}],
    ['what may succeed tomorrow', true, 61, { 'x-should-retry': 'false' }],
    ['what cannot succeed', false, null, { 'x-should-retry': 'false' }],
  ])('%s', (_what, isRetryable, seconds, headers) => {
    expect(shouldRetryHeaders(isRetryable, seconds)).toEqual(headers);
  });
});
