import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { PICTURE_READING } from '../../src/format/cached-embedding.ts';
import { sealBytes } from '../../src/format/stored-value.ts';
import { bytesOf, samplePicture } from './pictures.ts';
import {
  ENDPOINT,
  ask,
  askWith,
  embedding,
  fakeAi,
  type FakeAi,
  fullModel,
  openIsolate,
  publish,
  readAnswer,
  recordOf,
} from './setup.ts';

// Embeddings kept in the isolate and in workerd's own Cache API. The double gives other vectors than the real encoder, so these
// run under a fingerprint of their own: that keeps what they leave behind away from every other test.

const FINGERPRINT = 'cafe'.repeat(16);
let info: EncoderInfo;
let badger: Uint8Array<ArrayBuffer>;
let salt = 0;

beforeAll(async () => {
  const { data } = await ask('{ encoder { id dim fingerprint } }');
  info = data.encoder;
  badger = bytesOf(await samplePicture('a-badger.webp'));
  const model = { ...fullModel, dim: info.dim, k: info.dim };
  await publish('kept', recordOf(model, { encoder: { id: info.id, fingerprint: FINGERPRINT } }));
});

const axis = (at: number): number[] => Array.from({ length: info.dim }, (_, i) => (i === at ? 1 : 0));
const workingAi = (): FakeAi =>
  fakeAi((inputs) => ({ data: ((inputs.image ?? inputs.text) as unknown[]).map((_, i) => axis(i)) }));
/** A picture that no test has shown before. */
const newPicture = (): { base64: string } => ({
  base64: btoa(String.fromCharCode(...badger, salt & 255, salt++ >> 8)),
});

interface Isolate {
  readonly ai: FakeAi;
  readonly send: (query: string, variables?: object) => Promise<Response>;
}

function isolate(overrides: object = {}, ai = workingAi()): Isolate {
  const vars = {
    AI: ai,
    AI_MAX_IMAGES: '16',
    TEXT_ROUTE: 'ai',
    ENCODER_FINGERPRINT: FINGERPRINT,
    EMBEDDING_CACHE: 'shared',
    // workerd's local cache is a Worker of its own; on a busy machine it takes longer than the default.
    EMBEDDING_CACHE_WAIT_MS: '5000',
  };
  return { ai, send: openIsolate({ ...vars, ...overrides }) };
}

const EMBED_IMAGES =
  'query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on Embedding { vector } ... on ItemError { code } } }';
const ALIGN = `query ($image: ImageInput!, $text: TextInput!) {
  align(image: $image, text: $text, selection: "kept") { __typename }
}`;
const timingOf = (response: Response): string | undefined =>
  /embed;desc="([^"]*)"/.exec(response.headers.get('server-timing') ?? '')?.[1];

describe('an input that was encoded before', () => {
  it('is not encoded again in the isolate, nor in another one', async () => {
    const images = [newPicture(), newPicture()];
    const first = isolate();
    const encoded = await first.send(EMBED_IMAGES, { images });
    expect(timingOf(encoded)).toBe('isolate=0 shared=0 encoded=2');
    const again = await first.send(EMBED_IMAGES, { images });
    expect(timingOf(again)).toBe('isolate=2 shared=0 encoded=0');
    expect(first.ai.calls).toHaveLength(1);

    const other = isolate();
    const elsewhere = await other.send(EMBED_IMAGES, { images });
    expect(timingOf(elsewhere)).toMatch(/^isolate=0 shared=2 encoded=0 age=\d+$/);
    expect(other.ai.calls).toEqual([]);
    const answers = await Promise.all([encoded, again, elsewhere].map(readAnswer));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(timingOf(await other.send(EMBED_IMAGES, { images }))).toBe('isolate=2 shared=0 encoded=0');
  });

  it('shares the batch of those that were not', async () => {
    const [known, fresh] = [newPicture(), newPicture()];
    await isolate().send(EMBED_IMAGES, { images: [known] });
    const other = isolate();
    const response = await other.send(EMBED_IMAGES, { images: [fresh, known, fresh] });
    expect(timingOf(response)).toMatch(/^isolate=0 shared=1 encoded=1 age=\d+$/);
    expect(other.ai.calls.map((inputs) => (inputs as { image: unknown[] }).image)).toEqual([[fresh.base64]]);
    const { data } = await readAnswer(response);
    expect(data.embedImages[0]).toEqual(data.embedImages[2]);
  });

  it('is told by its bytes: a text is no picture, and a text with one character more another', async () => {
    const query = 'query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }';
    const text = `a badger ${salt++}`;
    const { ai, send } = isolate();
    await send(query, { texts: [text] });
    expect(timingOf(await send(query, { texts: [text, `${text} `, text.toUpperCase()] }))).toBe(
      'isolate=1 shared=0 encoded=2',
    );
    expect(ai.calls).toEqual([{ text: [text] }, { text: [`${text} `, text.toUpperCase()] }]);
  });

  it('is encoded again by an encoder of another fingerprint', async () => {
    const images = [newPicture()];
    await isolate().send(EMBED_IMAGES, { images });
    const other = isolate({ ENCODER_FINGERPRINT: 'beef'.repeat(16) });
    expect(timingOf(await other.send(EMBED_IMAGES, { images }))).toBe('isolate=0 shared=0 encoded=1');
  });
});

