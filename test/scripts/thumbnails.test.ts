import { describe, expect, it } from 'vitest';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import { encodePng } from '../../scripts/clip/png-file.ts';
import { createThumbnailer } from '../../scripts/report/thumbnails.ts';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { createRandom } from '../../src/core/random.ts';
import { samplePictures } from './report-builder.ts';

describe('thumbnails', () => {
  it('fit into 4 KB, whatever the kind of file, noise too', async () => {
    const thumbnail = await createThumbnailer(await nodeDecoders());
    const uris = await Promise.all(samplePictures().slice(0, 20).map(thumbnail));
    for (const uri of uris) {
      expect(uri).toMatch(/^data:image\/webp;base64,UklGR/);
      expect((uri ?? '').length).toBeLessThanOrEqual(4096);
    }
    const random = createRandom(1);
    const noise = Uint8Array.from({ length: 3 * 200 * 100 }, () => random.nextInt(256));
    expect(
      (await thumbnail(encodePng({ width: 200, height: 100, data: noise })))?.length,
    ).toBeLessThanOrEqual(4096);
  });

  it('are 96 pixels square, cut from the middle', async () => {
    const thumbnail = await createThumbnailer(await nodeDecoders());
    // Red, blue, red: the blue square in the middle is what is left.
    const stripes = Uint8Array.from({ length: 3 * 300 * 100 }, (_, i) => {
      const x = Math.floor(i / 3) % 300;
      const isBlue = x >= 100 && x < 200;
      return (isBlue ? [0, 0, 255] : [255, 0, 0])[i % 3];
    });
    const uri = (await thumbnail(encodePng({ width: 300, height: 100, data: stripes }))) ?? '';
    const decode = createImageDecoder(await nodeDecoders());
    const bytes = new Uint8Array(Buffer.from(uri.split(',')[1], 'base64'));
    const middle = await decode(bytes, { maxPixels: 1e6, shortSide: null }, (rows) => {
      const row = new Uint8Array(3 * rows.width);
      rows.readRow(48, 0, rows.width, row);
      return { width: rows.width, height: rows.height, pixels: [row.slice(15, 18), row.slice(-18, -15)] };
    });
    expect([middle.width, middle.height]).toEqual([96, 96]);
    for (const [red, , blue] of middle.pixels) {
      // Lossy, five pixels from the edge of the stripe.
      expect(red).toBeLessThan(40);
      expect(blue).toBeGreaterThan(200);
    }
  });

  it('are null for what does not open', async () => {
    const thumbnail = await createThumbnailer(await nodeDecoders());
    const [picture] = samplePictures();
    expect(await thumbnail(new TextEncoder().encode('this is no picture'))).toBeNull();
    expect(await thumbnail(new Uint8Array())).toBeNull();
    expect(await thumbnail(picture.slice(0, 200))).toBeNull();
  });
});
