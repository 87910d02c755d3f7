import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isolateWith } from './access-setup.ts';
import { writeCorpus } from './corpora.ts';
import { form, json, readRest, send } from './rest-setup.ts';
import { embedding, fullModel, publish, recordOf } from './setup.ts';

const IMAGE = embedding([1, 2, -2, 0.5]);
const TEXTS = [embedding([2, 1, -1, 3])];
const SELECTION = 'rest-full';

beforeAll(async () => {
  const id = await publish(SELECTION, recordOf(fullModel));
  await writeCorpus('rest-mistakes', id, [{ id: 'one', vector: [1, 2, -2, 1] }]);
});

describe('a mistake', () => {
  const ALIGN = { image: IMAGE, text: 'a fox' };
  const cases: readonly [
    what: string,
    path: string,
    init: RequestInit,
    status: number,
    code: string,
    says: RegExp,
  ][] = [
    [
      'no body',
      '/v1/align',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_INPUT',
      /empty body/,
    ],
    ['no JSON', '/v1/align', json('{'), 400, 'BAD_INPUT', /not JSON/],
    ['NaN', '/v1/align', json('{"baseRate":NaN}'), 400, 'BAD_INPUT', /not JSON/],
    [
      'Infinity',
      '/v1/align',
      json(`{"image":${JSON.stringify(IMAGE)},"text":"a","baseRate":1e999}`),
      400,
      'BAD_INPUT',
      /baseRate/,
    ],
    ['a list', '/v1/align', json([]), 400, 'BAD_INPUT', /JSON object/],
    ['null', '/v1/search', json(null), 400, 'BAD_INPUT', /JSON object/],
    ['no image', '/v1/align', json({ text: 'a' }), 400, 'BAD_INPUT', /Expected image/],
    [
      'an unknown field',
      '/v1/align',
      json({ ...ALIGN, texts: [] }),
      400,
      'BAD_INPUT',
      /"texts" is not known here: expected image, text/,
    ],
    [
      'a name of every object',
      '/v1/align',
      json('{"__proto__":1}'),
      400,
      'BAD_INPUT',
      /"__proto__" is not known/,
    ],
    [
      'an unknown field inside',
      '/v1/align',
      json({ ...ALIGN, image: { path: 'a' } }),
      400,
      'BAD_INPUT',
      /^image: .*path/,
    ],
    [
      'two images in one',
      '/v1/align',
      json({ ...ALIGN, image: { url: 'https://a.org/b', base64: 'A' } }),
      400,
      'BAD_INPUT',
      /^image: .*[Ee]xactly one/,
    ],
    [
      'the path of an image',
      '/v1/align',
      json({ ...ALIGN, image: 'a.webp' }),
      400,
      'BAD_INPUT',
      /Expected image as \{"base64".*, got "a\.webp"/,
    ],
    [
      'a list for a text',
      '/v1/align',
      json({ ...ALIGN, text: ['a fox'] }),
      400,
      'BAD_INPUT',
      /Expected text as a text, or .*, got a list of 1\./,
    ],
    [
      'paths among images',
      '/v1/rank',
      json({ text: 'a', images: [IMAGE, 'a.webp'] }),
      400,
      'BAD_INPUT',
      /Expected images\[1\] as .*got "a\.webp"/,
    ],
    [
      'a number for a text',
      '/v1/align',
      json({ ...ALIGN, text: { text: 1 } }),
      400,
      'BAD_INPUT',
      /^text\.text: String/,
    ],
    [
      'a text for a number',
      '/v1/align',
      json({ ...ALIGN, baseRate: '0.5' }),
      400,
      'BAD_INPUT',
      /^baseRate: Float/,
    ],
    ['null for a name', '/v1/align', json({ ...ALIGN, selection: null }), 400, 'BAD_INPUT', /^selection: /],
    [
      'a file in JSON',
      '/v1/align',
      json({ ...ALIGN, image: { upload: {} } }),
      400,
      'BAD_INPUT',
      /^image\.upload: File/,
    ],
    [
      'a rate out of range',
      '/v1/align',
      json({ ...ALIGN, baseRate: 1 }),
      400,
      'BAD_INPUT',
      /baseRate between 0 and 1/,
    ],
    [
      'a blank text',
      '/v1/classify',
      json({ image: IMAGE, labels: [' '] }),
      400,
      'BAD_INPUT',
      /label 0 is blank/,
    ],
    [
      'another encoder',
      '/v1/align',
      json({ image: IMAGE, text: 'a', selection: SELECTION }),
      409,
      'ENCODER_MISMATCH',
      /give embeddings/,
    ],
    [
      'a broken vector',
      '/v1/align',
      json({ image: embedding([1]), text: TEXTS[0], selection: SELECTION }),
      400,
      'BAD_VECTOR',
      /base64 of 4/,
    ],
    [
      'a vector of NaN',
      '/v1/align',
      json({ image: embedding([1, NaN, 0, 0]), text: TEXTS[0], selection: SELECTION }),
      400,
      'BAD_VECTOR',
      /finite/,
    ],
    [
      'no such selection',
      '/v1/align',
      json({ image: IMAGE, text: TEXTS[0], selection: 'none' }),
      404,
      'SELECTION_NOT_FOUND',
      /"none"\. There (is|are) "\w/,
    ],
    [
      'no such corpus',
      '/v1/search',
      json({ corpus: 'none', text: 'a' }),
      404,
      'CORPUS_NOT_FOUND',
      /"none"\. There (is|are) "\w/,
    ],
    ['a search for nothing', '/v1/search', json({ corpus: 'rest-mistakes' }), 400, 'BAD_INPUT', /neither/],
    [
      'a fraction of results',
      '/v1/search',
      json({ corpus: 'a', text: 'a', first: 1.5 }),
      400,
      'BAD_INPUT',
      /^first: Int/,
    ],
    [
      'neither texts nor images',
      '/v1/rank',
      json({ image: IMAGE }),
      400,
      'BAD_INPUT',
      /neither texts nor images/,
    ],
    [
      'texts and images',
      '/v1/rank',
      json({ image: IMAGE, texts: [], images: [] }),
      400,
      'BAD_INPUT',
      /got texts and images/,
    ],
    [
      'too many texts',
      '/v1/rank',
      json({ image: IMAGE, texts: Array.from({ length: 513 }, (_, i) => embedding([i + 1])) }),
      400,
      'LIMIT_EXCEEDED',
      /512 texts, got 513/,
    ],
    [
      'too much to encode',
      '/v1/rank',
      json({ image: IMAGE, texts: Array.from({ length: 300 }, (_, i) => `text ${i}`) }),
      400,
      'LIMIT_EXCEEDED',
      /256 different texts/,
    ],
    [
      'too dear a request',
      '/v1/rank',
      json({ text: 'a', images: Array.from({ length: 512 }, (_, i) => ({ url: `https://a.org/${i}` })) }),
      400,
      'LIMIT_EXCEEDED',
      /units of cost/,
    ],
    [
      'too many values',
      '/v1/align',
      json(`[${'1,'.repeat(70_000)}1]`),
      400,
      'LIMIT_EXCEEDED',
      /65536 values/,
    ],
    [
      'a body too long',
      '/v1/align',
      json(`"${'x'.repeat(17 * 1024 * 1024)}"`),
      413,
      'LIMIT_EXCEEDED',
      /16777216 bytes/,
    ],
    [
      'text that is no UTF-8',
      '/v1/align',
      { ...json(''), body: new Uint8Array([0xff, 0xfe]) },
      400,
      'BAD_INPUT',
      /not UTF-8/,
    ],
    [
      'another media type',
      '/v1/align',
      json(ALIGN, { 'content-type': 'text/plain' }),
      415,
      'BAD_INPUT',
      /application\/json, multipart/,
    ],
    [
      'another charset',
      '/v1/align',
      json(ALIGN, { 'content-type': 'application/json; charset=latin1' }),
      415,
      'BAD_INPUT',
      /UTF-8/,
    ],
    [
      'another coding',
      '/v1/align',
      json(ALIGN, { 'content-encoding': 'br' }),
      415,
      'BAD_INPUT',
      /gzip or deflate/,
    ],
    [
      'a form that any page may post',
      '/v1/align',
      form([['text', 'a']], false),
      400,
      'BAD_INPUT',
      /graphql-require-preflight/,
    ],
    [
      'a file for a text',
      '/v1/align',
      form([
        ['text', new Blob(['a'])],
        ['image', new Blob(['a'])],
      ]),
      400,
      'BAD_INPUT',
      /text as text, got a file/,
    ],
    [
      'a part twice',
      '/v1/align',
      form([
        ['text', 'a'],
        ['text', 'b'],
      ]),
      400,
      'BAD_INPUT',
      /text once, got it 2 times/,
    ],
    [
      'a part of every object',
      '/v1/align',
      form([['__proto__', 'a']]),
      400,
      'BAD_INPUT',
      /"__proto__" is not known/,
    ],
    [
      'too many values in its parts together',
      '/v1/rank',
      form([
        ['text', 'a'],
        ...Array.from({ length: 4 }, (): [string, string] => ['images', `[${'{},'.repeat(9_000)}{}]`]),
      ]),
      400,
      'LIMIT_EXCEEDED',
      /65536 values/,
    ],
    ['an unknown part', '/v1/align', form([['caption', 'a']]), 400, 'BAD_INPUT', /"caption" is not known/],
    [
      'no number in a part',
      '/v1/align',
      form([
        ['text', 'a'],
        ['image', new Blob(['a'])],
        ['baseRate', 'x'],
      ]),
      400,
      'BAD_INPUT',
      /^baseRate: Float/,
    ],
    [
      'an image part of no JSON',
      '/v1/align',
      form([
        ['text', 'a'],
        ['image', 'fox.png'],
      ]),
      400,
      'BAD_INPUT',
      /Expected image as a file, .*got the text "fox\.png"\. .*-F image=@FILE/,
    ],
    [
      'another method',
      '/v1/align',
      { method: 'PUT', body: '{}' },
      405,
      'BAD_INPUT',
      /Expected POST, got PUT/,
    ],
    ['a question by GET', '/v1/align', {}, 405, 'BAD_INPUT', /Expected POST, got GET/],
    ['another path', '/v1/score', json({}), 404, 'BAD_INPUT', /\/v1\/align/],
    ['a path without /v1', '/rank', json({}), 404, 'BAD_INPUT', /at "\/rank"; there is \/v1\/rank\.$/],
    ['a path of another word', '/nothing', json({}), 404, 'BAD_INPUT', /\/graphql, \/v1\/align/],
    ['a path below', '/v1/align/more', json({}), 404, 'BAD_INPUT', /\/v1\/align/],
  ];

  it.each(cases)('is a problem: %s', async (_what, path, init, status, code, says) => {
    const headers = new Headers(init.headers);
    headers.set('x-request-id', 'rest-1');
    const answer = await send(path, { ...init, headers });
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status,
      code,
      retryable: false,
      requestId: 'rest-1',
    });
    expect(answer.body.detail).toMatch(says);
    expect(answer.body.detail.length).toBeLessThan(500);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('x-request-id')).toBe('rest-1');
    if (status === 405) expect(answer.headers.get('allow')).toContain('POST');
  });

  it('of ours is masked, and told to the log', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ask = isolateWith({ MAX_COST: 'much' });
    const answer = await readRest(await ask('/v1/align', json({ image: IMAGE, text: 'a' })));
    expect(answer.body).toMatchObject({ status: 500, code: 'INTERNAL', detail: 'Unexpected error.' });
    expect(log.mock.calls.flat().join('\n')).toContain('MAX_COST');
    log.mockRestore();
  });
});
