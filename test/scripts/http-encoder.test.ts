import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHttpEncoder, readHttpChoice } from '../../scripts/clip/http-encoder.ts';
import { loadPairEncoder } from '../../scripts/dataset/load-pair-encoder.ts';
import { readEmbeddedEncoder } from '../../scripts/kv/deployment.ts';
import { readEncoderConfig } from '../../src/clip/config.ts';
import { decodeSelection } from '../../src/format/selection-record.ts';
import { type ContractServer, KEY, startContractServer, TELLING } from '../clip/http/contract-server.ts';
import { type EncoderProcess, startEncoder } from './encoder/encoder-process.ts';
import { FIXTURES, SAMPLE } from './score-setup.ts';
import { run } from './start-setup.ts';

/** Commands whose only encoder is a server: the real one of `npm run -s encoder`, and one that speaks as Infinity does. */

let encoder: EncoderProcess;
let infinity: ContractServer;
let folder: string;
const PAIRS = 30;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  [encoder, infinity] = await Promise.all([
    startEncoder(['--model', 'models/tiny-clip', '--threads', '1'], { ENCODER_KEYS: KEY }),
    startContractServer('infinity'),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'alignql-http-encoder-'));
  const lines = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8')
    .split('\n')
    .filter((row) => row.startsWith('images/') && !row.includes('"'))
    .slice(0, PAIRS)
    .map((row) => {
      const [image, caption] = row.split(',');
      return `${join(SAMPLE, image)},${caption}`;
    });
  writeFileSync(at('pairs.csv'), ['image,caption', ...lines].join('\n'));
});
afterAll(async () => {
  encoder.child.kill();
  await infinity.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  infinity.calls.length = 0;
  infinity.faults = () => null;
});

const command = (name: string, args: readonly string[], environment: Record<string, string> = {}) =>
  run(`scripts/${name}.ts`, args, { ENCODER_KEY: KEY, ...environment });

describe('an encoder of npm run -s encoder', () => {
  it('tells id, length and fingerprint, which are those of the same model here', async () => {
    const choice = readHttpChoice({ url: encoder.origin }, { ENCODER_KEY: KEY });
    const { info, vars } = await openHttpEncoder(choice);
    const embedded = await readEmbeddedEncoder();
    expect(info).toEqual(embedded);
    // A Worker with these variables runs the very same encoder.
    expect(readEncoderConfig(vars, embedded)).toMatchObject({ info, imageRoute: 'http', textRoute: 'http' });
  });

  it('gives the vectors that the model gives here', async () => {
    const http = readHttpChoice({ url: encoder.origin, preset: 'openai' }, { ENCODER_KEY: KEY });
    const [there, here] = await Promise.all([loadPairEncoder({ http }), loadPairEncoder()]);
    const pictures = ['a-rooster.png', 'a-dolphin-leaping-out-of-the-water.webp', 'a-baby-bottle.webp'].map(
      (name) => readFileSync(join(SAMPLE, 'images', name)),
    );
    const texts = ['a rooster', 'a dolphin leaping out of the water'];
    const [a, b] = await Promise.all(
      [there, here].map(async ({ encoder: { encodeImages, encodeTexts } }) => [
        ...(await encodeImages(pictures)),
        ...(await encodeTexts(texts)),
      ]),
    );
    expect(a).toHaveLength(5);
    for (const [i, vector] of a.entries()) {
      const other = b[i] as Float32Array;
      const cosine = (vector as Float32Array).reduce((sum, value, d) => sum + value * other[d], 0);
      expect(cosine).toBeGreaterThan(0.99999);
    }
  });

  it('encodes for precompute and score', async () => {
    const server = ['--encoder', 'http', '--url', encoder.origin, '--cache', at('cache')];
    const made = await command('precompute', [
      at('pairs.csv'),
      ...['--out', at('made'), '--strategy', 'variance', '--strategies', 'variance', '--k', '16'],
      ...['--fusion', 'identity', '--folds', '2', ...server],
    ]);
    expect(made.status, made.stderr).toBe(0);
    const { id, fingerprint } = await readEmbeddedEncoder();
    expect(decodeSelection(readFileSync(at('made/selection.bin'))).encoder).toEqual({ id, fingerprint });
    // Its cache is one with that of the model here: it is the same encoder.
    const scored = await command('score', [
      ...[at('pairs.csv'), '--selection', at('made'), '--out', at('scores.csv'), '--cache', at('cache')],
    ]);
    expect(scored.status, scored.stderr).toBe(0);
    expect(scored.stderr).not.toContain('left');
    expect(JSON.parse(scored.stdout)).toMatchObject({ pairs: PAIRS, scored: PAIRS, failed: 0 });
  });

  it('is another encoder where something shifts its vectors', async () => {
    const environment = { ENCODER_KEY: KEY, ENCODER_DIMENSIONS: '64', ENCODER_PROMPT: 'a photo of {text}' };
    const { info } = await openHttpEncoder(readHttpChoice({ url: encoder.origin }, environment));
    expect(info).toMatchObject({ id: 'tiny-clip?dimensions=64&prompt=a+photo+of+%7Btext%7D', dim: 64 });
    expect(info.fingerprint).not.toBe((await readEmbeddedEncoder()).fingerprint);
  });
});

