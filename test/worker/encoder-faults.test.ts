import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fixturePicture, samplePicture } from './pictures.ts';
import { writeCorpus } from './corpora.ts';
import { askWith, fakeAi, fullModel, openIsolate, publish, readAnswer, recordOf } from './setup.ts';

/** The classes of fault of the `AI` binding, by a double at its contract, each through the whole Worker. */

const EMBED_IMAGES = `query ($images: [ImageInput!]!) { embedImages(images: $images) {
  __typename ... on Embedding { vector } ... on ItemError { code message retryable retryAfterSeconds } } }`;
const EMBED_TEXTS = `query ($texts: [String!]!) { embedTexts(texts: $texts) {
  __typename ... on Embedding { vector } ... on ItemError { code message retryable retryAfterSeconds } } }`;

const VARS = { TEXT_ROUTE: 'ai', AI_MAX_IMAGES: '16', AI_TIMEOUT_MS: '20000' };

type Inputs = Record<string, unknown>;
/** How the n-th call of a request goes; `good` is what it should have answered. */
type Fault = (good: { data: number[][] }, call: number) => unknown;

let dim: number;
let images: { base64: string }[];

beforeAll(async () => {
  const { data } = await askWith({}, '{ encoder { dim } }');
  dim = (data as { encoder: { dim: number } }).encoder.dim;
  images = [
    { base64: await samplePicture('a-badger.webp') },
    { base64: await fixturePicture('baseline.jpg') },
  ];
});
beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue();
  // A random wait of up to 0.2 s becomes none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function goodAnswer(inputs: Inputs): { data: number[][] } {
  const { length } = [inputs.image ?? inputs.text].flat();
  return {
    data: Array.from({ length }, (_, row) => Array.from({ length: dim }, (_, i) => (i === row ? 1 : 0))),
  };
}

function faulty(fault: Fault): ReturnType<typeof fakeAi> {
  const ai = fakeAi((inputs) => fault(goodAnswer(inputs), ai.calls.length));
  return ai;
}

const fail = (message: string): never => {
  throw new Error(message);
};
const once =
  (fault: Fault): Fault =>
  (good, call) =>
    call === 1 ? fault(good, call) : good;
const asStream = (text: string): ReadableStream | null => new Response(text).body;
function brokenOff(text: string): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  const parts = [bytes.slice(0, bytes.length >> 1)];
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part) controller.enqueue(part);
      else controller.error(new Error('Network connection lost.'));
    },
  });
}

describe.each([
  ['pictures', EMBED_IMAGES, () => ({ images }), 'embedImages'],
  ['texts', EMBED_TEXTS, () => ({ texts: ['a badger', 'a dodo'] }), 'embedTexts'],
] as const)('%s', (_, query, variables, field) => {
  it.each<[string, Fault]>([
    ['no capacity', () => fail('3040: No capacity')],
    ['a time-out of the platform', () => fail('3007: Request timeout')],
    ['an internal error', () => fail('3043: Internal server error')],
    ['HTML as an error', () => fail('<!DOCTYPE html><title>502 Bad Gateway</title>')],
    ['HTML as a stream', () => asStream('<!DOCTYPE html>')],
    ['HTML as a text', () => '<!DOCTYPE html>'],
    ['a stream that breaks off', (good) => brokenOff(JSON.stringify(good))],
    ['a stream that ends too early', (good) => asStream(JSON.stringify(good).slice(0, 200))],
  ])('are answered after %s', async (_name, fault) => {
    const ai = faulty(once(fault));
    const { data, errors } = await askWith({ ...VARS, AI: ai }, query, variables());
    expect(errors).toBeUndefined();
    expect(data[field]).toMatchObject([{ __typename: 'Embedding' }, { __typename: 'Embedding' }]);
    expect(ai.calls).toHaveLength(2);
  });

  it.each<[string, Fault]>([
    ['a stream of JSON', (good) => asStream(JSON.stringify(good))],
    ['a text of JSON', (good) => JSON.stringify(good)],
  ])('are read from %s at once', async (_name, fault) => {
    const ai = faulty(fault);
    const { data } = await askWith({ ...VARS, AI: ai }, query, variables());
    expect(data[field]).toMatchObject([{ __typename: 'Embedding' }, { __typename: 'Embedding' }]);
    expect(ai.calls).toHaveLength(1);
  });

  it.each<[string, string, Fault]>([
    ['the quota', 'ENCODER_QUOTA', () => fail('3036: Account limited')],
    ['no such model', 'ENCODER_FAILED', () => fail('5007: No such model')],
    ['a private model', 'ENCODER_FAILED', () => fail('5018: This account is not allowed')],
    ['vectors of another length', 'ENCODER_FAILED', ({ data }) => ({ data: data.map(() => [1, 2, 3]) })],
  ])('fail after one call, not to be retried, on %s', async (_name, code, fault) => {
    const ai = faulty(fault);
    const { data } = await askWith({ ...VARS, AI: ai }, query, variables());
    expect(data[field]).toMatchObject([
      { code, retryable: false, retryAfterSeconds: null },
      { code, retryable: false, retryAfterSeconds: null },
    ]);
    expect(ai.calls).toHaveLength(1);
    expect(JSON.stringify(data)).not.toMatch(/AI_|account/);
  });

  it.each<[string, Fault]>([
    ['NaN', ({ data }) => ({ data: data.map((vector, i) => (i === 1 ? vector.map(() => NaN) : vector)) })],
    ['another length', ({ data }) => ({ data: data.map((vector, i) => (i === 1 ? [1, 2] : vector)) })],
    ['none of its own', ({ data }) => ({ data: data.slice(0, 1) })],
  ])('fail alone where one vector has %s', async (_name, fault) => {
    const ai = faulty((good, call) => (call === 3 ? { data: [] } : fault(good, call)));
    const { data } = await askWith({ ...VARS, AI: ai }, query, variables());
    expect(data[field]).toMatchObject([{ __typename: 'Embedding' }, { code: 'ENCODER_FAILED' }]);
  });

  it('are given up at the deadline, in one request for all calls', async () => {
    const ai = fakeAi(() => new Promise(() => undefined));
    const { data } = await askWith({ ...VARS, AI_TIMEOUT_MS: '100', AI: ai }, query, variables());
    expect(data[field]).toMatchObject([
      { code: 'ENCODER_TIMEOUT', retryable: true },
      { code: 'ENCODER_TIMEOUT', retryable: true },
    ]);
    expect(ai.calls).toHaveLength(1);
  });
});

