import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpEncoder } from '../../../src/clip/http/http-encoder.ts';
import { readHttpRoute } from '../../../src/clip/http/http-route.ts';
import { PRESET_NAMES } from '../../../src/clip/http/presets.ts';
import type { Timing } from '../../../src/clip/remote/timing.ts';
import { AppError } from '../../../src/errors.ts';
import {
  type ContractServer,
  DIM,
  type Faults,
  KEY,
  MODEL,
  startContractServer,
  vectorOf,
} from './contract-server.ts';
import { BAD_PICTURE, BAD_TEXT, MISSING_MODEL } from './dialect.ts';
import { DIALECTS } from './dialects.ts';

/** The templates of the preset `template`, for the contract server of that name. */
const TEMPLATES = {
  ENCODER_TEXT_TEMPLATE: '{"name": "{{model}}", "inputs": {"texts": "{{texts}}"}}',
  ENCODER_IMAGE_TEMPLATE: '{"name": "{{model}}", "inputs": {"images": "{{images}}"}}',
  ENCODER_VECTORS_POINTER: '/result/a~1b/*/values',
};

/** Time goes twenty times as fast, and chance is gone: a Retry-After of a second costs 50 ms. */
const FAST = 20;
const waits: number[] = [];
const timing: Timing = {
  now: () => Date.now() * FAST,
  startTimer(callback, ms) {
    waits.push(ms);
    const timer = setTimeout(callback, ms / FAST);
    return () => clearTimeout(timer);
  },
  random: () => 0.5,
};

const NO_BREAKER = { enter: () => ({ report: () => undefined }) };
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Pictures that differ: a PNG's first bytes and a number. */
function pictures(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.of(...PNG, i >> 8, i & 255));
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `text ${String.fromCharCode(65 + (i % 26))}${i}`);
}

function unit(input: Uint8Array | string): Float32Array {
  const vector = vectorOf(input);
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / norm);
}