describe('EMBEDDING_CACHE', () => {
  it('"isolate" keeps nothing beyond the isolate, and finds nothing there', async () => {
    const images = [newPicture()];
    const alone = isolate({ EMBEDDING_CACHE: 'isolate' });
    await alone.send(EMBED_IMAGES, { images });
    expect(timingOf(await alone.send(EMBED_IMAGES, { images }))).toBe('isolate=1 shared=0 encoded=0');
    expect(timingOf(await isolate().send(EMBED_IMAGES, { images }))).toBe('isolate=0 shared=0 encoded=1');
    const later = isolate({ EMBEDDING_CACHE: 'isolate' });
    expect(timingOf(await later.send(EMBED_IMAGES, { images }))).toBe('isolate=0 shared=0 encoded=1');
  });

  it('"off" encodes every time', async () => {
    const images = [newPicture()];
    const off = isolate({ EMBEDDING_CACHE: 'off' });
    await off.send(EMBED_IMAGES, { images });
    expect(timingOf(await off.send(EMBED_IMAGES, { images }))).toBe('isolate=0 shared=0 encoded=1');
    expect(timingOf(await isolate().send(EMBED_IMAGES, { images }))).toBe('isolate=0 shared=0 encoded=1');
  });

  it('with any other value is an INTERNAL error that the log explains', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const { data, errors } = await readAnswer(
      await isolate({ EMBEDDING_CACHE: 'kv' }).send(EMBED_IMAGES, { images: [newPicture()] }),
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Unexpected error.', extensions: { code: 'INTERNAL' } }]);
    expect(log.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toMatchObject([
      { event: 'bug', message: 'EMBEDDING_CACHE is "kv": expected "shared", "isolate" or "off"' },
    ]);
    log.mockRestore();
  });
});

describe('what the shared cache holds', () => {
  const urlOf = async (base64: string): Promise<string> => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `https://${new URL(ENDPOINT).host}/.embeddings/v2/${FINGERPRINT}/${info.dim}/image-${PICTURE_READING}/${hex}`;
  };
  const store = (): Promise<Cache> => caches.open('alignql-embeddings');

  it.each([
    { name: 'cut short', damage: (bytes: Uint8Array) => bytes.slice(0, -1) },
    { name: 'changed', damage: (bytes: Uint8Array) => bytes.map((byte, i) => (i === 20 ? byte ^ 64 : byte)) },
    { name: 'nothing', damage: () => new Uint8Array(0) },
  ])('is encoded anew when it is $name, and mended', async ({ damage }) => {
    const image = newPicture();
    await isolate().send(EMBED_IMAGES, { images: [image] });
    const url = await urlOf(image.base64);
    const good = new Uint8Array(await ((await (await store()).match(url)) ?? new Response()).arrayBuffer());
    expect(good).toHaveLength(sealBytes(url) + 4 + 4 * info.dim);
    await (
      await store()
    ).put(url, new Response(damage(good), { headers: { 'cache-control': 'max-age=600' } }));
    const log = vi.spyOn(console, 'warn').mockReturnValue();
    expect(timingOf(await isolate().send(EMBED_IMAGES, { images: [image] }))).toBe(
      'isolate=0 shared=0 encoded=1',
    );
    expect(log.mock.calls.flat().map(String).join()).toContain('Corrupt stored value');
    log.mockRestore();
    expect(timingOf(await isolate().send(EMBED_IMAGES, { images: [image] }))).toContain('shared=1');
  });

  it('is never a failure', async () => {
    const image = newPicture();
    const quota = fakeAi(() => Promise.reject(new Error('3036: Account limited')));
    const failed = await isolate({}, quota).send(EMBED_IMAGES, { images: [image] });
    expect((await readAnswer(failed)).data.embedImages).toEqual([{ code: 'ENCODER_QUOTA' }]);
    expect(timingOf(failed)).toBe('isolate=0 shared=0 encoded=1');
    expect(await (await store()).match(await urlOf(image.base64))).toBeUndefined();
    const { ai, send } = isolate();
    expect(timingOf(await send(EMBED_IMAGES, { images: [image] }))).toBe('isolate=0 shared=0 encoded=1');
    expect(ai.calls).toHaveLength(1);
  });

  it('costs a request no more than the time that it may wait', async () => {
    const never = new Promise<undefined>(() => undefined);
    const open = vi.spyOn(caches, 'open').mockResolvedValue({
      match: () => never,
      put: () => Promise.resolve(),
      delete: () => Promise.resolve(false),
    } as unknown as Cache);
    const response = await isolate({ EMBEDDING_CACHE_WAIT_MS: '20' }).send(EMBED_IMAGES, {
      images: [newPicture()],
    });
    open.mockRestore();
    expect(timingOf(response)).toBe('isolate=0 shared=0 encoded=1');
    expect((await readAnswer(response)).data.embedImages[0].vector).toBeTypeOf('string');
  });
});

