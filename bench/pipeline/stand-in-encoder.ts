import { createServer } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { createRandom } from '../../src/core/random.ts';
import { BLOCKS, COLOURS, GREY, patternOf } from './made-pictures.ts';

/**
 * Stands where a GPU with a CLIP would, at the same contract (docs/encoder-routes.md, preset openai): a picture is decoded, and its mean
 * colours go through one seeded layer; a caption's words go through the same. So captions are near their pictures, by as many coordinates
 * as a real encoder has, without its time.
 *
 *     node bench/pipeline/stand-in-encoder.ts --port 0 --dim 512 --latency 20
 *
 * The latency in milliseconds is how long a call waits before it is answered; calls wait side by side, as those to a service that has
 * enough machines. Prints its address.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    dim: { type: 'string', default: '512' },
    latency: { type: 'string', default: '0' },
  },
});
const [dim, latencyMs] = [Number(values.dim), Number(values.latency)];

const LAYER_SEED = 11;
/** Of the layer's sums before tanh, about: it bends them, as a network does. */
const LAYER_SPREAD = 1;
/** What a caption says beside its words, and where texts lie apart from pictures. */
const OWN_SPREAD = 0.25;
const APART_SPREAD = 0.6;
const MAX_PIXELS = 4096 * 4096;

const random = createRandom(LAYER_SEED);
const scale = LAYER_SPREAD / (45 * Math.sqrt(COLOURS));
const layer = Float32Array.from({ length: dim * COLOURS }, () => scale * random.nextGaussian());
const ofPictures = Float32Array.from({ length: dim }, () => APART_SPREAD * random.nextGaussian());
const ofTexts = Float32Array.from({ length: dim }, () => APART_SPREAD * random.nextGaussian());
const decode = createImageDecoder(await nodeDecoders());

function project(colours: ArrayLike<number>, apart: Float32Array, own: (i: number) => number): number[] {
  const vector = new Array<number>(dim);
  for (let i = 0, at = 0; i < dim; i++) {
    let sum = 0;
    for (let j = 0; j < COLOURS; j++) sum += layer[at++] * colours[j];
    // Rounded as a model's answer in half precision would be: five digits.
    vector[i] = Math.round((Math.tanh(sum) + apart[i] + own(i)) * 1e5) / 1e5;
  }
  return vector;
}

async function pictureVector(uri: string): Promise<number[]> {
  const bytes = Uint8Array.from(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'));
  const means = new Float64Array(COLOURS).fill(-GREY);
  await decode(bytes, { maxPixels: MAX_PIXELS, shortSide: null }, (rows) => {
    const { width, height } = rows;
    const [across, down] = [Math.ceil(width / BLOCKS), Math.ceil(height / BLOCKS)];
    const rgb = new Uint8Array(3 * width);
    for (let y = 0; y < height; y++) {
      rows.readRow(y, 0, width, rgb);
      for (let x = 0; x < width; x++) {
        const block = 3 * (Math.floor(y / down) * BLOCKS + Math.floor(x / across));
        for (let c = 0; c < 3; c++) means[block + c] += rgb[3 * x + c] / (across * down);
      }
    }
  });
  return project(means, ofPictures, () => 0);
}

function textVector(caption: string): number[] {
  let seed = 0;
  for (const char of caption) seed = (Math.imul(seed, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const own = createRandom(seed);
  return project(patternOf(caption), ofTexts, () => OWN_SPREAD * own.nextGaussian());
}

const server = createServer((request, response) => {
  void textOf(request).then(async (body) => {
    const answer = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    try {
      const { input, modality } = JSON.parse(body) as { input: string[]; modality?: 'image' };
      const vectors = [];
      for (const one of input)
        vectors.push(modality === 'image' ? await pictureVector(one) : textVector(one));
      if (latencyMs > 0) await sleep(latencyMs);
      answer(200, { object: 'list', data: vectors.map((embedding, index) => ({ index, embedding })) });
    } catch (error) {
      answer(400, { error: { message: String(error) } });
    }
  });
});
server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    console.log(`ready at http://127.0.0.1:${address.port}`);
});
