import { describe, expect, it } from 'vitest';
import { nameForeignKind } from '../../../src/clip/images/foreign-kinds.ts';
import { readImageHeader } from '../../../src/clip/images/image-header.ts';
import { AppError } from '../../../src/errors.ts';
import { decodePixels, nodeDecoder, readImage } from '../fixture-images.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('readImageHeader', () => {
  it.each([
    ['baseline.jpg', { format: 'jpeg', width: 90, height: 66 }],
    ['progressive.jpg', { format: 'jpeg', width: 90, height: 66 }],
    ['exif-6.jpg', { format: 'jpeg', width: 66, height: 90 }],
    ['rgb.png', { format: 'png', width: 90, height: 66 }],
    ['bomb-header.png', { format: 'png', width: 60_000, height: 60_000 }],
    ['animated.gif', { format: 'gif', width: 90, height: 66 }],
    ['lossy.webp', { format: 'webp', width: 90, height: 66 }],
    ['lossless.webp', { format: 'webp', width: 90, height: 66 }],
    ['alpha.webp', { format: 'webp', width: 90, height: 66 }],
    ['animated.webp', { format: 'webp', width: 90, height: 66 }],
    ['avif-420.avif', { format: 'avif', width: 90, height: 66 }],
    ['avif-turned-6.avif', { format: 'avif', width: 66, height: 90 }],
    ['gif-frame-120x90-screen-0x0.gif', { format: 'gif', width: 120, height: 90 }],
    ['gif-frame-120x90-screen-400x60.gif', { format: 'gif', width: 400, height: 90 }],
    ['gif-frame-past-corner.gif', { format: 'gif', width: 110, height: 76 }],
  ])('reads the stored size of %s', (name, expected) => {
    expect(readImageHeader(readImage(name))).toEqual(expected);
  });

  it('skips fill bytes and what segments hold, as the decoder does', async () => {
    const picture = readImage('baseline.jpg').subarray(2);
    // Two fill bytes, then an APP0 of 61,440 bytes with a frame header of 4 x 4 where a reader out of step would look.
    const decoyAt = 4 + 0xe0f0;
    const file = new Uint8Array(5 + 0xf000 + picture.length);
    file.set([0xff, 0xd8, 0xff, 0xff, 0xe0, 0xf0, 0x00]);
    file.set([0xff, 0xc0, 0, 17, 8, 0, 4, 0, 4], decoyAt);
    file.set(picture, 5 + 0xf000);
    expect(readImageHeader(file)).toEqual({ format: 'jpeg', width: 90, height: 66 });
    const decoded = await decodePixels(await nodeDecoder(), file, 90 * 66);
    expect([decoded.width, decoded.height]).toEqual([90, 66]);
  });

  it('reads a view into a larger buffer', () => {
    const bytes = readImage('rgb.png');
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readImageHeader(larger.subarray(3, 3 + bytes.length))).toMatchObject({ width: 90, height: 66 });
  });

  it.each([
    ['nothing', new Uint8Array(0), /^The image is empty/],
    ['a web page', text('<!DOCTYPE html><html></html>'), /^The bytes are an HTML page/],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^SVG is not supported/],
    ['an AVIF without boxes', text('\0\0\0\u0010ftypavif\0\0\0\0'), /^The AVIF header is damaged/],
    [
      'noise',
      Uint8Array.of(1, 2, 3, 4),
      /^The bytes are no image of a known kind: expected a JPEG, PNG, GIF, WebP or AVIF file$/,
    ],
    [
      'a JPEG whose scan comes before its frame',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xc0, 0, 17, 8, 0, 4, 0, 4, 3),
      /^The JPEG header is damaged/,
    ],
    [
      'a JPEG without a frame',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0),
      /^The JPEG header is damaged/,
    ],
    ['a PNG cut in its header', readImage('rgb.png').subarray(0, 18), /^The PNG header is damaged/],
    ['a GIF of width 0', text('GIF89a\0\0\u0001\0\0\0\0'), /^The GIF header is damaged/],
  ])('refuses %s', (_, bytes, message) => {
    const result = readImageHeader(bytes);
    expect(result).toBeInstanceOf(AppError);
    expect(result).toMatchObject({ code: 'BAD_IMAGE', message: expect.stringMatching(message) as unknown });
  });

  it('answers for every cut of every file', () => {
    for (const name of [
      'baseline.jpg',
      'rgb.png',
      'still.gif',
      'lossy.webp',
      'animated.webp',
      'exif-6.webp',
      'avif-turned-5.avif',
    ]) {
      const bytes = readImage(name);
      for (let length = 0; length < Math.min(bytes.length, 700); length++) {
        const header = readImageHeader(bytes.subarray(0, length));
        expect(header instanceof AppError || header.width * header.height === 90 * 66).toBe(true);
      }
    }
  });
});

