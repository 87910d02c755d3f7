import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../packages/client/src/index.ts';
import { samplePicture } from './pictures.ts';
import { fullModel, otherEncoder, publish, recordOf } from './setup.ts';

const requests: string[] = [];
/** As a Worker asks another by a service binding. */
const client = createClient({
  url: 'https://alignql.test',
  fetch: (url, init) => {
    requests.push(init.body instanceof FormData ? 'form' : 'json');
    return exports.default.fetch(new Request(url, init));
  },
});
const selection = 'client';

describe('the client in workerd', () => {
  beforeAll(() => publish(selection, recordOf(fullModel)));

  it('sends bytes, files and data URIs, as JSON and as form', async () => {
    const dataUri = await samplePicture('a-badger.webp');
    const bytes = Uint8Array.from(atob(dataUri.split(',')[1]), (character) => character.charCodeAt(0));
    const padded = new File([bytes, new Uint8Array(40_000)], 'badger.webp');
    const first = await client.embed({ image: bytes });
    const others = await Promise.all([client.embed({ image: dataUri }), client.embed({ image: padded })]);
    // The limits, before the two that share a request.
    expect(requests).toEqual(['json', 'json', 'form']);
    for (const { vector } of others) expect(vector[0]).toBeCloseTo(first.vector[0], 5);
  });

  it('gathers calls, and throws typed errors', async () => {
    requests.length = 0;
    const image = { vector: [1, 2, -2, 0.5], encoder: otherEncoder.id };
    const text = { vector: [2, 1, -1, 3], encoder: otherEncoder.id };
    const results = await Promise.allSettled([
      client.align(image, text, { selection }),
      client.align(image, image, { selection }),
      client.align(image, { ...text, encoder: 'none' }, { selection }),
    ]);
    expect(requests).toHaveLength(1);
    expect(results).toMatchObject([
      { value: { encoder: otherEncoder.id } },
      { value: { decision: 'MATCH' } },
      { reason: { name: 'AlignqlError', code: 'ENCODER_MISMATCH' } },
    ]);
    const signal = AbortSignal.abort(new Error('mine'));
    await expect(client.align(image, text, { signal })).rejects.toThrow('mine');
  });
});
