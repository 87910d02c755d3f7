import { pack } from 'tar-stream';
import { type Random, createRandom } from '../../src/core/random.ts';
import { encodePng } from '../../src/clip/images/encode-png.ts';

/** Pixels of a side: blocks of eight by eight of one colour each, so that a picture is 192 numbers. */
const SIDE = 64;
const BLOCK = 8;
export const BLOCKS = SIDE / BLOCK;
export const COLOURS = 3 * BLOCKS * BLOCKS;
export const GREY = 128;
const WORDS_A_CAPTION = 4;
/** Of a word's pattern, and of what is a picture's own, in steps of a sample of 0 to 255. */
const PATTERN_SPREAD = 22;
const OWN_SPREAD = 14;

export const WORDS = [
  ...['red', 'blue', 'small', 'bright', 'striped', 'round', 'old', 'wooden', 'wet', 'broken', 'new', 'high'],
  ...['boat', 'house', 'dog', 'horse', 'road', 'tree', 'cup', 'train', 'chair', 'bird', 'river', 'bridge'],
  ...['winter', 'evening', 'market', 'garden', 'harbour', 'field', 'mountain', 'street'],
] as const;

/** What a word adds to the blocks of a picture: shape [WORDS.length][COLOURS], of mean 0. */
export const PATTERNS: readonly Float32Array[] = (() => {
  const random = createRandom(7);
  return WORDS.map(() =>
    Float32Array.from({ length: COLOURS }, () => PATTERN_SPREAD * random.nextGaussian()),
  );
})();

/** The patterns of the words of a caption together; other words add nothing. */
export function patternOf(caption: string): Float32Array {
  const sum = new Float32Array(COLOURS);
  for (const word of caption.split(' ')) {
    const at = WORDS.indexOf(word as (typeof WORDS)[number]);
    if (at >= 0) for (let i = 0; i < COLOURS; i++) sum[i] += PATTERNS[at][i];
  }
  return sum;
}

/**
 * Tars as img2dataset writes them, of pictures that nobody drew: each the patterns of its caption's words and something of its own, no two
 * alike. Equal counts give equal bytes.
 */
export async function* madeTars(count: number, perTar: number): AsyncGenerator<Buffer> {
  const random = createRandom(1);
  for (let start = 0; start < count; start += perTar) {
    yield madeTar(random, start, Math.min(count, start + perTar));
  }
}

async function madeTar(random: Random, start: number, end: number): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  for (let i = start; i < end; i++) {
    const key = String(i).padStart(7, '0');
    const words = Array.from({ length: WORDS_A_CAPTION }, () => WORDS[random.nextInt(WORDS.length)]);
    const caption = `${words.join(' ')} number ${i}`;
    archive.entry({ name: `${key}.png` }, Buffer.from(await madePicture(random, caption)));
    archive.entry({ name: `${key}.txt` }, caption);
  }
  archive.finalize();
  await collected;
  return Buffer.concat(chunks);
}

function madePicture(random: Random, caption: string): Promise<Uint8Array<ArrayBuffer>> {
  const colours = Uint8ClampedArray.from(
    patternOf(caption),
    (value) => GREY + value + OWN_SPREAD * random.nextGaussian(),
  );
  const data = new Uint8Array(3 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const block = 3 * (Math.floor(y / BLOCK) * BLOCKS + Math.floor(x / BLOCK));
      data.set(colours.subarray(block, block + 3), 3 * (y * SIDE + x));
    }
  }
  return encodePng({ width: SIDE, height: SIDE, data });
}