describe('nameForeignKind', () => {
  const bytes = (...values: number[]): Uint8Array =>
    Uint8Array.from([...values, ...new Array<number>(32).fill(0)]);
  const utf16 = (value: string, littleEndian: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(2 * value.length));
    [...value].forEach((character, i) => view.setUint16(2 * i, character.charCodeAt(0), littleEndian));
    return new Uint8Array(view.buffer);
  };
  const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  const brands = (major: string, ...compatible: string[]): Uint8Array =>
    text(
      `\0\0\0${String.fromCharCode(16 + 4 * compatible.length)}ftyp${major}\0\0\0\0${compatible.join('')}`,
    );

  it.each([
    ['SVG', readImage('svg-comment-first.svg')],
    ['SVG', text(SVG)],
    ['SVG', text(`\ufeff${SVG}`)],
    ['SVG', text(` \r\n\t<?xml version="1.0"?>\n<!-- <html> -->\n<!-- b -->${SVG}`)],
    ['SVG', text(`<!--${'x'.repeat(30_000)}-->${SVG}`)],
    ['SVG', text('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd"><svg/>')],
    [
      'SVG',
      text('<?xml version="1.0"?><?xml-stylesheet href="a.css"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>'),
    ],
    ['SVG', text('<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>')],
    ['SVG', utf16(`\ufeff${SVG}`, true)],
    ['SVG', utf16(`\ufeff${SVG}`, false)],
    ['SVG', utf16(SVG, true)],
    ['HTML', text('<!-- saved from url -->\n<!DOCTYPE html><html><body><svg/></body></html>')],
    ['HTML', text('\n<HTML lang="en">')],
    ['PDF', text('%PDF-1.7\n')],
    ['PDF', text(`${'junk '.repeat(200)}%PDF-1.4\n`)],
    ['HEIC', brands('heic')],
    ['HEIC', brands('mif1', 'miaf', 'heic')],
    ['HEIC', brands('heix', 'avif')],
    ['HEIC', brands('msf1', 'hevc')],
    ['JPEG XL', brands('jxl ')],
    ['JPEG XL', bytes(0xff, 0x0a)],
    ['JPEG XL', bytes(0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a)],
    ['JPEG 2000', bytes(0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a)],
    ['TIFF', bytes(0x49, 0x49, 0x2a, 0, 8)],
    ['TIFF', bytes(0x4d, 0x4d, 0, 0x2a)],
    ['TIFF', bytes(0x49, 0x49, 0x2b, 0, 8)],
    ['BMP', bytes(0x42, 0x4d, 0x46, 1, 0, 0)],
    ['ICO', bytes(0, 0, 1, 0, 1, 0)],
    ['PSD', text('8BPS')],
    ['MP4 video', brands('isom', 'mp42')],
    ['QuickTime video', brands('qt  ')],
    ['Matroska or WebM', bytes(0x1a, 0x45, 0xdf, 0xa3)],
    ['gzip', bytes(0x1f, 0x8b)],
  ])('names %s', (name, file) => {
    expect(nameForeignKind(file)).toBe(name);
    expect(readImageHeader(file)).toMatchObject({
      code: 'BAD_IMAGE',
      message: expect.stringMatching(
        name === 'HTML' ? 'an HTML page' : `^${name} is not supported`,
      ) as unknown,
    });
  });

  it.each([
    text('{"error": "not found"}'),
    text('BMW'),
    text('<note/>'),
    text('plain'),
    bytes(9, 9),
    new Uint8Array(0),
  ])('does not guess at %j', (file) => {
    expect(nameForeignKind(file)).toBeNull();
  });
});
