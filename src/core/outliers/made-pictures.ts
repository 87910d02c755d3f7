import { type Random, createRandom } from '../random.ts';

/** 8-bit RGB, row-major. */
export interface MadePicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

type Colour = readonly [number, number, number];

const SIDE = 128;
/** Noise looks otherwise where it is shrunk before it is encoded. */
const NOISE_SIDES = [48, 64, 112, 128, 224, 256] as const;

/** Pictures of nothing, by family: what no caption belongs to. */
const FAMILIES = {
  pixelNoise: drawPixelNoise,
  gaussianNoise: drawGaussianNoise,
  blocks: drawBlocks,
  specks: drawSpecks,
  plain: drawPlain,
  gradient: drawGradient,
  clouds: drawClouds,
  checks: drawChecks,
  stripes: drawStripes,
  rings: drawRings,
  strokes: drawStrokes,
  text: drawText,
  darkText: drawDarkText,
  form: drawForm,
  table: drawTable,
  chart: drawChart,
} as const satisfies Readonly<Record<string, (random: Random) => MadePicture>>;

export type PictureFamily = keyof typeof FAMILIES;
export const PICTURE_FAMILIES = Object.keys(FAMILIES) as PictureFamily[];

/** @returns `count` of the family; equal seeds give equal pictures on every machine */
export function makePictures(family: PictureFamily, count: number, seed: number): MadePicture[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => FAMILIES[family](random));
}

function drawPixelNoise(random: Random): MadePicture {
  const isGrey = random.nextInt(3) === 0;
  return paint(pick(random, NOISE_SIDES), () => {
    const red = random.nextInt(256);
    return isGrey ? [red, red, red] : [red, random.nextInt(256), random.nextInt(256)];
  });
}

function drawGaussianNoise(random: Random): MadePicture {
  const mean = colour(random);
  const deviation = 15 + random.nextInt(70);
  return paint(pick(random, NOISE_SIDES), () => [
    mean[0] + deviation * random.nextGaussian(),
    mean[1] + deviation * random.nextGaussian(),
    mean[2] + deviation * random.nextGaussian(),
  ]);
}

function drawBlocks(random: Random): MadePicture {
  const block = 3 + random.nextInt(14);
  const across = Math.ceil(SIDE / block);
  const colours = Array.from({ length: across * across }, () => colour(random));
  return paint(SIDE, (x, y) => colours[Math.floor(y / block) * across + Math.floor(x / block)]);
}

function drawSpecks(random: Random): MadePicture {
  const share = 0.04 + 0.4 * random.next();
  const ground = colour(random);
  const [light, dark] = [colour(random), colour(random)];
  return paint(SIDE, () => (random.next() > share ? ground : random.nextInt(2) === 0 ? light : dark));
}

function drawPlain(random: Random): MadePicture {
  const only = random.nextInt(3) === 0 ? grey(random.nextInt(256)) : colour(random);
  return paint(SIDE, () => only);
}

function drawGradient(random: Random): MadePicture {
  const [from, to] = [colour(random), colour(random)];
  const isRound = random.nextInt(3) === 0;
  const [cos, sin] = direction(random);
  const half = SIDE / 2;
  return paint(SIDE, (x, y) => {
    const along = isRound
      ? Math.sqrt((x - half) ** 2 + (y - half) ** 2) / (1.4 * half)
      : 0.5 + ((x - half) * cos + (y - half) * sin) / SIDE;
    return mix(from, to, Math.min(1, Math.max(0, along)));
  });
}

/** Octaves of smooth noise, the coarser the stronger: about the spectrum of a photograph, without anything in it. */
function drawClouds(random: Random): MadePicture {
  const [from, to] = [colour(random), colour(random)];
  const field = new Float64Array(SIDE * SIDE);
  const finest = 1 << random.nextInt(4);
  for (let cell = finest; cell <= 64; cell *= 2) addOctave(field, cell, random);
  return paint(SIDE, (x, y) => mix(from, to, 0.5 + field[y * SIDE + x]));
}

function addOctave(field: Float64Array, cell: number, random: Random): void {
  const across = SIDE / cell + 1;
  const values = Float64Array.from({ length: across * across }, () => (cell / 64) * (random.next() - 0.5));
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
      const [right, down] = [x / cell - column, y / cell - row];
      const at = row * across + column;
      const above = values[at] * (1 - right) + values[at + 1] * right;
      const below = values[at + across] * (1 - right) + values[at + across + 1] * right;
      field[y * SIDE + x] += above * (1 - down) + below * down;
    }
  }
}

function drawChecks(random: Random): MadePicture {
  const [a, b] = [colour(random), colour(random)];
  const size = 2 + random.nextInt(30);
  return paint(SIDE, (x, y) => ((Math.floor(x / size) + Math.floor(y / size)) % 2 === 0 ? a : b));
}

