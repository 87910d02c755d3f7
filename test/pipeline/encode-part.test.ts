import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { writeJson } from '../../src/pipeline/bucket.ts';
import { decodePart } from '../../src/pipeline/embedding-part.ts';
import { encodeOnePart } from '../../src/pipeline/encode-part.ts';
import { dataKeys } from '../../src/pipeline/keys.ts';
import { RUN_ID, memoryPlatform } from './memory-platform.ts';

const PICTURE = readFileSync(new URL('../fixtures/images/16-bit.png', import.meta.url));
const HASH = '1'.repeat(32);
const PAGE = '2'.repeat(32);
const TASK = { kind: 'encode', run: RUN_ID, shard: 0, hash: HASH, part: 0, page: PAGE, parts: 2 } as const;
const VECTOR = Float32Array.of(1, 0);

type Answer = (caption: string) => Float32Array | AppError;

/** One picture under each caption, the encoder of captions as given. */
async function encodeCaptions(captions: readonly string[], answer: Answer) {
  const { env, runs, datasets } = memoryPlatform();
  await datasets.put('photos/a.png', PICTURE);
  const { etag } = (await datasets.head('photos/a.png')) ?? expect.fail();
  const place = { key: 'photos/a.png', etag, offset: 0, size: PICTURE.length };
  const pairs = captions.map((caption, i) => ({ where: `row ${i}`, image: 'photos/a.png', caption, place }));
  await writeJson(runs, dataKeys.page(PAGE), { version: 1, pairs });
  const encoding = {
    images: { encodeImages: (pictures: readonly unknown[]) => Promise.resolve(pictures.map(() => VECTOR)) },
    text: { encodeTexts: (texts: readonly string[]) => Promise.resolve(texts.map(answer)) },
    dim: 2,
  };
  await encodeOnePart(env, TASK, encoding, { maxPixels: 1e8, maxPixelPasses: 1e9 });
  const bytes = await (await runs.get(dataKeys.part(HASH, 0)))?.arrayBuffer();
  return decodePart(new Uint8Array(bytes ?? new ArrayBuffer()), 2);
}

const refused = new AppError('ENCODER_FAILED', 'HTTP 422: no text');

describe('captions of a part', () => {
  it.each([
    ['beside others', ['a cat', '\u0000', 'a dog', '\u0000'], ['row 1', 'row 3']],
    ['alone', ['\u0000'], ['row 0']],
  ])('that the encoder refuses are skipped rows, %s', async (_, captions, skipped) => {
    const part = await encodeCaptions(captions, (caption) => (caption === '\u0000' ? refused : VECTOR));
    expect(part.skipped).toEqual(
      skipped.map((where) => ({ where, reason: 'photos/a.png: its caption is refused: HTTP 422: no text' })),
    );
    expect(part.rows.map(({ caption }) => caption)).toEqual(
      captions.filter((caption) => caption !== '\u0000'),
    );
    expect(part.texts).toHaveLength(2 * part.rows.length);
  });

  it('that fail once are asked about again', async () => {
    let calls = 0;
    const part = await encodeCaptions(['a cat', 'a dog'], () => (calls++ === 1 ? refused : VECTOR));
    expect(part.skipped).toEqual([]);
    expect(part.rows).toHaveLength(2);
  });

  it.each([
    ['refuses every caption', 0, refused],
    ['goes down after the first', 1, refused],
    ['is busy after the first', 1, new AppError('ENCODER_BUSY', 'busy')],
    ['has no more quota after the first', 1, new AppError('ENCODER_QUOTA', 'no quota')],
  ])('fail together when the encoder %s', async (_, answered, failure) => {
    let calls = 0;
    const encoded = encodeCaptions(['a cat', 'a dog', 'a bird'], () =>
      calls++ < answered ? VECTOR : failure,
    );
    await expect(encoded).rejects.toBe(failure);
  });
});
