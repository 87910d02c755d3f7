import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEncoderConfig } from '../../../src/clip/config.ts';
import { describeRoutes } from '../../../src/clip/describe-routes.ts';
import { readErrorBody } from '../../../src/clip/http/error-body.ts';
import { fillTemplate } from '../../../src/clip/http/json-template.ts';
import { followPointer } from '../../../src/clip/http/json-pointer.ts';
import { PRESETS } from '../../../src/clip/http/presets.ts';
import { readRetryAfter } from '../../../src/clip/http/retry-after.ts';
import { AppError } from '../../../src/errors.ts';

const BUNDLED = { id: 'tiny-clip', dim: 256, fingerprint: 'a'.repeat(64) };
const HTTP = { IMAGE_ROUTE: 'http', TEXT_ROUTE: 'http', ENCODER_URL: 'https://encoder.example.com' };
const CLIP = { ...HTTP, ENCODER_MODEL: 'acme/clip', ENCODER_DIM: '512' };
const TEMPLATE = {
  ENCODER_PRESET: 'template',
  ENCODER_TEXT_TEMPLATE: '{"inputs": "{{texts}}"}',
  ENCODER_IMAGE_TEMPLATE: '{"inputs": {"image": "{{image}}"}}',
  ENCODER_VECTORS_POINTER: '/vectors',
};

beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue());
afterEach(() => {
  vi.restoreAllMocks();
});

