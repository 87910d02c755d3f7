import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import { putKey } from './access-setup.ts';
import { fixturePicture, samplePicture } from './pictures.ts';
import { askWith, fullModel, publish, recordOf } from './setup.ts';

/** The whole Worker with an encoder behind HTTP that speaks as Infinity does (test/worker/network.ts). */

const KEY = 'sk-secret-key-0123456789';
const VARS = {
  IMAGE_ROUTE: 'http',
  TEXT_ROUTE: 'http',
  ENCODER_URL: 'https://encoder.example.com',
  ENCODER_PRESET: 'infinity',
  ENCODER_MODEL: 'acme/clip',
  ENCODER_DIM: '4',
  ENCODER_KEY: KEY,
  // No binding: nothing of this may need one.
  AI: undefined,
};
const EMBED = `query ($images: [ImageInput!]!, $texts: [String!]!) {
  embedImages(images: $images) { ... on Embedding { vector encoder } ... on ItemError { code message } }
  embedTexts(texts: $texts) { ... on Embedding { vector encoder } ... on ItemError { code message } } }`;

interface SeenCall {
  readonly path: string;
  readonly kind: string;
  readonly count: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly model: string; readonly input: readonly string[]; readonly modality: string };
}

async function callsOf(): Promise<SeenCall[]> {
  return (await fetch('https://encoder.example.com/calls')).json();
}

async function images(): Promise<{ base64: string }[]> {
  const files = [samplePicture('a-badger.webp'), fixturePicture('baseline.jpg')];
  return (await Promise.all(files)).map((base64) => ({ base64 }));
}

beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  await callsOf();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('an encoder behind HTTP', () => {
  it('takes pictures as data URIs and texts, each kind in one call, with the key', async () => {
    const { data, errors } = await askWith(VARS, EMBED, {
      images: await images(),
      texts: ['a badger', 'a dodo'],
    });
    expect(errors).toBeUndefined();
    for (const item of [...data.embedImages, ...data.embedTexts])
      expect(item).toMatchObject({ encoder: 'acme/clip' });
    const calls = await callsOf();
    expect(calls.map(({ path, kind, count }) => [path, kind, count]).sort()).toEqual([
      ['/embeddings', 'images', 2],
      ['/embeddings', 'texts', 2],
    ]);
    const pictures = calls.find(({ kind }) => kind === 'images')?.body.input ?? [];
    expect(pictures.map((uri) => uri.slice(0, 23))).toEqual([
      'data:image/webp;base64,',
      'data:image/jpeg;base64,',
    ]);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
  });

  it('never sees the URL of a picture, which the Worker fetches itself', async () => {
    const url = 'https://pictures.example.com/badger.webp';
    const { data } = await askWith(VARS, EMBED, { images: [{ url }], texts: [] });
    expect(data.embedImages).toMatchObject([{ encoder: 'acme/clip' }]);
    const [{ body }] = await callsOf();
    expect(body.input).toEqual([expect.stringMatching(/^data:image\/webp;base64,/)]);
    expect(JSON.stringify(body)).not.toContain('pictures.example.com');
  });

  it('fails one text that it refuses, and answers the others', async () => {
    const { data } = await askWith(VARS, EMBED, { images: [], texts: ['a badger', 'BAD text', 'a dodo'] });
    expect(data.embedTexts).toMatchObject([
      { encoder: 'acme/clip' },
      { code: 'ENCODER_FAILED', message: expect.stringContaining('cannot identify') },
      { encoder: 'acme/clip' },
    ]);
  });

  it('tells callers nothing of the operator’s when the key is wrong', async () => {
    const { data } = await askWith({ ...VARS, ENCODER_KEY: 'other' }, EMBED, { images: [], texts: ['a'] });
    expect(data.embedTexts).toEqual([
      { code: 'ENCODER_FAILED', message: 'This deployment may not use its encoder; the log has the cause' },
    ]);
  });

  it('fails as unreachable where there is nobody', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const vars = { ...VARS, ENCODER_URL: 'https://nobody.example.com', ENCODER_DEADLINE_MS: '2000' };
    const { data } = await askWith(vars, EMBED, { images: [], texts: ['a'] });
    expect(data.embedTexts).toMatchObject([{ code: 'ENCODER_FAILED' }]);
  });

  it('is one encoder with the texts in the Worker under the same id', async () => {
    const mixed = { ...VARS, TEXT_ROUTE: 'worker' };
    const { errors } = await askWith(mixed, '{ encoder { id } }');
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
    const same = { ...mixed, ENCODER_ID: 'tiny-clip', ENCODER_DIM: undefined };
    expect((await askWith(same, '{ encoder { id dim } }')).data).toEqual({
      encoder: { id: 'tiny-clip', dim: 256 },
    });
  });
});