function codes(results: readonly (Float32Array | AppError)[]): string[] {
  return results.map((result) => (result instanceof AppError ? result.code : 'vector'));
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue();
  waits.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(PRESET_NAMES)('preset %s', (preset) => {
  const dialect = DIALECTS[preset];
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer(preset);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.calls.length = 0;
    server.faults = () => null;
  });

  const encoderWith = (vars: object = {}) => {
    const given = { ENCODER_URL: server.url, ENCODER_PRESET: preset, ENCODER_KEY: KEY, ENCODER_MODEL: MODEL };
    const more = preset === 'template' ? TEMPLATES : {};
    const route = readHttpRoute({ ...given, ...more, ...vars }, 'unnamed');
    const report = (line: string): void => console.error(line);
    return createHttpEncoder({ route, fetch, breaker: NO_BREAKER, timing, report }, DIM);
  };
  const withFaults = (faults: Faults) => {
    server.faults = faults;
    return encoderWith();
  };

  describe.each([
    ['pictures', (count: number) => pictures(count)],
    ['texts', (count: number) => texts(count)],
  ] as const)('%s', (kind, make) => {
    const encode = (encoder: ReturnType<typeof encoderWith>, inputs: readonly (Uint8Array | string)[]) =>
      kind === 'pictures'
        ? encoder.images.encodeImages(inputs as Uint8Array[])
        : encoder.text.encodeTexts(inputs as string[]);
    const limit = kind === 'pictures' ? dialect.limits.images : dialect.limits.texts;
    const isSingle = limit === 1;

    it('come in order and normalised, in calls of what the peer takes', async () => {
      const inputs = make(70);
      const results = await encode(encoderWith(), inputs);
      expect(results).toEqual(inputs.map(unit));
      const counts = server.calls.map(({ count }) => count);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(70);
      expect(Math.max(...counts)).toBeLessThanOrEqual(Math.min(limit, 128));
      expect(counts.length).toBeLessThanOrEqual(isSingle ? 70 : 10);
      expect(await encode(encoderWith(), [])).toEqual([]);
    });

    it('fail alone when one is bad', async () => {
      const inputs: (Uint8Array | string)[] = make(7);
      inputs[4] = kind === 'pictures' ? BAD_PICTURE : BAD_TEXT;
      const results = await encode(encoderWith(), inputs);
      const code = kind === 'pictures' ? dialect.badPicture : 'ENCODER_FAILED';
      expect(codes(results)).toEqual(inputs.map((_, i) => (i === 4 ? code : 'vector')));
      expect(results[6]).toEqual(unit(inputs[6]));
      if (dialect.badPicture === 'BAD_IMAGE')
        expect((results[4] as AppError).message).toMatch(
          // What a model prints as it breaks is for the log.
          preset === 'replicate'
            ? /^The encoder failed on this input; the log has the cause$/
            : /^The encoder refused the input: .*cannot identify image file$/,
        );
      if (preset === 'replicate')
        expect(vi.mocked(console.error).mock.calls.join('\n')).toMatch(/failed: cannot identify image file/);
    });

    it('are halved when a call is too large, and one that is too large alone fails alone', async () => {
      const inputs = make(5);
      const encoder = withFaults((_, { count, body }) =>
        count > 2 || JSON.stringify(body)?.includes('never')
          ? { status: 413, body: '<html>413</html>' }
          : null,
      );
      expect(codes(await encode(encoder, inputs))).toEqual(inputs.map(() => 'vector'));
      server.faults = () => ({ status: 413, body: '' });
      const code = kind === 'pictures' ? 'IMAGE_TOO_LARGE' : 'ENCODER_FAILED';
      expect(codes(await encode(encoder, make(1)))).toEqual([code]);
    });

    it('are refused by 422 as a whole or one by one, never asked twice the same', async () => {
      const encoder = withFaults(() => {
        const { status, body } = dialect.refuse(422, 'no');
        return { status, body };
      });
      const results = await encode(encoder, make(2));
      const code = kind === 'pictures' ? 'BAD_IMAGE' : 'ENCODER_FAILED';
      expect(codes(results)).toEqual([code, code]);
      expect(server.calls.map(({ count }) => count)).toEqual(isSingle ? [1, 1] : [2, 1, 1]);
    });

    it('wait as long as a 429 says, inside the deadline', async () => {
      const { body } = dialect.refuse(429, 'slow down');
      const busy = { status: 429, headers: { 'retry-after': '1' }, body };
      const encoder = withFaults((call) => (call <= 2 ? busy : null));
      expect(codes(await encode(encoder, make(1)))).toEqual(['vector']);
      expect(server.calls).toHaveLength(3);
      expect(waits).toEqual(expect.arrayContaining([1100, 1200]));
      server.faults = () => ({ ...busy, headers: { 'retry-after': '3000' } });
      server.calls.length = 0;
      const [error] = await encode(encoder, make(1));
      expect(error).toMatchObject({ code: 'ENCODER_BUSY', retryable: true, retryAfterSeconds: 3000 });
      expect(server.calls).toHaveLength(1);
    });

    it('are asked for again after 500, HTML, an answer that is cut, a page of a proxy', async () => {
      for (const fault of [
        { status: 500, body: 'Internal Server Error' },
        { status: 200, body: '<!DOCTYPE html><title>maintenance</title>' },
        { status: 502, body: '<html>Bad Gateway</html>' },
        { status: 200, body: '{"data": [{"index": 0, "embedding": [0.1, 0.2' },
        { status: 200, body: `{"data": [${'0.1, '.repeat(5000)}`, cutAt: 100 },
      ]) {
        server.calls.length = 0;
        const encoder = withFaults((call) => (call === 1 ? fault : null));
        expect(codes(await encode(encoder, make(1))), JSON.stringify(fault).slice(0, 60)).toEqual(['vector']);
        expect(server.calls).toHaveLength(2);
      }
      server.calls.length = 0;
      const [error] = await encode(
        withFaults(() => ({ status: 500, body: 'secret host 10.0.0.1' })),
        make(1),
      );
      expect(error).toMatchObject({
        code: 'ENCODER_FAILED',
        message: 'The encoder failed; the log has the cause',
      });
      expect(server.calls).toHaveLength(3);
    });

    it.each<[string, (rows: number[][]) => unknown[]]>([
      ['of another length', (rows) => rows.map((row, i) => (i === rows.length - 1 ? [...row, 1] : row))],
      ['not finite', (rows) => rows.map((row, i) => (i === rows.length - 1 ? row.map(() => '1e999') : row))],
      ['all zero', (rows) => rows.map((row, i) => (i === rows.length - 1 ? row.map(() => 0) : row))],
      [
        'with null in it',
        (rows) => rows.map((row, i) => (i === rows.length - 1 ? [null, ...row.slice(1)] : row)),
      ],
      ['of words', (rows) => rows.map((row, i) => (i === rows.length - 1 ? row.map(String) : row))],
      ['no list', (rows) => rows.map((row, i) => (i === rows.length - 1 ? { row } : row))],
    ])('fail alone where a vector is %s', async (_, change) => {
      const inputs = make(3);
      const results = await encode(
        withFaults(() => ({ rows: change })),
        inputs,
      );
      expect(codes(results)).toEqual(
        isSingle ? Array(3).fill('ENCODER_FAILED') : ['vector', 'vector', 'ENCODER_FAILED'],
      );
    });

    it('fail where NaN stands in the JSON, which is none then', async () => {
      const encoder = withFaults(() => ({ rows: (rows) => rows.map((row) => row.map(() => 'NaN')) }));
      expect(codes(await encode(encoder, make(1)))).toEqual(['ENCODER_FAILED']);
    });

    it('are never paired with the vectors of others where some are missing', async () => {
      const encoder = withFaults((_, { count }) => (count > 1 ? { rows: (rows) => rows.slice(1) } : null));
      const inputs = make(4);
      expect(await encode(encoder, inputs)).toEqual(inputs.map(unit));
      server.faults = () => ({ rows: () => [] });
      expect(codes(await encode(encoder, make(1)))).toEqual(['ENCODER_FAILED']);
    });

    it.runIf(dialect.hasIndex)('are put in the order of their index', async () => {
      const inputs = make(5);
      expect(
        await encode(
          withFaults(() => ({ isReversed: true })),
          inputs,
        ),
      ).toEqual(inputs.map(unit));
    });

    it.runIf(dialect.takesKey)(
      'are not asked for again with a key that is refused; no log holds it',
      async () => {
        const wrongKey = 'sk-wrong-and-secret';
        const [error] = await encode(encoderWith({ ENCODER_KEY: wrongKey }), make(1));
        expect(error).toMatchObject({
          code: 'ENCODER_FAILED',
          message: 'This deployment may not use its encoder; the log has the cause',
        });
        expect(server.calls).toHaveLength(1);
        const logged = JSON.stringify(vi.mocked(console.error).mock.calls);
        expect(logged).toContain('ENCODER_KEY');
        expect(logged).not.toContain(wrongKey);
      },
    );

    it('are not asked for again where the model is not there', async () => {
      const results = await encode(encoderWith({ ENCODER_MODEL: MISSING_MODEL }), make(4));
      expect(codes(results)).toEqual(Array(4).fill('ENCODER_FAILED'));
      expect(server.calls.length).toBeLessThanOrEqual(preset === 'immich' ? 8 : isSingle ? 4 : 1);
    });
  });
});
