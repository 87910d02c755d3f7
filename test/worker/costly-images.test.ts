import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AiBinding } from '../../src/clip/ai/client.ts';
import { bundledEncoder as encoder } from '../../src/clip/towers/bundled-encoder.ts';
import { isolateWith } from './access-setup.ts';
import { costlyPicture, fixturePicture } from './pictures.ts';
import { ENDPOINT, ask, askWith, fakeAi, openIsolate } from './setup.ts';

const EMBED = `query ($images: [ImageInput!]!) {
  embedImages(images: $images) { __typename ... on ItemError { code message } }
}`;
const ALLOWED = 96 * 1024 * 1024;
/** Of the dear picture: 4096 x 4096, and the network. */
const ASKED_EACH = 4096 * 4096 + 1024 * 1024;

let dear: Uint8Array;
let manyScans: Uint8Array;

beforeAll(async () => {
  dear = bytesOf(await costlyPicture('png1-gray.png'));
  manyScans = bytesOf(await costlyPicture('jpg-short-k3.jpg'));
});

function bytesOf(dataUri: string): Uint8Array {
  return Uint8Array.from(atob(dataUri.slice(dataUri.indexOf(',') + 1)), (letter) => letter.charCodeAt(0));
}

/** The real encoder Worker. */
const run: AiBinding['run'] = async (...call) => (env.AI as unknown as AiBinding).run(...call);

/** The picture with something behind its end: another file, of the same pixels. */
function copyOf(bytes: Uint8Array, number: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length + 4);
  copy.set(bytes);
  new DataView(copy.buffer).setUint32(bytes.length, number + 1);
  return copy;
}

const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const inBase64 = (bytes: Uint8Array, count: number): { base64: string }[] =>
  Array.from({ length: count }, (_, i) => ({ base64: base64Of(copyOf(bytes, i)) }));

/** A namespace that tells whether anything was read. */
function watchedKv(): { readonly reads: string[]; readonly kv: object } {
  const reads: string[] = [];
  const read = (key: string): Promise<null> => {
    reads.push(key);
    return Promise.resolve(null);
  };
  return { reads, kv: { get: read, getWithMetadata: read, list: read } };
}