async function encoderCheck(
  vars: object,
  headers: Record<string, string>,
  deployed = { ...env, ...vars } as object as Env,
  origin = 'https://alignql.test',
) {
  const ctx = createExecutionContext();
  const request = new Request(`${origin}/ready`, { headers });
  const response = await worker.fetch(request as never, deployed, ctx);
  await waitOnExecutionContext(ctx);
  const { checks } = await response.json<{
    checks: { name: string; ok: boolean; message?: string; hint?: string }[];
  }>();
  return checks.find(({ name }) => name === 'encoder');
}

describe('/ready', () => {
  it('fails within a minute once the encoder has gone, however well it was before', async () => {
    const { data } = await askWith(VARS, '{ encoder { id fingerprint } }');
    await publish('default', recordOf(fullModel, { encoder: data.encoder }));
    const vars = { ...VARS, AUTH: 'open' };
    const deployed = { ...env, ...vars } as object as Env;
    const now = vi.spyOn(Date, 'now');
    const start = performance.timeOrigin + performance.now();
    const isOkAfter = async (seconds: number): Promise<boolean | undefined> => {
      now.mockReturnValue(start + seconds * 1000);
      return (await encoderCheck(deployed, {}, deployed))?.ok;
    };
    expect(await isOkAfter(0)).toBe(true);
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
    expect(await isOkAfter(30)).toBe(true);
    expect(await isOkAfter(61)).toBe(false);
    expect(await isOkAfter(67)).toBe(false);
  });

  it('tells who may administer where pictures and texts are encoded, and asks for one of each', async () => {
    const { data } = await askWith(VARS, '{ encoder { id fingerprint } }');
    await publish('default', recordOf(fullModel, { encoder: data.encoder }));
    const admin = await putKey({ scopes: ['admin'] });
    const vars = { ...VARS, AUTH: 'keys' };
    const headers = { authorization: `Bearer ${admin.text}` };
    const way = 'over HTTP (infinity)';
    expect(await encoderCheck(vars, headers)).toMatchObject({
      ok: true,
      hint: `pictures ${way}, texts ${way}`,
    });
    expect((await callsOf()).map(({ kind }) => kind)).toEqual(['images', 'texts']);
    expect(await encoderCheck({ ...VARS, AUTH: 'keys' }, {})).not.toHaveProperty('hint');
    const failed = await encoderCheck({ ...vars, ENCODER_KEY: 'other' }, headers);
    expect(failed).toMatchObject({
      ok: false,
      hint: expect.stringMatching(/infinity.*status 401: Unauthorized: check the secret ENCODER_KEY/),
    });
  });

  it.each([
    ['the one that is told', 'b', true],
    ['another one than is told', 'c', false],
  ])('holds by the fingerprint: %s', async (_, digit, ok) => {
    const fingerprint = digit.repeat(64);
    await publish('default', recordOf(fullModel, { encoder: { id: 'acme/telling', fingerprint } }));
    const vars = { ...VARS, ENCODER_MODEL: 'acme/telling', ENCODER_FINGERPRINT: fingerprint, AUTH: 'open' };
    const check = await encoderCheck(vars, {});
    expect(check?.ok).toBe(ok);
    if (ok) return;
    // Everybody is let in: on the internet that is anybody.
    expect(check).toMatchObject({ message: 'The encoder gives no embeddings.' });
    expect(check).not.toHaveProperty('hint');
    expect(await encoderCheck(vars, {}, undefined, 'http://127.0.0.1:8787')).toMatchObject({
      hint: expect.stringContaining('serves another model'),
    });
  });
});
