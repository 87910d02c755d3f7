import { expect, it } from 'vitest';
import { rememberImages } from '../../src/clip/remember-images.ts';
import { AppError } from '../../src/errors.ts';

it('encodes a picture once however often it is asked for, and remembers failures too', async () => {
  const asked: number[] = [];
  const encoder = rememberImages({
    encodeImages(images) {
      asked.push(...images.map(([first]) => first));
      return Promise.resolve(
        images.map(([first]) =>
          first === 3 ? new AppError('BAD_IMAGE', 'damaged') : Float32Array.of(first),
        ),
      );
    },
  });
  const pictures = [1, 2, 3, 4].map((value) => Uint8Array.of(value));
  const together = await encoder.encodeImages(pictures);
  // As a caller does who was told that one of them is bad.
  const halves = [
    ...(await encoder.encodeImages(pictures.slice(0, 2))),
    ...(await encoder.encodeImages(pictures.slice(2))),
  ];
  expect(halves).toEqual(together);
  expect(together[2]).toMatchObject({ code: 'BAD_IMAGE' });
  expect(asked).toEqual([1, 2, 3, 4]);
});

it('remembers nothing of a call that failed as a whole', async () => {
  let calls = 0;
  const encoder = rememberImages({
    encodeImages: () =>
      calls++ === 0
        ? Promise.reject(new AppError('ENCODER_FAILED', 'out of order'))
        : Promise.resolve([Float32Array.of(1)]),
  });
  await expect(encoder.encodeImages([Uint8Array.of(1)])).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
  expect(await encoder.encodeImages([Uint8Array.of(1)])).toEqual([Float32Array.of(1)]);
});
