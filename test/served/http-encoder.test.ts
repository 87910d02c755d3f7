import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../scripts/start/free-port.ts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type EncoderProcess, startEncoder } from '../scripts/encoder/encoder-process.ts';
import {
  type Started,
  START,
  killLaunched,
  launch,
  newState,
  ROOT,
  run,
  untilReady,
} from '../scripts/start-setup.ts';

/**
 * `npm start --encoder-url`: the whole thing on one encoder behind HTTP, `npm run -s encoder`. What the other server of this run has
 * made of the samples is taken over, which both this test and a user with the same model are spared.
 */
const origin = inject('origin');
const state = inject('state');
const IMAGES = join(ROOT, 'models/sample/images');

const QUERY = `query ($image: ImageInput!) {
  encoder { id dim fingerprint }
  align(image: $image, text: { text: "a rooster" }) { ... on Alignment { cosine score probability decision } }
  search(corpus: "samples", text: { text: "a rooster" }, first: 3) { edges { id score } } }`;

interface Answer {
  readonly encoder: object;
  readonly align: { readonly decision: string; readonly cosine: number };
  readonly search: { readonly edges: readonly { readonly id: string; readonly score: number }[] };
}

describe.skipIf(origin === '')('npm start on an encoder behind HTTP', () => {
  let encoder: EncoderProcess;
  let served: Started;
  const own = newState();

  beforeAll(async () => {
    encoder = await startEncoder(['--model', 'models/tiny-clip', '--threads', '1']);
    for (const made of ['samples', 'embeddings'])
      cpSync(join(state, made), join(own, made), { recursive: true });
    served = await launch(own, [...START, '--encoder-url', encoder.origin]);
    await untilReady(served);
  });
  afterAll(() => {
    killLaunched();
    encoder.child.kill();
    rmSync(own, { recursive: true, force: true });
  });

  const ask = async (where: string, query: string, variables: object = {}) => {
    const response = await fetch(`${where}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: Answer; errors?: unknown };
  };

  it('says which encoder it found, and takes the samples that are of it', () => {
    expect(served.stderr()).toContain(`Encoder: tiny-clip (256 numbers), openai at ${encoder.origin}`);
    expect(served.stderr()).not.toContain('Making the sample selection');
  });

  it('answers as with the same model inside, each input encoded over there', async () => {
    const image = { base64: readFileSync(join(IMAGES, 'a-rooster.png'), 'base64') };
    const [there, inside] = await Promise.all(
      [served.origin, origin].map((where) => ask(where, QUERY, { image })),
    );
    expect(there.errors).toBeUndefined();
    const { align, search, encoder: info } = there.data;
    const other = inside.data;
    expect(info).toEqual(other.encoder);
    // ONNX Runtime's int8 kernels round otherwise natively than in WebAssembly: vectors agree to a cosine of 0.99999, an angle of .0045,
    // and by so much may their cosines with a third vector differ.
    expect(align).toMatchObject({
      decision: other.align.decision,
      cosine: expect.closeTo(other.align.cosine, 2),
    });
    // Rank by rank: two pictures of almost one score may change places.
    const scores = other.search.edges.map(({ score }) => expect.closeTo(score, 2));
    expect(search.edges.map(({ score }) => score)).toEqual(scores);
    expect(search.edges[0].id).toBe(other.search.edges[0].id);
    const metrics = await (await fetch(`${encoder.origin}/metrics`)).text();
    expect(metrics).toMatch(/modality="image",outcome="encoded"\} [1-9]/);
    expect(metrics).toMatch(/modality="text",outcome="encoded"\} [1-9]/);
  });

  it('has the regions of a picture explained over there, as the same model does inside', async () => {
    const image = { base64: readFileSync(join(IMAGES, 'a-rooster.png'), 'base64') };
    // One run of the encoder; an encoder without patches would be refused.
    const query = `query ($image: ImageInput!) { explain(image: $image, text: { text: "a rooster" }, method: SHARES) {
      ... on Explanation { score method rows columns heat truncationKnown } ... on ItemError { code message } } }`;
    interface Explained {
      readonly score: number;
      readonly heat: readonly number[];
    }
    const [there, inside] = (await Promise.all(
      [served.origin, origin].map((where) => ask(where, query, { image })),
    )) as unknown as readonly { readonly data: { readonly explain: Explained } }[];
    const { explain } = there.data;
    expect(explain).toMatchObject({ method: 'SHARES', rows: 7, columns: 7, truncationKnown: false });
    // Exact shares, of the centred score but for a constant; each as inside to what two kinds of int8 kernels make of the vectors.
    const heatInside = inside.data.explain.heat;
    expect(explain.heat).toHaveLength(49);
    const spread = Math.max(...heatInside) - Math.min(...heatInside);
    for (const [i, share] of explain.heat.entries())
      expect(Math.abs(share - heatInside[i]), `cell ${i}`).toBeLessThan(0.05 * spread);
    const metrics = await (await fetch(`${encoder.origin}/metrics`)).text();
    expect(metrics).toContain('encoder_requests_total{path="/patches",status="200"} 1');
  });

  it('has the page, and is ready by that route', async () => {
    expect((await fetch(`${served.origin}/`)).status).toBe(200);
    const { checks } = (await (await fetch(`${served.origin}/ready`)).json()) as {
      checks: { name: string; ok: boolean; hint?: string }[];
    };
    expect(checks.find(({ name }) => name === 'encoder')).toMatchObject({
      ok: true,
      hint: 'pictures over HTTP (openai), texts over HTTP (openai)',
    });
  });

  it('searches a corpus that index encoded by the same server', async () => {
    const folder = join(own, 'few');
    mkdirSync(folder);
    const names = ['a-rooster.png', 'a-baby-bottle.webp', 'a-baby-angel.png'];
    for (const name of names) cpSync(join(IMAGES, name), join(folder, name));
    writeFileSync(
      join(folder, 'pairs.csv'),
      `image,caption\n${names.map((name) => `${name},${name.slice(0, -4)}`).join('\n')}\n`,
    );
    const indexed = await run(
      'scripts/index-corpus.ts',
      [
        join(folder, 'pairs.csv'),
        '--corpus',
        'few',
        '--encoder',
        'http',
        '--url',
        encoder.origin,
        '--cache',
        join(own, 'fresh'),
      ],
      { ALIGNQL_STATE: own },
    );
    expect(indexed.status, indexed.stderr).toBe(0);
    const { data } = await ask(
      served.origin,
      '{ search(corpus: "few", text: { text: "a rooster" }, first: 1) { edges { id } } }',
    );
    expect(data).toMatchObject({ search: { edges: [{ id: 'a-rooster.png' }] } });
  });

  it('refuses a server that is not there in one line', async () => {
    const environment = { ALIGNQL_STATE: newState(), PORT: String(await findFreePort()) };
    const refused = await run('scripts/start.ts', ['--encoder-url', 'http://127.0.0.1:65534'], environment);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr.trim()).toMatch(
      /^start: The encoder at http:\/\/127\.0\.0\.1:65534: .*ECONNREFUSED.*$/,
    );
  });
});
