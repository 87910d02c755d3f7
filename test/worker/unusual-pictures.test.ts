import { describe, expect, it } from 'vitest';
import { bytesOf, fixturePicture } from './pictures.ts';
import { ask, cosine, numbersOf } from './setup.ts';

// The real vision tower in the encoder Worker behind `AI`, in one isolate for the whole file.
const EMBED_IMAGES = `query ($images: [ImageInput!]!) {
  embedImages(images: $images) { ... on Embedding { vector } ... on ItemError { code message } }
}`;

describe('embedImages', () => {
  it('embeds an APNG as its default image, whatever came before it', async () => {
    const files = [
      'apng-small-first-frame.png',
      'png-1000x1-reference.png',
      'rgb.png',
      'jpeg-plain-reference.jpg',
    ];
    const [apng, ...others] = await Promise.all(files.map(fixturePicture));
    const images = others.map((base64) => ({ base64 }));
    const alone = await ask(EMBED_IMAGES, { images: [{ base64: apng }] });
    expect(alone.data.embedImages[0].vector).toBeTypeOf('string');
    // Bytes behind a PNG's end change its hash and not its picture: no embedding that is kept answers for it.
    for (const [i, before] of images.entries()) {
      const again = btoa(String.fromCharCode(...bytesOf(apng), i + 1));
      const { data } = await ask(EMBED_IMAGES, { images: [before, { base64: again }] });
      expect(data.embedImages[1].vector).toBe(alone.data.embedImages[0].vector);
    }
  });

  it.each([
    ['jpeg-jfif-and-adobe0.jpg', 'jpeg-plain-reference.jpg', 0.9999],
    ['jpeg-1000x1.jpg', 'png-1000x1-reference.png', 0.99],
    ['gif-frame-120x90-screen-0x0.gif', 'gif-unknown-extension-2a.gif', 0.9999],
    ['png-padded-idat.png', 'rgb.png', 0.9999],
    ['png-raw-profile-6.png', 'rgb.png', 0.9999],
    ['avif-lossless.avif', 'rgb.png', 0.9999],
    ['avif-turned-6.avif', 'rgb.png', 0.97],
  ])('embeds %s as %s', async (name, reference, atLeast) => {
    const images = (await Promise.all([name, reference].map(fixturePicture))).map((base64) => ({ base64 }));
    const { data } = await ask(EMBED_IMAGES, { images });
    const [ours, theirs] = data.embedImages.map((item: { vector: string }) => numbersOf(item.vector));
    expect(cosine(ours, theirs)).toBeGreaterThanOrEqual(atLeast);
  });

  it('names what is not read', async () => {
    const arithmetic = await fixturePicture('jpeg-arithmetic.jpg');
    const svg = btoa('<!-- drawn by hand --><svg xmlns="http://www.w3.org/2000/svg"/>');
    const { data } = await ask(EMBED_IMAGES, { images: [{ base64: arithmetic }, { base64: svg }] });
    expect(data.embedImages).toMatchObject([
      {
        code: 'BAD_IMAGE',
        message:
          'The AI model refused the input: Arithmetic-coded JPEG is not supported: expected Huffman coding by DCT',
      },
      { code: 'BAD_IMAGE', message: expect.stringMatching(/^SVG is not supported/) },
    ]);
  });
});
