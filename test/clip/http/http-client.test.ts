import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpEncoder } from '../../../src/clip/http/http-encoder.ts';
import { readHttpRoute } from '../../../src/clip/http/http-route.ts';
import { createCircuitBreaker } from '../../../src/clip/remote/circuit-breaker.ts';
import { realTiming } from '../../../src/clip/remote/timing.ts';

/** What goes over the wire, beside what test/clip/http/presets.test.ts has of every preset. */

interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1);
const GOOD = { data: [{ index: 0, embedding: [3, 4] }] };
const seen: Seen[] = [];
const reported: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let elsewhere: Server;
const originOf = (of: Server): string => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

function listen(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<Server> {
  const made = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => handle(request, response, body));
  });
  return new Promise((resolve) => made.listen(0, '127.0.0.1', () => resolve(made)));
}

beforeAll(async () => {
  server = await listen((request, response, body) => {
    seen.push({
      url: request.url ?? '',
      headers: request.headers,
      body: body === '' ? {} : JSON.parse(body),
    });
    answer(request, response);
  });
  elsewhere = await listen((request, response) => {
    seen.push({ url: `elsewhere ${request.url}`, headers: request.headers, body: {} });
    response.end(JSON.stringify(GOOD));
  });
});
afterAll(() => {
  for (const open of [server, elsewhere]) open.close().closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
  reported.length = 0;
  answer = (_, response) => response.end(JSON.stringify(GOOD));
});

function encoder(vars: Record<string, string> = {}, path = '') {
  const route = readHttpRoute(
    { ENCODER_URL: `${originOf(server)}${path}`, ENCODER_MODEL: 'm', ...vars },
    'm',
  );
  const report = (line: string): void => void reported.push(line);
  return createHttpEncoder(
    { route, fetch, breaker: createCircuitBreaker(realTiming), timing: realTiming, report },
    2,
  );
}

describe('the address', () => {
  it.each<[string, Record<string, string>, string]>([
    ['', {}, '/v1/embeddings'],
    ['/', {}, '/v1/embeddings'],
    ['/v1', {}, '/v1/embeddings'],
    ['/v1/', {}, '/v1/embeddings'],
    ['/clip', {}, '/clip/v1/embeddings'],
    ['/openai/deployments/clip?api-version=1', {}, '/openai/deployments/clip/v1/embeddings?api-version=1'],
    ['', { ENCODER_PATH: '/embed' }, '/v1/embed'],
    ['/clip', { ENCODER_PRESET: 'infinity' }, '/clip/embeddings'],
  ])('of %j with %j is %s', async (base, vars, url) => {
    await encoder(vars, base).text.encodeTexts(['a']);
    expect(seen.map((call) => call.url)).toEqual([url]);
  });
});

describe('the head', () => {
  it('has the key, and the token of a gateway, and neither where there is none', async () => {
    await encoder({ ENCODER_KEY: 'k', ENCODER_GATEWAY_TOKEN: 'g' }).text.encodeTexts(['a']);
    await encoder().text.encodeTexts(['a']);
    expect(seen[0].headers).toMatchObject({ authorization: 'Bearer k', 'cf-aig-authorization': 'Bearer g' });
    expect(seen[1].headers).not.toHaveProperty('authorization');
    expect(seen[1].headers).not.toHaveProperty('cf-aig-authorization');
  });

  it('goes nowhere else: no redirect is followed', async () => {
    answer = (_, response) =>
      response.writeHead(307, { location: `${originOf(elsewhere)}/v1/embeddings` }).end();
    const results = await encoder({ ENCODER_KEY: 'k' }).text.encodeTexts(['a', 'b']);
    expect(results).toMatchObject([{ code: 'ENCODER_FAILED' }, { code: 'ENCODER_FAILED' }]);
    expect(seen).toHaveLength(1);
    expect(reported).toEqual([expect.stringContaining('status 307: check ENCODER_URL')]);
  });

  it('goes to no other place that an answer is said to be at', async () => {
    answer = (_, response) =>
      response.end(
        JSON.stringify({ status: 'processing', urls: { get: `${originOf(elsewhere)}/v1/predictions/1` } }),
      );
    const results = await encoder({ ENCODER_PRESET: 'replicate', ENCODER_KEY: 'k' }).text.encodeTexts(['a']);
    expect(results).toMatchObject([
      { code: 'ENCODER_FAILED', cause: { message: expect.stringContaining('sends on to') } },
    ]);
    expect(seen).toHaveLength(1);
  });
});

