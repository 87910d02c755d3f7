import { describe, expect, it } from 'vitest';
import {
  decodeCachedEmbedding,
  embeddingUrl,
  encodeCachedEmbedding,
} from '../../src/format/cached-embedding.ts';
import { AppError } from '../../src/errors.ts';

const ENCODED_AT = 1_795_000_000;
const cached = { embedding: Float32Array.of(0.6, 0, -0.8), encodedAt: ENCODED_AT };

describe('a cached embedding', () => {
  it('is laid out as documented', () => {
    // 0.6, 0 and -0.8 as IEEE 754 float32, and the CRC-32 of the 28 bytes by Python's zlib.crc32.
    const hex =
      '414c5156' +
      '0100' +
      '0000' +
      '03000000' +
      'c086fd6a' +
      '9a99193f' +
      '00000000' +
      'cdcc4cbf' +
      'dbe19723';
    expect(Buffer.from(encodeCachedEmbedding(cached)).toString('hex')).toBe(hex);
  });

  it('comes back as it was, from any alignment', () => {
    const bytes = encodeCachedEmbedding(cached);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeCachedEmbedding(bytes, 3)).toEqual(cached);
    expect(decodeCachedEmbedding(shifted.subarray(1), 3)).toEqual(cached);
  });

  it.each([
    [Float32Array.of(NaN, 0, 1)],
    [Float32Array.of(Infinity, 0, 0)],
    [Float32Array.of(0, 0, 0)],
    [Float32Array.of(2, 0, 0)],
    [new Float32Array(0)],
  ])('is not made of %o', (embedding) => {
    expect(() => encodeCachedEmbedding({ embedding, encodedAt: 0 })).toThrow(RangeError);
  });

  it('is refused with any one bit flipped', () => {
    const bytes = encodeCachedEmbedding(cached);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeCachedEmbedding(damaged, 3), `bit ${bit}`).toThrow(AppError);
    }
  });

  it('is refused at every other length', () => {
    const bytes = encodeCachedEmbedding(cached);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCachedEmbedding(bytes.subarray(0, length), 3)).toThrow(
        `Corrupt cached embedding: ${length} bytes, expected ${bytes.length}`,
      );
    }
    expect(() => decodeCachedEmbedding(new Uint8Array([...bytes, 0]), 3)).toThrow(AppError);
  });

  it('is refused for an encoder of another dim', () => {
    expect(() => decodeCachedEmbedding(encodeCachedEmbedding(cached), 4)).toThrow('32 bytes, expected 36');
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
    expect(urls[1]).toBe(`https://api.example.com/.embeddings/v1/${'a'.repeat(64)}/256/image-2/${hash}`);
    expect(urls[0]).toBe(`https://api.example.com/.embeddings/v1/${'a'.repeat(64)}/256/text/${hash}`);
  });
});
