import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createImageDecoder, type ImageDecoder } from '../../../src/clip/images/decode-image.ts';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { readPreprocessing, resizeAndCrop, writePixelValues } from '../../../src/clip/images/preprocess.ts';
import { AppError } from '../../../src/errors.ts';
import { nodeDecoders } from '../../../scripts/clip/node-runtime.ts';
import { memoryOf, watchDecoderInstances } from './decoder-instances.ts';
import { decodePixels, FIXTURE_FILES, nodeDecoder, readImage } from '../fixture-images.ts';

/** One picture by each decoder, decoded ahead of every fixture. */
const BEFORE = ['png-1000x1-reference.png', 'rgb.png', 'baseline.jpg', 'cmyk.jpg', 'still.gif', 'lossy.webp'];

const PREPROCESSING = readPreprocessing({ size: 64, crop_size: 64 });

const instances = watchDecoderInstances();

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

interface Allocator {
  malloc?(size: number): number;
  free?(pointer: number): void;
  __wbindgen_malloc?(size: number, alignment: number): number;
  __wbindgen_free?(pointer: number, size: number, alignment: number): void;
}

/** Fill what a decoder's allocator will give out next, in blocks of many sizes. Emscripten's exports have no names to do it by. */
function poison(decoder: Allocator & { readonly memory?: WebAssembly.Memory }, value: number): void {
  const { memory, malloc, free, __wbindgen_malloc, __wbindgen_free } = decoder;
  if (memory === undefined) return;
  const blocks: [number, number][] = [];
  for (let size = 16; size <= 4e6; size = Math.ceil(size * 1.5)) {
    const pointer = (malloc?.(size) ?? __wbindgen_malloc?.(size, 1) ?? 0) >>> 0;
    if (pointer === 0) continue;
    new Uint8Array(memory.buffer, pointer, size).fill(value);
    blocks.push([pointer, size]);
  }
  for (const [pointer, size] of blocks) {
    free?.(pointer);
    __wbindgen_free?.(pointer, size, 1);
  }
}

describe('a picture decoded after others', () => {
  it.each(FIXTURE_FILES)('of %s is read as by a decoder that never saw another', async (name) => {
    const modules = await nodeDecoders();
    const alone = await outcome(createImageDecoder(modules), name);
    const aloneInput = await towerInput(createImageDecoder(modules), name);
    const decode = createImageDecoder(modules);
    for (const value of [0xa5, 0xff]) {
      for (const before of BEFORE) await outcome(decode, before);
      await decodeSameSize(decode, name);
      expect(await outcome(decode, name)).toBe(alone);
      expect(instances().length).toBeGreaterThan(0);
      for (const instance of instances()) poison(instance.exports as Allocator, value);
      expect(await outcome(decode, name)).toBe(alone);
      for (const instance of instances()) poison(instance.exports as Allocator, value);
      expect(await towerInput(decode, name)).toBe(aloneInput);
    }
  });

  it.each(['baseline.jpg', 'progressive.jpg', 'cmyk.jpg', 'still.gif', 'lossy.webp', 'alpha.avif'])(
    'finds nothing in memory of what was in it: %s',
    async (name) => {
      const decode = await nodeDecoder();
      await outcome(decode, name);
      const [first] = instances();
      const contents = (): string => digest(new Uint8Array(memoryOf(first).buffer));
      const [before, bytes] = [contents(), memoryOf(first).buffer.byteLength];
      for (let i = 0; i < 5; i++) await outcome(decode, name);
      // One instance served all of them, in the memory that it had, and left it as it was.
      expect(instances()).toHaveLength(1);
      expect([contents(), memoryOf(first).buffer.byteLength]).toEqual([before, bytes]);
      const fresh = [...new Uint8Array(memoryOf(first).buffer)].filter((value) => value !== 0).length;
      expect(fresh).toBeLessThan(bytes / 4);
    },
  );
});
