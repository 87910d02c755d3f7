import { describe, expect, it } from 'vitest';
import {
  decodeCachedEmbedding,
  embeddingUrl,
  encodeCachedEmbedding,
} from '../../src/format/cached-embedding.ts';
import { AppError } from '../../src/errors.ts';

const ENCODED_AT = 1_795_000_000;
const URL_A = 'https://api.example.com/.embeddings/v2/f/3/text/a';
const cached = { embedding: Float32Array.of(0.6, 0, -0.8), encodedAt: ENCODED_AT };

describe('a cached embedding', () => {
  it('is laid out as documented', () => {
    // Seconds, then 0.6, 0 and -0.8 as IEEE 754 float32; the CRC-32 of address, line feed and these 16 bytes by Python's zlib.crc32.
    const text = Buffer.from(encodeCachedEmbedding(cached, URL_A)).toString('latin1');
    const header = `alignql/1 00000010 63560176 ${URL_A}\n`;
    expect(text.slice(0, header.length)).toBe(header);
    expect(Buffer.from(text.slice(header.length), 'latin1').toString('hex')).toBe(
      'c086fd6a' + '9a99193f' + '00000000' + 'cdcc4cbf',
    );
  });

  it('comes back as it was, from any alignment', () => {
    const bytes = encodeCachedEmbedding(cached, URL_A);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeCachedEmbedding(bytes, { url: URL_A, dim: 3 })).toEqual(cached);
    expect(decodeCachedEmbedding(shifted.subarray(1), { url: URL_A, dim: 3 })).toEqual(cached);
  });

  it.each([
    [Float32Array.of(NaN, 0, 1)],
    [Float32Array.of(Infinity, 0, 0)],
    [Float32Array.of(0, 0, 0)],
    [Float32Array.of(2, 0, 0)],
    [new Float32Array(0)],
  ])('is not made of %o', (embedding) => {
    expect(() => encodeCachedEmbedding({ embedding, encodedAt: 0 }, URL_A)).toThrow(RangeError);
  });

  it('is refused with any one bit flipped', () => {
    const bytes = encodeCachedEmbedding(cached, URL_A);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeCachedEmbedding(damaged, { url: URL_A, dim: 3 }), `bit ${bit}`).toThrow(AppError);
    }
  });

  it('is refused at every other length', () => {
    const bytes = encodeCachedEmbedding(cached, URL_A);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCachedEmbedding(bytes.subarray(0, length), { url: URL_A, dim: 3 })).toThrow(
        `Corrupt stored value ${URL_A}: `,
      );
    }
    expect(() => decodeCachedEmbedding(new Uint8Array([...bytes, 0]), { url: URL_A, dim: 3 })).toThrow(
      AppError,
    );
  });

  it('is refused at the address of another one', () => {
    const other = URL_A.replace('/text/a', '/text/b');
    expect(() => decodeCachedEmbedding(encodeCachedEmbedding(cached, other), { url: URL_A, dim: 3 })).toThrow(
      `it says that it is "${other}"`,
    );
  });

  it('is refused for an encoder of another dim', () => {
    expect(() => decodeCachedEmbedding(encodeCachedEmbedding(cached, URL_A), { url: URL_A, dim: 4 })).toThrow(
      'Corrupt cached embedding: 16 bytes, expected 20',
    );
  });
});

describe('embeddingUrl', () => {
  it('differs by all that changes a vector', () => {
    const encoder = { fingerprint: 'a'.repeat(64), dim: 256 };
    const hash = 'c'.repeat(64);
    const urls = [
      embeddingUrl('api.example.com', encoder, 'text', hash),
      embeddingUrl('api.example.com', encoder, 'image', hash),
      embeddingUrl('api.example.com', encoder, 'text', 'd'.repeat(64)),
      embeddingUrl('api.example.com', { ...encoder, dim: 512 }, 'text', hash),
      embeddingUrl('api.example.com', { ...encoder, fingerprint: 'b'.repeat(64) }, 'text', hash),
    ];
    expect(new Set(urls).size).toBe(urls.length);
    // Pictures by how they are read too: what decoders of before made of them is not found.
    expect(urls[1]).toBe(`https://api.example.com/.embeddings/v2/${'a'.repeat(64)}/256/image-2/${hash}`);
    expect(urls[0]).toBe(`https://api.example.com/.embeddings/v2/${'a'.repeat(64)}/256/text/${hash}`);
  });
});