function drawStripes(random: Random): MadePicture {
  const [a, b] = [colour(random), colour(random)];
  const [cos, sin] = direction(random);
  const width = 2 + random.nextInt(22);
  return paint(SIDE, (x, y) => ((Math.floor((x * cos + y * sin) / width) & 1) === 0 ? a : b));
}

function drawRings(random: Random): MadePicture {
  const [a, b] = [colour(random), colour(random)];
  const width = 2 + random.nextInt(14);
  const [left, top] = [random.nextInt(SIDE), random.nextInt(SIDE)];
  const stretch = 0.5 + random.next();
  return paint(SIDE, (x, y) => {
    const ring = Math.floor(Math.sqrt((x - left) ** 2 + (stretch * (y - top)) ** 2) / width);
    return ring % 2 === 0 ? a : b;
  });
}

function drawStrokes(random: Random): MadePicture {
  const canvas = ground(SIDE, SIDE, random.nextInt(3) === 0 ? colour(random) : grey(255));
  const count = 10 + random.nextInt(70);
  for (let i = 0; i < count; i++) {
    const [[cos, sin], ink] = [direction(random), colour(random)];
    let [x, y] = [SIDE * random.next(), SIDE * random.next()];
    for (let step = 0; step < SIDE; step++) {
      x += cos;
      y += sin;
      fill(canvas, { x, y, width: 1, height: 1 }, ink);
    }
  }
  return canvas;
}

function drawText(random: Random): MadePicture {
  const canvas = page(random, grey(235 + random.nextInt(21)));
  if (random.nextInt(2) === 0) fillBar(canvas, random, colour(random));
  const left = random.nextInt(60);
  const type = 3 + random.nextInt(6);
  writeLines(canvas, random, { left, top: 20, right: canvas.width - random.nextInt(60), type }, () =>
    grey(30),
  );
  return canvas;
}

/** An editor or a terminal. */
function drawDarkText(random: Random): MadePicture {
  const canvas = page(random, mix(grey(0), colour(random), 0.2));
  const inks = Array.from({ length: 4 }, () => mix(grey(255), colour(random), 0.6));
  const side = random.nextInt(2) === 0 ? 0 : 50 + random.nextInt(40);
  fill(canvas, { x: 0, y: 0, width: side, height: canvas.height }, mix(grey(40), colour(random), 0.2));
  const type = 3 + random.nextInt(3);
  writeLines(canvas, random, { left: side + 6, top: 8, right: canvas.width, type }, () => pick(random, inks));
  return canvas;
}

/** Boxes of one width under labels, and a button; or bubbles to both sides. */
function drawForm(random: Random): MadePicture {
  const canvas = page(random, mix(grey(250), colour(random), 0.1));
  const accent = colour(random);
  fillBar(canvas, random, accent);
  const isChat = random.nextInt(2) === 0;
  const [left, width] = [20, canvas.width * (0.35 + 0.4 * random.next())];
  for (let y = 40; y < canvas.height - 30; y += 34) {
    const x = isChat && random.nextInt(2) === 0 ? canvas.width - width - 20 : left;
    const inside = isChat ? (x === left ? grey(255) : mix(grey(255), accent, 0.3)) : grey(255);
    if (!isChat) writeWords(canvas, random, { x, y: y - 8, right: x + 60, type: 5 }, grey(60));
    fill(canvas, { x: x - 1, y: y - 1, width: width + 2, height: 22 }, grey(190));
    fill(canvas, { x, y, width, height: 20 }, inside);
    if (isChat || random.nextInt(2) === 0)
      writeWords(canvas, random, { x: x + 5, y: y + 7, right: x + width - 5, type: 5 }, grey(50));
  }
  fill(canvas, { x: left, y: canvas.height - 26, width: 60, height: 18 }, accent);
  return canvas;
}

function drawTable(random: Random): MadePicture {
  const canvas = page(random, grey(255));
  const height = 12 + random.nextInt(8);
  const width = 36 + random.nextInt(40);
  const line = grey(160 + random.nextInt(60));
  for (let y = 6; y + height < canvas.height; y += height) {
    const band = y === 6 ? grey(215) : grey(Math.round(y / height) % 2 === 0 ? 246 : 255);
    fill(canvas, { x: 6, y, width: canvas.width - 12, height }, band);
    fill(canvas, { x: 6, y, width: canvas.width - 12, height: 1 }, line);
    for (let x = 6; x + 10 < canvas.width; x += width) {
      fill(canvas, { x, y, width: 1, height }, line);
      const right = x + 6 + random.nextInt(width - 12);
      writeWords(canvas, random, { x: x + 4, y: y + 4, right, type: 5 }, grey(40));
    }
  }
  return canvas;
}