function refusal(vars: object): string {
  try {
    readEncoderConfig(vars, BUNDLED);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('the route over HTTP', () => {
  it('serves the bundled encoder where nothing says another', () => {
    const config = readEncoderConfig(HTTP, BUNDLED);
    expect(config.info).toEqual(BUNDLED);
    expect(config.http).toMatchObject({
      presetName: 'openai',
      key: null,
      deadlineMs: 20_000,
      maxTexts: 64,
      options: { model: 'tiny-clip', maxImages: 16 },
    });
    expect(describeRoutes(config)).toBe('pictures over HTTP (openai), texts over HTTP (openai)');
  });

  it('goes with texts in the Worker or behind AI, of the same encoder', () => {
    const inWorker = readEncoderConfig({ ...HTTP, TEXT_ROUTE: 'worker' }, BUNDLED);
    expect(inWorker).toMatchObject({ imageRoute: 'http', textRoute: 'worker', info: BUNDLED });
    expect(refusal({ ...CLIP, TEXT_ROUTE: 'worker' })).toContain('TEXT_ROUTE is "worker"');
    const mixed = readEncoderConfig({ ...CLIP, IMAGE_ROUTE: 'ai' }, BUNDLED);
    expect(mixed.info.fingerprint).not.toBe(readEncoderConfig(CLIP, BUNDLED).info.fingerprint);
  });

  it('puts all that shifts vectors into id and fingerprint', () => {
    const base = { ...CLIP, ENCODER_PRESET: 'jina' };
    const variants = [
      base,
      { ...base, ENCODER_MODEL: 'acme/other' },
      { ...base, ENCODER_REVISION: '2' },
      { ...base, ENCODER_DIMENSIONS: '512' },
      { ...base, ENCODER_TEXT_TASK: 'retrieval.query' },
      { ...base, ENCODER_IMAGE_TASK: 'retrieval.query' },
      { ...base, ENCODER_PROMPT: 'a photo of {text}' },
    ].map((vars) => readEncoderConfig(vars, BUNDLED).info);
    expect(new Set(variants.map(({ id }) => id)).size).toBe(variants.length);
    expect(variants.map(({ id }) => id).slice(0, 5)).toEqual([
      'acme/clip',
      'acme/other',
      'acme/clip@2',
      'acme/clip?dimensions=512',
      'acme/clip?textTask=retrieval.query',
    ]);
    // The same under an id that was given.
    const named = [
      ...[{}, { ENCODER_REVISION: '2' }, { ENCODER_DIMENSIONS: '512' }, { ENCODER_TEXT_TASK: 'a' }],
      ...[{ ENCODER_IMAGE_TASK: 'a' }, { ENCODER_PROMPT: '{text}!' }, { ENCODER_PRESET: 'voyage' }],
      ...[{ ENCODER_MODEL: 'b' }, { ...TEMPLATE }, { ...TEMPLATE, ENCODER_VECTORS_POINTER: '/other' }],
    ].map((vars) => readEncoderConfig({ ...base, ENCODER_ID: 'mine', ...vars }, BUNDLED).info);
    expect(new Set(named.map(({ id }) => id))).toEqual(new Set(['mine']));
    expect(new Set(named.map(({ fingerprint }) => fingerprint)).size).toBe(named.length);
  });

  it('has what a peer requires in the identity, given or not', () => {
    const { id } = readEncoderConfig({ ...CLIP, ENCODER_PRESET: 'cohere' }, BUNDLED).info;
    expect(id).toBe('acme/clip?textTask=search_query&imageTask=image');
  });

  it('leaves where the encoder is and how it is asked out of the identity', () => {
    const changes = {
      ENCODER_URL: 'https://b.example.com/x',
      ENCODER_KEY: 'k',
      ENCODER_MAX_IMAGES: '2',
      ENCODER_DEADLINE_MS: '500',
    };
    expect(readEncoderConfig({ ...CLIP, ...changes }, BUNDLED).info).toEqual(
      readEncoderConfig(CLIP, BUNDLED).info,
    );
  });

  it('does not give the bundled fingerprint to vectors that are shifted', () => {
    const { id, fingerprint } = readEncoderConfig(
      { ...HTTP, ENCODER_ID: 'tiny-clip', ENCODER_PROMPT: 'a {text}' },
      BUNDLED,
    ).info;
    expect(id).toBe('tiny-clip');
    expect(fingerprint).not.toBe(BUNDLED.fingerprint);
  });

  it.each([
    [{ ENCODER_URL: undefined }, 'ENCODER_URL is not set: expected the http(s) URL of an encoder'],
    [{ ENCODER_URL: 'encoder' }, 'ENCODER_URL is no URL: expected the http(s) URL of an encoder'],
    [{ ENCODER_URL: 'ftp://a/' }, 'ENCODER_URL is "ftp://a/": expected http or https'],
    [{ ENCODER_URL: 'https://u:p@a.example.com' }, 'ENCODER_URL holds a password: put the key into'],
    [
      { ENCODER_URL: 'http://a.example.com', ENCODER_KEY: 'k' },
      'ENCODER_URL is "http://a.example.com/": expected https, since ENCODER_KEY is sent along',
    ],
    [
      { ENCODER_URL: 'https://u:secret@a.example.com:99999/?api_key=secret' },
      'ENCODER_URL is no URL: expected',
    ],
    [
      { ENCODER_URL: 'http://10.evil.example.com/v1?api_key=secret', ENCODER_KEY: 'k' },
      'ENCODER_URL is "http://10.evil.example.com/v1": expected https',
    ],
    [{ ENCODER_KEY: 'secret\nsecret' }, 'ENCODER_KEY is not valid: expected visible ASCII characters'],
    [{ ENCODER_GATEWAY_TOKEN: 'sécret' }, 'ENCODER_GATEWAY_TOKEN is not valid: expected visible'],
    [{ ENCODER_PRESET: 'banana' }, 'ENCODER_PRESET is "banana": expected one of openai, infinity, vllm,'],
    [{ ENCODER_PATH: 'embed' }, 'ENCODER_PATH is "embed": expected a path that begins with /'],
    [{ ENCODER_PROMPT: 'a photo' }, 'ENCODER_PROMPT is "a photo": expected {text} where the text goes'],
    [
      { ENCODER_TEXT_TASK: 'query' },
      'ENCODER_TEXT_TASK is set, but ENCODER_PRESET "openai" has no such field',
    ],
    [{ ENCODER_PRESET: 'vllm', ENCODER_PATH: '/a' }, 'ENCODER_PATH is set, but ENCODER_PRESET "vllm" sends'],
    [{ ENCODER_PRESET: 'immich', ENCODER_MAX_IMAGES: '4' }, 'ENCODER_MAX_IMAGES is 4: expected 1'],
    [{ ENCODER_MAX_IMAGES: '0' }, 'ENCODER_MAX_IMAGES is "0": expected a whole number from 1 to 256'],
    [{ ENCODER_DEADLINE_MS: 'soon' }, 'ENCODER_DEADLINE_MS is "soon": expected a whole number'],
    [{ ENCODER_DIM: undefined }, 'ENCODER_DIM is not set: expected the length of the vectors of acme/clip'],
    [{ IMAGE_ROUTE: 'worker' }, 'IMAGE_ROUTE is "worker": expected "ai" or "http"'],
    [
      { ...TEMPLATE, ENCODER_TEXT_TEMPLATE: undefined },
      'ENCODER_TEXT_TEMPLATE is undefined: expected a JSON template',
    ],
    [{ ...TEMPLATE, ENCODER_TEXT_TEMPLATE: '{' }, 'ENCODER_TEXT_TEMPLATE is no JSON'],
    [
      { ...TEMPLATE, ENCODER_TEXT_TEMPLATE: '{"a": "{{image}}"}' },
      'ENCODER_TEXT_TEMPLATE has the place {{image}}',
    ],
    [{ ...TEMPLATE, ENCODER_IMAGE_TEMPLATE: '{}' }, 'ENCODER_IMAGE_TEMPLATE has not one place for its input'],
    [
      { ...TEMPLATE, ENCODER_VECTORS_POINTER: 'data' },
      'ENCODER_VECTORS_POINTER is "data": expected a JSON pointer',
    ],
    [{ ...TEMPLATE, ENCODER_MAX_IMAGES: '2' }, 'ENCODER_MAX_IMAGES is 2: expected 1'],
  ])('refuses %j', (changes, message) => {
    const said = refusal({ ...CLIP, ...changes });
    expect(said.replace('the secret ENCODER_KEY', '')).not.toMatch(/s[eé]cret/);
    expect(said.startsWith(`INTERNAL: ${message}`), said).toBe(true);
  });

  it.each([
    'http://localhost:7997',
    'http://127.0.0.1:1',
    'http://10.1.2.3',
    'http://[::1]:1',
    'http://encoder:7997',
  ])('sends a key without TLS to %s, which no public network carries', (url) => {
    expect(refusal({ ...CLIP, ENCODER_URL: url, ENCODER_KEY: 'k' })).toBe('accepted');
  });
});

describe('docs/encoder-routes.md', () => {
  it('shows variables that a Worker takes', () => {
    const text = readFileSync('docs/encoder-routes.md', 'utf8');
    const blocks = [...text.matchAll(/^```toml\n(.*?)^```/gms)].map(([, block]) => block);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) {
      const vars = Object.fromEntries(
        [...block.matchAll(/^(\w+) = (?:"(.*)"|'(.*)')$/gm)].map(([, name, a, b]) => [name, a ?? b]),
      );
      expect(refusal(vars), block).toBe('accepted');
    }
  });

  it('has a row for every preset', () => {
    const text = readFileSync('docs/encoder-routes.md', 'utf8');
    for (const [name, { maxImages, maxTexts }] of Object.entries(PRESETS))
      expect(text).toMatch(new RegExp(`\\| \`${name}\` .*\\| ${maxImages}, ${maxTexts} `));
  });
});

describe('readErrorBody', () => {
  it.each([
    ['{"error": {"message": "m", "type": "t", "param": null, "code": "c"}}', 'm', 'c t'],
    ['{"error": {"message": "m", "type": null, "code": 400}}', 'm', ''],
    ['{"object": "error", "message": "m", "type": "BadRequestError", "code": 400}', 'm', 'BadRequestError'],
    ['{"error": "m", "error_type": "Validation"}', 'm', 'Validation'],
    ['{"detail": "m"}', 'm', ''],
    [
      '{"detail": [{"loc": ["body", "input"], "msg": "too long"}, {"msg": "n"}]}',
      'body.input: too long; n',
      '',
    ],
    ['{"title": "t", "detail": "m", "status": 422}', 'm', ''],
    ['{"errors": [{"code": 10000, "message": "m"}]}', 'm', ''],
    ['<html>', '', ''],
    ['{"error": {"mess', '', ''],
    ['[]', '', ''],
    ['', '', ''],
  ])('reads %s', (body, message, kind) => {
    expect(readErrorBody(body)).toEqual({ message, kind });
  });
});

describe('readRetryAfter', () => {
  const now = Date.parse('2026-11-30T00:00:00Z');
  it.each([
    [{ 'retry-after': '5' }, 5],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '5' }, 0.25],
    [{ 'retry-after': 'Mon, 30 Nov 2026 00:00:10 GMT' }, 10],
    [{ 'retry-after': 'Sun, 29 Nov 2026 00:00:00 GMT' }, 0],
    [{ 'retry-after': '999999999' }, 3600],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, 0],
    [{}, undefined],
  ])('reads %j', (headers, seconds) => {
    const said = readRetryAfter(new Headers(Object.entries(headers)), now);
    // "-5" is no number of RFC 9110; as a date it is long past.
    expect(said).toBe(seconds);
  });
});

describe('templates and pointers', () => {
  it('fill whole strings only, at any depth', () => {
    const template = { a: ['{{x}}', { b: '{{x}}' }, 'say {{x}}', 1, null], '{{x}}': true };
    expect(fillTemplate(template, { x: () => [1] })).toEqual({
      a: [[1], { b: [1] }, 'say {{x}}', 1, null],
      '{{x}}': true,
    });
  });

  it('follow RFC 6901, and * for every element', () => {
    const answer = { 'a/b': [{ v: 1 }, { v: 2 }], '': 0, 'm~n': 8 };
    expect(followPointer(answer, '')).toBe(answer);
    expect(followPointer(answer, '/')).toBe(0);
    expect(followPointer(answer, '/m~0n')).toBe(8);
    expect(followPointer(answer, '/a~1b/1/v')).toBe(2);
    expect(followPointer(answer, '/a~1b/*/v')).toEqual([1, 2]);
    for (const pointer of ['/a', '/a~1b/2', '/a~1b/01', '/a~1b/-', '/toString'])
      expect(() => followPointer(answer, pointer), pointer).toThrow('The encoder gave no list of vectors');
  });
});