describe('Server-Timing', () => {
  it('follows its grammar and may be read by a page of any origin', async () => {
    const { send } = isolate();
    const response = await send(ALIGN, { image: newPicture(), text: { text: `a badger ${salt++}` } });
    expect((await readAnswer(response)).data.align).toEqual({ __typename: 'Alignment' });
    const header = response.headers.get('server-timing') ?? '';
    // token *( ";" token "=" ( token / quoted-string ) ), with commas between: RFC 9110 and the W3C's Server Timing.
    const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    const metric = `${token}(?:;${token}=(?:${token}|"[^"\\\\]*"))*`;
    expect(header).toMatch(new RegExp(`^${metric}(?:, ${metric})*$`));
    expect(header).toMatch(
      /^embed;desc="isolate=0 shared=0 encoded=2", cache;dur=\d+, encode-images;dur=\d+, encode-texts;dur=\d+$/,
    );
    expect(response.headers.get('access-control-expose-headers')).toBe('Server-Timing');
    expect(response.headers.get('timing-allow-origin')).toBe('*');
  });

  it('comes with an upload too', async () => {
    const form = new FormData();
    const query = 'query ($file: File!) { embedImages(images: [{ upload: $file }]) { __typename } }';
    form.set('operations', JSON.stringify({ query, variables: { file: null } }));
    form.set('map', JSON.stringify({ a: ['variables.file'] }));
    form.set('a', new Blob([badger]), 'badger.webp');
    const uploaded = await exports.default.fetch(ENDPOINT, {
      method: 'POST',
      body: form,
      headers: { 'graphql-require-preflight': '1' },
    });
    expect(uploaded.status).toBe(200);
    await uploaded.text();
    expect(timingOf(uploaded)).toMatch(/^isolate=\d shared=\d encoded=\d/);
  });

  it('is not there when nothing had to be encoded', async () => {
    const given = embedding(axis(0), info.id);
    const { send } = isolate();
    for (const response of [
      await send(ALIGN, { image: given, text: given }),
      await send('{ encoder { id } }'),
      await send('{ nothing }'),
    ]) {
      expect(response.headers.has('server-timing')).toBe(false);
      expect(response.headers.has('timing-allow-origin')).toBe(false);
    }
  });
});

describe('a limit of the request', () => {
  it('counts an input that is in the isolate like any other', async () => {
    const query = `query ($texts: [String!]!) {
      embedTexts(texts: $texts) { ... on ItemError { code } }
    }`;
    const texts = Array.from({ length: 256 }, (_, i) => `text ${i}`);
    const { send } = isolate({ EMBEDDING_CACHE: 'isolate' });
    const first = await readAnswer(await send(query, { texts }));
    expect(first.data.embedTexts).not.toContainEqual({ code: 'LIMIT_EXCEEDED' });
    const again = await send(query, { texts: ['text 0', ...texts, 'text 255'] });
    expect(timingOf(again)).toBe('isolate=256 shared=0 encoded=0');
    const { errors } = await readAnswer(await send(query, { texts: [...texts, 'one more'] }));
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', asked: 257, allowed: 256 } }]);
  });

  it('is what askWith leaves alone: it keeps nothing', async () => {
    const ai = workingAi();
    const images = [newPicture()];
    await askWith({ AI: ai, AI_MAX_IMAGES: '16' }, EMBED_IMAGES, { images });
    await askWith({ AI: ai, AI_MAX_IMAGES: '16' }, EMBED_IMAGES, { images });
    expect(ai.calls).toHaveLength(2);
  });
});