/** Bars, a line or dots over two axes. */
function drawChart(random: Random): MadePicture {
  const canvas = ground(200, 150, random.nextInt(4) === 0 ? grey(30) : grey(255));
  const [left, bottom, ink] = [20, 130, colour(random)];
  fill(canvas, { x: left, y: 10, width: 1, height: bottom - 10 }, grey(120));
  fill(canvas, { x: left, y: bottom, width: 170, height: 1 }, grey(120));
  const step = 1 + random.nextInt(20);
  const kind = random.nextInt(3);
  let height = 10 + random.nextInt(90);
  for (let x = left + 4; x < 186; x += step) {
    const last = height;
    height = Math.min(112, Math.max(2, height + (10 + step) * random.nextGaussian()));
    const low = Math.min(last, height);
    if (kind === 0) fill(canvas, { x, y: bottom - height, width: 0.7 * step, height }, ink);
    else if (kind === 1)
      fill(canvas, { x, y: bottom - low, width: step, height: 1 + Math.abs(last - height) / 2 }, ink);
    else fill(canvas, { x, y: bottom - height, width: 3, height: 3 }, ink);
  }
  for (let x = left; x < 180; x += 32)
    writeWords(canvas, random, { x, y: bottom + 6, right: x + 14, type: 5 }, grey(120));
  return canvas;
}

/** Upright, lying or square, as screens are; small, for it is shrunk anyway. */
function page(random: Random, back: Colour): MadePicture {
  const [width, height] = pick(random, [
    [320, 200],
    [280, 210],
    [180, 320],
    [240, 240],
  ] as const);
  return ground(width, height, back);
}

function fillBar(canvas: MadePicture, random: Random, ink: Colour): void {
  fill(canvas, { x: 0, y: 0, width: canvas.width, height: 10 + random.nextInt(14) }, ink);
}

interface Block {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  /** Height of a letter. */
  readonly type: number;
}

/** Lines as of words, some short, some missing. */
function writeLines(
  canvas: MadePicture,
  random: Random,
  { left, top, right, type }: Block,
  ink: () => Colour,
): void {
  const leading = type + 2 + random.nextInt(5);
  for (let y = top; y < canvas.height - type; y += leading) {
    if (random.nextInt(7) === 0) continue;
    const indent = random.nextInt(4) === 0 ? 4 * random.nextInt(6) : 0;
    const end = random.nextInt(3) === 0 ? left + (right - left) * random.next() : right - random.nextInt(20);
    writeWords(canvas, random, { x: left + indent, y, right: end, type }, ink());
  }
}

/** Marks of the size and the density of letters, in groups of the length of words. */
function writeWords(
  canvas: MadePicture,
  random: Random,
  {
    x: start,
    y,
    right,
    type,
  }: { readonly x: number; readonly y: number; readonly right: number; readonly type: number },
  ink: Colour,
): void {
  let x = start;
  while (x < right) {
    for (let letters = 2 + random.nextInt(8); letters > 0 && x < right; letters--) {
      fill(canvas, { x, y, width: 1, height: type }, ink);
      const bar = random.nextInt(type);
      if (random.nextInt(4) > 0) fill(canvas, { x, y: y + bar, width: type * 0.6, height: 1 }, ink);
      x += Math.max(2, type * 0.7);
    }
    x += type * 0.7;
  }
}

function paint(side: number, at: (x: number, y: number) => Colour): MadePicture {
  const data = new Uint8ClampedArray(side * side * 3);
  for (let y = 0, offset = 0; y < side; y++) {
    for (let x = 0; x < side; x++, offset += 3) data.set(at(x, y), offset);
  }
  return { width: side, height: side, data: new Uint8Array(data.buffer) };
}

function ground(width: number, height: number, back: Colour): MadePicture {
  const picture = { width, height, data: new Uint8Array(width * height * 3) };
  fill(picture, { x: 0, y: 0, width, height }, back);
  return picture;
}

/** A rectangle, as much of it as lies inside. */
function fill(
  { width, height, data }: MadePicture,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  [red, green, blue]: Colour,
): void {
  const [left, top] = [Math.max(0, Math.floor(box.x)), Math.max(0, Math.floor(box.y))];
  const right = Math.min(width, Math.floor(box.x) + Math.max(1, Math.round(box.width)));
  const bottom = Math.min(height, Math.floor(box.y) + Math.max(1, Math.round(box.height)));
  for (let y = top; y < bottom; y++) {
    for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
    }
  }
}

/** Of unit length; without sines, which are not the same to the bit on every engine. */
function direction(random: Random): readonly [number, number] {
  const [x, y] = [random.nextGaussian(), random.nextGaussian()];
  const length = Math.sqrt(x * x + y * y);
  return [x / length, y / length];
}

function colour(random: Random): Colour {
  return [random.nextInt(256), random.nextInt(256), random.nextInt(256)];
}

function grey(value: number): Colour {
  return [value, value, value];
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    from[0] + share * (to[0] - from[0]),
    from[1] + share * (to[1] - from[1]),
    from[2] + share * (to[2] - from[2]),
  ];
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.nextInt(items.length)];
}
