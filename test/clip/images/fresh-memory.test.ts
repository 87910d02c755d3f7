import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createImageDecoder, type ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { readPreprocessing, resizeAndCrop, writePixelValues } from '../../../src/clip/images/preprocess.ts';
import { AppError } from '../../../src/errors.ts';
import { nodeDecoders } from '../../../scripts/clip/node-runtime.ts';
import { watchDecoderMemories } from './decoder-memories.ts';
import { decodePixels, FIXTURE_FILES, readImage } from '../fixture-images.ts';

/** One picture by each decoder, decoded ahead of every fixture. */
const BEFORE = ['png-1000x1-reference.png', 'rgb.png', 'baseline.jpg', 'cmyk.jpg', 'still.gif', 'lossy.webp'];

const PREPROCESSING = readPreprocessing({ size: 64, crop_size: 64 });

const memories = watchDecoderMemories();

function digest(samples: Uint8Array | Float32Array): string {
  return createHash('sha256').update(samples).digest('hex');
}

/** The picture's size and samples, hashed, or the error. */
async function outcome(decode: ImageDecoder, name: string): Promise<string> {
  return decodePixels(decode, readImage(name)).then(
    ({ width, height, data }) => `${width} x ${height} ${digest(data)}`,
    (error: unknown) => String(error),
  );
}

/** What the vision tower is given, hashed, or the error. */
async function towerInput(decode: ImageDecoder, name: string): Promise<string> {
  const options = { maxPixels: 1e7, shortSide: 64 };
  try {
    return await decode(readImage(name), options, (rows) => {
      const out = new Float32Array(3 * 64 * 64);
      writePixelValues(resizeAndCrop(rows, PREPROCESSING), PREPROCESSING, out, 0);
      return digest(out);
    });
  } catch (error) {
    return String(error);
  }
}

/** A white PNG of the size that the fixture claims, to leave behind just what a decoder that skips pixels would show. */
async function decodeSameSize(decode: ImageDecoder, name: string): Promise<void> {
  const header = readImageHeader(readImage(name));
  if (header instanceof AppError || header.width * header.height > 1e7) return;
  const rows = new Uint8Array(header.height * (1 + header.width)).fill(255);
  for (let y = 0; y < header.height; y++) rows[y * (1 + header.width)] = 0;
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.width, 0);
  ihdr.writeUInt32BE(header.height, 4);
  ihdr[8] = 8;
  const chunks = [
    ['IHDR', ihdr] as const,
    ['IDAT', deflateSync(rows)] as const,
    ['IEND', Buffer.alloc(0)] as const,
  ];
  const file = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...chunks.flatMap(([kind, body]) => {
      const framed = Buffer.concat([Buffer.from(kind), body]);
      const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(body.length);
      check.writeUInt32BE(crc32(framed));
      return [length, framed, check];
    }),
  ]);
  await decode(new Uint8Array(file), { maxPixels: 1e7, shortSide: null }, () => undefined);
}

describe('a picture decoded after others', () => {
  it.each(FIXTURE_FILES)('of %s is read as by a decoder that never saw another', async (name) => {
    const modules = await nodeDecoders();
    const alone = await outcome(createImageDecoder(modules), name);
    const aloneInput = await towerInput(createImageDecoder(modules), name);
    const decode = createImageDecoder(modules);
    for (const value of [0x00, 0xa5, 0xff]) {
      for (const before of BEFORE) await outcome(decode, before);
      await decodeSameSize(decode, name);
      expect(memories().length).toBeGreaterThanOrEqual(BEFORE.length);
      for (const memory of memories()) new Uint8Array(memory.buffer).fill(value);
      expect(await outcome(decode, name)).toBe(alone);
      for (const memory of memories()) new Uint8Array(memory.buffer).fill(value);
      expect(await towerInput(decode, name)).toBe(aloneInput);
    }
  });
});