describe('a server that speaks as Infinity does', () => {
  const server = (): string[] => ['--encoder', 'http', '--preset', 'infinity', '--url', infinity.url];
  const model = { ENCODER_MODEL: 'acme/clip' };

  it('scores a dataset, a picture that it refuses failing alone', async () => {
    const { info } = await openHttpEncoder(
      readHttpChoice({ url: infinity.url, preset: 'infinity' }, { ENCODER_KEY: KEY, ...model }),
    );
    expect(info).toMatchObject({ id: 'acme/clip', dim: 4 });
    infinity.faults = (_, { kind, body }) => {
      const isBad = kind === 'images' && JSON.stringify(body).includes('"data:image/png');
      return isBad ? { status: 400, body: '{"error": {"message": "imageCorruption", "code": 400}}' } : null;
    };
    const made = await command(
      'precompute',
      [
        ...[at('pairs.csv'), '--out', at('other'), '--strategy', 'full', '--strategies', 'full', '--k', '2'],
        ...['--fusion', 'identity', '--folds', '2', '--cache', at('other-cache'), ...server()],
      ],
      model,
    );
    expect(made.status, made.stderr).toBe(0);
    const record = decodeSelection(readFileSync(at('other/selection.bin')));
    expect(record.encoder).toEqual({ id: info.id, fingerprint: info.fingerprint });
    const pngs = readFileSync(at('pairs.csv'), 'utf8').match(/\.png,/g) ?? [];
    expect(pngs.length).toBeGreaterThan(1);
    expect(JSON.parse(made.stdout)).toMatchObject({ pairs: PAIRS - pngs.length, skipped: pngs.length });
    expect(made.stderr).toContain('The encoder refused the input: imageCorruption');
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ['no key', [], { ENCODER_KEY: '' }, 'it lets nobody in with this key: status 401: Unauthorized'],
    [
      'a model that it has not',
      [],
      { ENCODER_MODEL: 'acme/gone' },
      'The encoder has no model acme/gone; it has acme/clip',
    ],
    [
      'an option it has no field for',
      [],
      { ENCODER_TEXT_TASK: 'query' },
      'ENCODER_TEXT_TASK is set, but ENCODER_PRESET "infinity"',
    ],
    [
      'another model beside it',
      ['--model', 'models/tiny-clip'],
      {},
      'give either --model, which runs here, or --encoder http',
    ],
    [
      'an address where nobody is',
      ['--url', 'http://127.0.0.1:65534'],
      {},
      'The encoder at http://127.0.0.1:65534: it does not answer: fetch failed: connect ECONNREFUSED',
    ],
  ])('ends with one line and 1 for %s', async (_, more, environment, message) => {
    const ran = await command(
      'precompute',
      [join(FIXTURES, 'flickr30k'), '--out', at('never'), '--cache', at('never-cache'), ...server(), ...more],
      { ...model, ...environment },
    );
    expect(ran.status, ran.stderr).toBe(1);
    expect(ran.stderr.trim().split('\n').at(-1)).toContain(message);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.stdout).toBe('');
  });

  it('takes what a model tells of itself, but not what it leaves open', async () => {
    const choice = { ...readHttpChoice({ url: infinity.url, preset: 'infinity' }, { ENCODER_KEY: KEY }) };
    const { info, vars } = await openHttpEncoder({ ...choice, ENCODER_MODEL: TELLING.id });
    expect(info).toEqual({ id: TELLING.id, dim: TELLING.dim, fingerprint: TELLING.fingerprint });
    expect(vars).not.toHaveProperty('ENCODER_LOGIT_SCALE');
    await expect(openHttpEncoder(choice)).rejects.toThrow(
      'ENCODER_MODEL is not set, and the encoder has several models: acme/clip, acme/telling. Name the one to use',
    );
  });

  it('refuses options of a server without one', async () => {
    const ran = await command('score', ['x.csv', '--out', at('x.csv'), '--url', infinity.url]);
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--url goes with --encoder http'),
    });
  });
});