describe('a model that stays away', () => {
  const TEXT = { texts: ['a badger'] };

  /** A clock that stands still but for what the test moves it. */
  function stopClock(): (ms: number) => void {
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now);
    return (ms) => void (now += ms);
  }

  it('is left alone for a while, is asked once, and then again as before', async () => {
    const advance = stopClock();
    let isAway = true;
    const ai = faulty((good) => (isAway ? fail('Network connection lost.') : good));
    const ask = openIsolate({ ...VARS, AI: ai });
    const embed = async (): Promise<unknown> => {
      const { data } = await readAnswer(await ask(EMBED_TEXTS, TEXT));
      return (data as { embedTexts: unknown[] }).embedTexts[0];
    };
    for (let requests = 0; ai.calls.length < 10; requests++) {
      expect(requests).toBeLessThan(10);
      await embed();
    }
    expect(await embed()).toMatchObject({ code: 'ENCODER_BUSY', retryable: true, retryAfterSeconds: 5 });
    advance(2_000);
    expect(await embed()).toMatchObject({ code: 'ENCODER_BUSY', retryAfterSeconds: 3 });
    expect(ai.calls).toHaveLength(10);
    advance(3_000);
    expect(await embed()).toMatchObject({ code: 'ENCODER_BUSY', retryAfterSeconds: 10 });
    expect(ai.calls).toHaveLength(11);
    isAway = false;
    advance(10_000);
    expect(await embed()).toMatchObject({ __typename: 'Embedding' });
    expect(await embed()).toMatchObject({ __typename: 'Embedding' });
    expect(ai.calls).toHaveLength(13);
  });

  it('does not shut out what needs no encoder, nor another isolate', async () => {
    const ai = faulty(() => fail('3007: Request timeout'));
    const isolate = { ...VARS, AI_TIMEOUT_MS: '100', AI: ai };
    const ask = openIsolate(isolate);
    while (ai.calls.length < 10) await ask(EMBED_TEXTS, TEXT);
    const made = ai.calls.length;
    const { status, data } = await readAnswer(await ask('{ encoder { dim } selections { name } }'));
    expect([status, (data as { encoder: { dim: number } }).encoder.dim]).toEqual([200, dim]);
    expect(ai.calls).toHaveLength(made);
    await askWith(isolate, EMBED_TEXTS, TEXT);
    expect(ai.calls.length).toBeGreaterThan(made);
  });

  it('is told in Retry-After where the whole request fails for it', async () => {
    stopClock();
    const { data } = await askWith({}, '{ encoder { id fingerprint } }');
    const { encoder } = data as { encoder: { id: string; fingerprint: string } };
    const selection = await publish('encoder-faults', recordOf({ ...fullModel, dim, k: dim }, { encoder }));
    const vector = Array.from({ length: dim }, (_, i) => (i === 0 ? 127 : 0));
    await writeCorpus('encoder-faults', selection, [{ id: 'one', vector }], { encoder });
    const ask = openIsolate({ ...VARS, AI: faulty(() => fail('Network connection lost.')) });
    const search = (): Promise<Response> =>
      ask('{ search(corpus: "encoder-faults", text: { text: "a badger" }) { complete } }');
    // Each request asks three times.
    for (let requests = 0; requests < 4; requests++) await search();
    const response = await search();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await readAnswer(response)).errors).toMatchObject([
      { extensions: { code: 'ENCODER_BUSY', retryable: true, retryAfterSeconds: 5 } },
    ]);
  });
});
