import { describe, expect, it } from 'vitest';
import {
  readEmbeddingCacheVars,
  readEncoderConfig,
  readMaxAvifPixels,
  readMaxPixels,
} from '../../src/clip/config.ts';
import { AppError } from '../../src/errors.ts';

const BUNDLED = { id: 'tiny-clip', dim: 256, fingerprint: 'a'.repeat(64) };
const REMOTE = { ENCODER_ID: 'openai/clip-vit-base-patch32', ENCODER_DIM: '512', TEXT_ROUTE: 'ai' };

describe('readEncoderConfig', () => {
  it('runs the bundled encoder when nothing is set', () => {
    expect(readEncoderConfig({}, BUNDLED)).toEqual({
      info: BUNDLED,
      imageRoute: 'ai',
      textRoute: 'worker',
      http: null,
      peerFingerprint: null,
      ai: {
        model: 'tiny-clip',
        imageInput: 'base64',
        imageField: 'image',
        textField: 'text',
        vectorsPath: ['data'],
        maxImages: 1,
        maxTexts: 64,
        hasPatches: true,
        timeoutMs: 20_000,
      },
    });
  });

  it('reads every variable and ignores what else is in env', () => {
    const config = readEncoderConfig(
      {
        ...REMOTE,
        AI_MODEL: '@cf/acme/clip',
        AI_IMAGE_INPUT: 'data-uri',
        AI_IMAGE_FIELD: 'images',
        AI_TEXT_FIELD: 'texts',
        AI_VECTORS_PATH: 'data.*.embedding',
        AI_MAX_IMAGES: '8',
        AI_MAX_TEXTS: 16,
        AI_TIMEOUT_MS: '1500',
        SELECTIONS: {},
      },
      BUNDLED,
    );
    expect(config).toMatchObject({
      info: { id: 'openai/clip-vit-base-patch32', dim: 512 },
      textRoute: 'ai',
      ai: {
        model: '@cf/acme/clip',
        imageInput: 'data-uri',
        imageField: 'images',
        textField: 'texts',
        vectorsPath: ['data', '*', 'embedding'],
        maxImages: 8,
        maxTexts: 16,
        timeoutMs: 1500,
      },
    });
  });

  it('gives a remote encoder a fingerprint that depends on what is declared and on nothing else', () => {
    const fingerprint = (vars: object): string =>
      readEncoderConfig({ ...REMOTE, ...vars }, BUNDLED).info.fingerprint;
    expect(fingerprint({})).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint({ AI_TIMEOUT_MS: '500', AI_MAX_IMAGES: '4' })).toBe(fingerprint({}));
    const changes = [
      { ENCODER_REVISION: '2' },
      { AI_MODEL: 'other' },
      { AI_IMAGE_INPUT: 'bytes' },
      { AI_VECTORS_PATH: 'x' },
      { ENCODER_DIM: '768' },
    ];
    expect(new Set([{}, ...changes].map(fingerprint)).size).toBe(changes.length + 1);
  });

  it('takes the declared fingerprint before any other', () => {
    const declared = 'b'.repeat(64);
    expect(readEncoderConfig({ ...REMOTE, ENCODER_FINGERPRINT: declared }, BUNDLED).info.fingerprint).toBe(
      declared,
    );
    expect(readEncoderConfig({ ENCODER_FINGERPRINT: declared }, BUNDLED).info.fingerprint).toBe(declared);
  });

  it.each([
    [{ AI_IMAGE_INPUT: 'jpeg' }, /^AI_IMAGE_INPUT is "jpeg": .*"base64"/],
    [{ AI_MAX_IMAGES: '0' }, /^AI_MAX_IMAGES is "0": expected a whole number from 1 to 256$/],
    [{ AI_TIMEOUT_MS: 'soon' }, /^AI_TIMEOUT_MS is "soon": expected a whole number from 100 to 300000$/],
    [
      { AI_VECTORS_PATH: 'data..x' },
      /^AI_VECTORS_PATH is "data\.\.x": expected names with dots between them$/,
    ],
    [{ ENCODER_FINGERPRINT: 'XYZ' }, /^ENCODER_FINGERPRINT is "XYZ": expected 64 lower-case hex digits$/],
    [{ ENCODER_ID: '  ' }, /^ENCODER_ID is " {2}": expected some text$/],
    [{ TEXT_ROUTE: 'edge' }, /^TEXT_ROUTE is "edge"/],
    [
      { ENCODER_ID: 'other', ENCODER_DIM: '512' },
      /TEXT_ROUTE is "worker", which runs the text tower of tiny-clip, but ENCODER_ID is other/,
    ],
    [
      { ENCODER_ID: 'other', TEXT_ROUTE: 'ai' },
      /^ENCODER_DIM is not set: expected the length of the vectors of other$/,
    ],
    [{ ENCODER_DIM: '512' }, /^ENCODER_DIM is 512: expected 256, the length of the vectors of tiny-clip$/],
  ])('refuses %o, naming the variable', (vars, message) => {
    expect(() => readEncoderConfig(vars, BUNDLED)).toThrow(message);
    expect(() => readEncoderConfig(vars, BUNDLED)).toThrow(AppError);
  });
});

describe('readMaxPixels', () => {
  it('reads the variable or gives the default', () => {
    expect(readMaxPixels({ MAX_IMAGE_PIXELS: '4194304' })).toBe(4_194_304);
    expect(readMaxPixels({})).toBe(16_777_216);
    expect(() => readMaxPixels({ MAX_IMAGE_PIXELS: '4M' })).toThrow(
      'MAX_IMAGE_PIXELS is "4M": expected a whole number from 1 to 1000000000',
    );
  });
});

describe('readMaxAvifPixels', () => {
  it('reads the variable, or gives the limit of every picture', () => {
    expect(readMaxAvifPixels({ MAX_IMAGE_PIXELS: '4194304', MAX_AVIF_PIXELS: '1000' })).toBe(1000);
    expect(readMaxAvifPixels({ MAX_IMAGE_PIXELS: '4194305' })).toBe(2_097_152);
    expect(() => readMaxAvifPixels({ MAX_AVIF_PIXELS: '0' })).toThrow('MAX_AVIF_PIXELS is "0": expected');
  });
});

describe('readEmbeddingCacheVars', () => {
  it('reads the variables or gives the defaults', () => {
    expect(readEmbeddingCacheVars({})).toEqual({ mode: 'shared', waitMs: 30 });
    expect(readEmbeddingCacheVars({ EMBEDDING_CACHE: 'off', EMBEDDING_CACHE_WAIT_MS: '200' })).toEqual({
      mode: 'off',
      waitMs: 200,
    });
  });

  it.each([
    [{ EMBEDDING_CACHE: 'kv' }, 'EMBEDDING_CACHE is "kv": expected "shared", "isolate" or "off"'],
    [
      { EMBEDDING_CACHE_WAIT_MS: '0' },
      'EMBEDDING_CACHE_WAIT_MS is "0": expected a whole number from 1 to 10000',
    ],
  ])('refuses %o, naming the variable', (vars, message) => {
    expect(() => readEmbeddingCacheVars(vars)).toThrow(new AppError('INTERNAL', message));
  });
});