describe('the body', () => {
  const both = async (vars: Record<string, string>): Promise<Seen['body'][]> => {
    const { images, text } = encoder(vars);
    await text.encodeTexts(['a fox']);
    await images.encodeImages([PNG]);
    return seen.map(({ body }) => body);
  };
  const tasks = { ENCODER_DIMENSIONS: '2', ENCODER_TEXT_TASK: 'query', ENCODER_IMAGE_TASK: 'document' };

  it.each<[string, Record<string, string>, object, object]>([
    ['openai', { ENCODER_DIMENSIONS: '2' }, { dimensions: 2 }, { dimensions: 2 }],
    ['infinity', { ENCODER_DIMENSIONS: '2' }, { dimensions: 2 }, { dimensions: 2, modality: 'image' }],
    [
      'vllm',
      { ENCODER_DIMENSIONS: '2', ENCODER_TEXT_PADDING: 'max_length' },
      { dimensions: 2, padding: 'max_length' },
      { output_dimension: 2, embedding_types: ['float'] },
    ],
    [
      'jina',
      tasks,
      { dimensions: 2, task: 'query', embedding_type: 'float' },
      { dimensions: 2, task: 'document' },
    ],
    [
      'voyage',
      tasks,
      { output_dimension: 2, input_type: 'query' },
      { output_dimension: 2, input_type: 'document' },
    ],
    [
      'cohere',
      tasks,
      { output_dimension: 2, input_type: 'query' },
      { output_dimension: 2, input_type: 'document' },
    ],
    ['cohere', {}, { input_type: 'search_query' }, { input_type: 'image' }],
    [
      'replicate',
      { ENCODER_DIMENSIONS: '2' },
      { input: { embedding_dim: 2 } },
      { input: { embedding_dim: 2 } },
    ],
  ])('of %s has what is set, by its names: %j', async (preset, vars, ofText, ofImage) => {
    const [text, image] = await both({ ENCODER_PRESET: preset, ...vars });
    expect(text).toMatchObject(ofText);
    expect(image).toMatchObject(ofImage);
  });

  it.each(['openai', 'infinity', 'vllm', 'jina', 'voyage', 'cohere'])(
    'of %s has no field of what is not set',
    async (preset) => {
      const bodies = await both({ ENCODER_PRESET: preset });
      expect(JSON.stringify(bodies)).not.toMatch(/null|dimension|"task"|padding/);
      expect(JSON.stringify(bodies)).toContain('data:image/png;base64,');
    },
  );

  it('puts each text into the prompt as it is, dollar signs too', async () => {
    await encoder({ ENCODER_PROMPT: 'a photo of {text}.' }).text.encodeTexts(['$& and $1 {text}']);
    expect(seen[0].body.input).toEqual(['a photo of $& and $1 {text}.']);
  });

  it('names a version of Replicate by its hash, a model by its path', async () => {
    const version = 'a'.repeat(64);
    answer = (_, response) => response.end(JSON.stringify({ status: 'succeeded', output: [3, 4] }));
    await encoder({ ENCODER_PRESET: 'replicate', ENCODER_MODEL: `acme/clip:${version}` }).text.encodeTexts([
      'a',
    ]);
    await encoder({ ENCODER_PRESET: 'replicate', ENCODER_MODEL: 'acme/clip' }).text.encodeTexts(['a']);
    expect(seen.map(({ url, body }) => [url, body.version])).toEqual([
      ['/v1/predictions', version],
      ['/v1/models/acme/clip/predictions', undefined],
    ]);
  });

  it('of vLLM is the message of a chat with one picture a call', async () => {
    const results = await encoder({ ENCODER_PRESET: 'vllm', ENCODER_MAX_IMAGES: '1' }).images.encodeImages([
      PNG,
      PNG,
    ]);
    expect(results).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0.6, 0.8)]);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/embeddings', '/v1/embeddings']);
    expect(seen[0].body.messages).toMatchObject([{ role: 'user', content: [{ type: 'image_url' }] }]);
  });
});