describe('images that cost too much together', () => {
  const refused = {
    message: `Expected images of at most ${ALLOWED} pixel passes in one request, got 16 of ${16 * ASKED_EACH}: send fewer, or smaller ones.`,
    extensions: { code: 'LIMIT_EXCEEDED', retryable: false },
  };

  it('are refused before anything is decoded, encoded or read from storage', async () => {
    const ai = fakeAi(() => null);
    const { reads, kv } = watchedKv();
    const { status, data, errors } = await askWith(
      { AI: ai, SELECTIONS: kv, CORPORA: kv },
      `query ($images: [ImageInput!]!) {
        rankImages(text: { text: "a fox" }, images: $images) { __typename }
        selection { id }
      }`,
      { images: inBase64(dear, 16) },
    );
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([refused]);
    expect(ai.calls).toEqual([]);
    expect(reads).toEqual([]);
  });

  it('are refused however they stand in the request', async () => {
    const inline = inBase64(dear, 16).map(
      ({ base64 }, i) => `a${i}: embedImages(images: [{ base64: "${base64}" }]) { __typename }`,
    );
    const each = Array.from({ length: 16 }, (_, i) => `$b${i}: String!`).join(' ');
    const fields = Array.from(
      { length: 16 },
      (_, i) => `a${i}: embedImages(images: [{ base64: $b${i} }]) { __typename }`,
    );
    const variables = Object.fromEntries(inBase64(dear, 16).map(({ base64 }, i) => [`b${i}`, base64]));
    const answers = await Promise.all([
      ask(`{ ${inline.join(' ')} }`),
      ask(`query (${each}) { ${fields.join(' ')} }`, variables),
    ]);
    for (const { errors } of answers) expect(errors).toMatchObject([refused]);
  });

  it('are refused as uploads', async () => {
    const form = new FormData();
    const images = Array.from({ length: 16 }, () => ({ upload: null }));
    form.set('operations', JSON.stringify({ query: EMBED, variables: { images } }));
    form.set(
      'map',
      JSON.stringify(Object.fromEntries(images.map((_, i) => [i, [`variables.images.${i}.upload`]]))),
    );
    images.forEach((_, i) => form.set(String(i), new Blob([copyOf(dear, i)]), 'a.png'));
    const response = await exports.default.fetch(ENDPOINT, {
      method: 'POST',
      body: form,
      headers: { 'x-graphql-yoga-csrf': '1' },
    });
    expect((await response.json<{ errors: object[] }>()).errors).toMatchObject([refused]);
  });

  it('fail one by one where they come by URL, and nothing is encoded', async () => {
    const ai = fakeAi(() => null);
    const { status, data } = await askWith({ AI: ai, MAX_PIXEL_PASSES: '1000000' }, EMBED, {
      images: [{ url: 'https://pictures.example.com/badger.webp' }],
    });
    expect(status).toBe(200);
    expect(data.embedImages).toMatchObject([
      {
        code: 'LIMIT_EXCEEDED',
        message: expect.stringMatching(
          /^Expected images of at most 1000000 pixel passes .*, got 1 of 1\d{6}:/,
        ) as unknown,
      },
    ]);
    expect(ai.calls).toEqual([]);
  });

  it('count once where they are the same', async () => {
    const { data } = await ask(EMBED, { images: Array(16).fill({ base64: base64Of(dear) }) });
    expect(new Set(data.embedImages.map((item: { __typename: string }) => item.__typename))).toEqual(
      new Set(['Embedding']),
    );
  });

  it('share a sixth more with the texts beside them; texts alone are not bound by it', async () => {
    const ai = fakeAi(() => null);
    const both = `query ($images: [ImageInput!]!, $texts: [String!]!) {
      embedImages(images: $images) { __typename ... on ItemError { code message } }
      embedTexts(texts: $texts) { __typename ... on ItemError { code message } }
    }`;
    const images = [{ base64: await fixturePicture('baseline.jpg') }];
    // 310,000 passes each; the picture takes little more than the network's 1,048,576.
    const texts = Array.from({ length: 6 }, (_, i) => `${i}`.padEnd(200, '3141592653'));
    const MAX_PIXEL_PASSES = '2000000';
    const { status, errors } = await askWith({ AI: ai, MAX_PIXEL_PASSES }, both, { images, texts });
    expect({ status, errors }).toMatchObject({
      status: 400,
      errors: [
        {
          message: expect.stringMatching(
            /^Expected images and texts of at most 2333333 pixel passes together in one request, got images of 1\d{6} and texts of 1860000: send fewer\.$/,
          ) as unknown,
          extensions: { code: 'LIMIT_EXCEEDED', retryable: false },
        },
      ],
    });
    expect(ai.calls).toEqual([]);
    const rest = await isolateWith({ AI: ai, MAX_PIXEL_PASSES })('/v1/rank', {
      method: 'POST',
      body: JSON.stringify({ image: images[0], texts }),
      headers: { 'content-type': 'application/json' },
    });
    expect(await rest.json()).toMatchObject({
      status: 400,
      code: 'LIMIT_EXCEEDED',
      detail: errors?.[0].message,
    });
    expect(ai.calls).toEqual([]);
    const fewer = await askWith({ MAX_PIXEL_PASSES }, both, { images, texts: texts.slice(4) });
    expect(fewer.data.embedImages).toEqual([{ __typename: 'Embedding' }]);
    const alone = await askWith({ MAX_PIXEL_PASSES: '1' }, both, { images: [], texts });
    expect(alone.data.embedTexts).toEqual(texts.map(() => ({ __typename: 'Embedding' })));
  });

  it('share three fifths more with heat maps, each of which decodes its picture once more', async () => {
    const ai = fakeAi(() => null);
    const explain = (image: string, method: string): string =>
      `explain(image: ${image}, text: { text: "a fox" }, selection: "none", method: ${method}) { __typename ... on Explanation { heat } ... on ItemError { code message } }`;
    // Three cost less than an operation may, and took five seconds of a core.
    const fields = [0, 1, 2].map((i) => `e${i}: ${explain(`$i${i}`, 'OCCLUSION')}`);
    const query = `query ($i0: ImageInput!, $i1: ImageInput!, $i2: ImageInput!) { ${fields.join(' ')} }`;
    const [i0, i1, i2] = inBase64(dear, 3);
    const { status, errors } = await askWith({ AI: ai }, query, { i0, i1, i2 });
    const ofHeats = 3 * (ASKED_EACH + 50 * 1024 * 1024);
    expect({ status, errors }).toMatchObject({
      status: 400,
      errors: [
        {
          message: `Expected images, texts and heat maps of at most ${Math.floor(ALLOWED * 1.6)} pixel passes together in one request, got images of ${3 * ASKED_EACH}, texts of 60000 and 3 heat maps of ${ofHeats}: ask for fewer heat maps, or of smaller images.`,
          extensions: { code: 'LIMIT_EXCEEDED', retryable: false },
        },
      ],
    });
    expect(ai.calls).toEqual([]);
    // The same picture again and again is decoded each time: by a cheap method too.
    const image = { base64: await fixturePicture('baseline.jpg') };
    const shares = (count: number) =>
      askWith(
        { MAX_PIXEL_PASSES: '3500000' },
        `query ($image: ImageInput!) { ${Array.from({ length: count }, (_, i) => `e${i}: ${explain('$image', 'SHARES')}`).join(' ')} }`,
        { image },
      );
    expect((await shares(2)).errors).toMatchObject([
      { message: expect.stringMatching(/^Expected images, texts and heat maps of at most 5600000 /) },
    ]);
    // One is let in: there is only no such selection.
    expect((await shares(1)).data.e0.code).toBe('SELECTION_NOT_FOUND');
    const rest = await isolateWith({ AI: ai, MAX_PIXEL_PASSES: '3500000' })('/v1/explain', {
      method: 'POST',
      body: JSON.stringify({ image, text: 'a fox' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(await rest.json()).toMatchObject({ status: 400, code: 'LIMIT_EXCEEDED' });
    expect(ai.calls).toEqual([]);
  });

  it('are told in the limits', async () => {
    expect((await ask('{ limits { pixelPasses } }')).data.limits).toEqual({ pixelPasses: ALLOWED });
    expect(
      (await askWith({ MAX_PIXEL_PASSES: '5000000' }, '{ limits { pixelPasses } }')).data.limits,
    ).toEqual({ pixelPasses: 5_000_000 });
  });

  it('are refused by the encoder Worker too', async () => {
    const images = Array.from({ length: 6 }, (_, i) => copyOf(dear, i));
    await expect(run(encoder.id, { image: images }, {})).rejects.toThrow(
      `5004: expected images of at most ${ALLOWED} pixel passes in one call, got 6 of ${6 * ASKED_EACH}`,
    );
  });
});

it('fails an image alone whose format makes it too dear', async () => {
  const { data } = await ask(EMBED, {
    images: [{ base64: base64Of(manyScans) }, { base64: await fixturePicture('baseline.jpg') }],
  });
  expect(data.embedImages).toMatchObject([
    {
      code: 'IMAGE_TOO_LARGE',
      message:
        'Expected a picture of at most 50331648 pixel passes, got 58738640: JPEG of 4096 x 4096 pixels in 100 scans.',
    },
    { __typename: 'Embedding' },
  ]);
});

/** Order of events, not times: what was done when a short request's answer came. */
describe('while dear requests run', () => {
  let lastCopy = 100;

  /** The real encoder Worker behind a binding that notes every call that is done. */
  function noting(log: string[], name: string): object {
    const AI = {
      run: async (...call: Parameters<AiBinding['run']>) => {
        const answer = await run(...call);
        log.push(name);
        return answer;
      },
    };
    return { AI };
  }

  /** Asks when the log is so long, and notes the answer. */
  async function askShortly(log: string[], after: number): Promise<void> {
    while (log.length < after) await new Promise((resolve) => setTimeout(resolve, 0));
    log.push('asked');
    expect((await ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
    log.push('answered');
  }

  /** Has `count` dear pictures encoded that nobody has asked for before. */
  async function encodeDear(ai: object, count: number): Promise<void> {
    const images = Array.from({ length: count }, () => ({ base64: base64Of(copyOf(dear, ++lastCopy)) }));
    const response = await openIsolate(ai)(EMBED, { images });
    expect(await response.text()).not.toContain('ItemError');
  }

  it('another request waits for one picture at most', async () => {
    const log: string[] = [];
    const ai = { ...noting(log, 'picture'), AI_MAX_IMAGES: '1' };
    await Promise.all([encodeDear(ai, 2), encodeDear(ai, 2), askShortly(log, 1)]);
    const waited = log.slice(log.indexOf('asked'), log.indexOf('answered'));
    expect(waited.filter((entry) => entry === 'picture').length).toBeLessThanOrEqual(1);
    expect(log.filter((entry) => entry === 'picture')).toHaveLength(4);
  });

  it('a request of one picture comes between those of another', async () => {
    const log: string[] = [];
    await Promise.all([encodeDear(noting(log, 'many'), 4), encodeDear(noting(log, 'one'), 1)]);
    expect(log).toEqual(['one', 'many']);
  });

  it('another request is answered between the texts of the longest list', async () => {
    const log: string[] = ['begun'];
    const texts = Array.from({ length: 256 }, (_, i) => `${i} ${'3141592653 '.repeat(400)}`.slice(0, 4096));
    const encoded = ask(
      `query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename ... on ItemError { code } } }`,
      { texts },
    ).then(({ data }) => {
      expect(data.embedTexts).toEqual(Array(256).fill({ __typename: 'Embedding' }));
      log.push('encoded');
    });
    await Promise.all([encoded, askShortly(log, 1)]);
    expect(log).toEqual(['begun', 'asked', 'answered', 'encoded']);
  });
});