describe('an answer', () => {
  it('of base64 is read as little-endian float32', async () => {
    const bytes = Buffer.from(new Uint8Array(Float32Array.of(3, 4).buffer));
    answer = (_, response) =>
      response.end(JSON.stringify({ data: [{ index: 0, embedding: bytes.toString('base64') }] }));
    expect(await encoder().text.encodeTexts(['a'])).toEqual([Float32Array.of(0.6, 0.8)]);
    answer = (_, response) => response.end(JSON.stringify({ data: [{ index: 0, embedding: 'AAAA' }] }));
    expect(await encoder().text.encodeTexts(['a'])).toMatchObject([{ code: 'ENCODER_FAILED' }]);
  });

  it.each([
    ['twice', [0, 0]],
    ['out of range', [0, 2]],
    ['no whole number', [0, 0.5]],
    ['a word', ['0', '1']],
  ])('whose index is %s pairs nothing', async (_, indices) => {
    answer = (_request, response) =>
      response.end(JSON.stringify({ data: indices.map((index) => ({ index, embedding: [3, 4] })) }));
    expect(await encoder().text.encodeTexts(['a', 'b'])).toMatchObject([
      { code: 'ENCODER_FAILED' },
      { code: 'ENCODER_FAILED' },
    ]);
  });

  it('that does not come in time is given up, the connection too', async () => {
    const closed = vi.fn();
    answer = (request, response) => {
      request.socket.on('close', closed);
      response.write('{"data": [');
    };
    const results = await encoder({ ENCODER_DEADLINE_MS: '150' }).text.encodeTexts(['a']);
    expect(results).toMatchObject([
      { code: 'ENCODER_TIMEOUT', message: 'The encoder did not answer within 150 ms' },
    ]);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), 10_000);
  });
});

describe('a peer that is down', () => {
  it('is not asked any more after many failures, and callers are told when to come again', async () => {
    answer = (_, response) => response.writeHead(503).end();
    const { text } = encoder({ ENCODER_DEADLINE_MS: '100' });
    // Ten failures open it; a request makes one call at least.
    for (let request = 0; request < 10; request++) await text.encodeTexts(['a']);
    const asked = seen.length;
    const [error] = await text.encodeTexts(['a']);
    expect(error).toMatchObject({ code: 'ENCODER_BUSY', retryAfterSeconds: expect.any(Number) });
    expect(seen).toHaveLength(asked);
  });
});

describe('one request', () => {
  /** Openai answers a vector an input; 500 for whatever holds the bad text. */
  const failFor = (bad: string): void => {
    answer = (_, response) => {
      const { input } = seen[seen.length - 1].body as { input: string[] };
      if (input.includes(bad)) return response.writeHead(500).end();
      return response.end(
        JSON.stringify({ data: input.map((_text, index) => ({ index, embedding: [3, 4] })) }),
      );
    };
  };

  it('with a bad input does not shut the peer for the others', async () => {
    failFor('bad');
    const { text } = encoder();
    const inputs = Array.from({ length: 16 }, (_, i) => (i === 13 ? 'bad' : `text ${i}`));
    const results = await text.encodeTexts(inputs);
    expect(results.map((result) => (result instanceof Float32Array ? 'vector' : result.code))).toEqual(
      inputs.map((input) => (input === 'bad' ? 'ENCODER_FAILED' : 'vector')),
    );
    expect(await text.encodeTexts(['another caller'])).toEqual([expect.any(Float32Array)]);
  });

  it('is told whole seconds to wait, however exactly the peer says it', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after-ms': '41500.5' }).end();
    const [error] = await encoder({ ENCODER_DEADLINE_MS: '1000' }).text.encodeTexts(['a']);
    expect(error).toMatchObject({ code: 'ENCODER_BUSY', retryAfterSeconds: 42 });
  });

  it('asks again where the answer of an accepted call is, and never makes the call twice', async () => {
    let polls = 0;
    answer = (request, response) => {
      if (request.method === 'POST') {
        const urls = { get: `${originOf(server)}/v1/predictions/1` };
        return response.end(JSON.stringify({ status: 'processing', urls }));
      }
      if (++polls < 3) return response.writeHead(429, { 'retry-after-ms': '1' }).end();
      return response.end(JSON.stringify({ status: 'succeeded', output: [3, 4] }));
    };
    const results = await encoder({ ENCODER_PRESET: 'replicate' }).text.encodeTexts(['a']);
    expect(results).toEqual([expect.any(Float32Array)]);
    expect(seen.filter(({ url }) => url.endsWith('/predictions/1'))).toHaveLength(3);
    expect(seen).toHaveLength(4);
  });
});

describe('a key', () => {
  it('stands neither in the log nor in a cause when what sends it repeats it', async () => {
    const key = 'sk-secret';
    const route = readHttpRoute({ ENCODER_URL: originOf(server), ENCODER_MODEL: 'm', ENCODER_KEY: key }, 'm');
    const { text } = createHttpEncoder(
      {
        route,
        fetch: () => Promise.reject(new TypeError(`Bearer ${key} is an invalid header value`)),
        breaker: createCircuitBreaker(realTiming),
        timing: realTiming,
        report: (line) => void reported.push(line),
      },
      2,
    );
    const [error] = await text.encodeTexts(['a']);
    expect(reported.join()).toContain('is an invalid header value');
    expect(`${reported.join()} ${inspect(error, { depth: 9 })}`).not.toContain(key);
  });
});

describe('a server that nobody has started', () => {
  it('may be asked again, and one that refuses the key may not', async () => {
    const gone = await listen(() => undefined);
    const url = originOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    const results = await encoder({ ENCODER_URL: url }).text.encodeTexts(['a']);
    expect(results).toMatchObject([{ code: 'ENCODER_FAILED', retryable: true }]);
    answer = (_, response) => response.writeHead(401).end();
    const refused = await encoder().text.encodeTexts(['a']);
    expect(refused).toMatchObject([{ code: 'ENCODER_FAILED', retryable: false }]);
  });
});

describe('the heat maps of a peer', () => {
  const models = (card: object): string => JSON.stringify({ data: [{ id: 'm', ...card }] });

  it.each([
    ['it lists none', 200, models({})],
    ['it does not list the model', 200, JSON.stringify({ data: [{ id: 'n' }] })],
    ['it has no list', 404, '{"detail":"Not Found"}'],
    ['the key may not read the list', 403, '{"error":{"message":"Missing scopes: api.model.read"}}'],
    ['the list is another', 200, '["m"]'],
  ])('are none where %s', async (_, status, body) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    const { images } = encoder();
    expect(await images.patches?.()).toBeNull();
    expect(await images.patches?.()).toBeNull();
    expect(seen.map(({ url }) => url)).toEqual(['/v1/models']);
  });

  it('are asked for again where it could not answer', async () => {
    answer = (_request, response) => response.writeHead(402).end();
    const { images } = encoder();
    await expect(images.patches?.()).rejects.toMatchObject({ code: 'ENCODER_QUOTA' });
    answer = (_request, response) => response.end(models({ patch_methods: ['SHARES', 'LATER'] }));
    expect((await images.patches?.())?.methods).toEqual(['SHARES']);
  });
});
