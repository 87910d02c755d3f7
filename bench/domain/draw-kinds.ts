import { createRandom } from '../../src/core/random.ts';
import type { MadePicture } from '../../src/core/outliers/made-pictures.ts';

export interface DrawnKind {
  readonly kind: string;
  /** Of outliers that are alike; `none` where there are none. */
  readonly family: 'noise' | 'smooth' | 'pattern' | 'chart' | 'none';
  readonly pictures: readonly MadePicture[];
}

const COUNT = 100;
const SIDE = 128;
const GREY = 128;

/** Pictures that no sample is like, drawn by other code than the outliers. */
export function drawKinds(): DrawnKind[] {
  const random = createRandom(0);
  const byte = (): number => random.nextInt(256);
  const colour = (): [number, number, number] => [byte(), byte(), byte()];
  const paint = (at: (x: number, y: number) => readonly [number, number, number]): MadePicture => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let y = 0, offset = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++, offset += 3) data.set(at(x, y), offset);
    }
    return { width: SIDE, height: SIDE, data };
  };
  const many = (draw: () => MadePicture): MadePicture[] => Array.from({ length: COUNT }, draw);
  return [
    { kind: 'noise, pixels', family: 'noise', pictures: many(() => paint(() => colour())) },
    {
      kind: 'noise, grey',
      family: 'noise',
      pictures: many(() =>
        paint(() => {
          const grey = byte();
          return [grey, grey, grey];
        }),
      ),
    },
    {
      kind: 'noise, blocks',
      family: 'noise',
      pictures: many(() => {
        const block = 4 + random.nextInt(12);
        const across = Math.ceil(SIDE / block);
        const colours = Array.from({ length: across * across }, colour);
        return paint((x, y) => colours[Math.floor(y / block) * across + Math.floor(x / block)]);
      }),
    },
    {
      kind: 'one colour',
      family: 'smooth',
      pictures: many(() => {
        const only = colour();
        return paint(() => only);
      }),
    },
    {
      kind: 'waves of two frequencies',
      family: 'smooth',
      pictures: many(() => {
        const waves = Array.from({ length: 3 }, () => [
          random.next() / 8,
          random.next() / 8,
          7 * random.next(),
        ]);
        return paint((x, y) => {
          const [red, green, blue] = waves.map(([across, down, phase]) =>
            Math.round(GREY + 100 * Math.sin(across * x + down * y + phase)),
          );
          return [red, green, blue];
        });
      }),
    },
    {
      kind: 'rings',
      family: 'pattern',
      pictures: many(() => {
        const [a, b] = [colour(), colour()];
        const [width, left, top] = [3 + random.nextInt(12), random.nextInt(SIDE), random.nextInt(SIDE)];
        return paint((x, y) => (Math.floor(Math.hypot(x - left, y - top) / width) % 2 === 0 ? a : b));
      }),
    },
    {
      kind: 'black and white cells, as a matrix code',
      family: 'none',
      pictures: many(() => {
        const cell = 3 + random.nextInt(4);
        const across = Math.floor(100 / cell);
        const isDark = Array.from({ length: across * across }, () => random.nextInt(2) === 0);
        return paint((x, y) => {
          const [column, row] = [Math.floor((x - 14) / cell), Math.floor((y - 14) / cell)];
          const isInside = column >= 0 && row >= 0 && column < across && row < across;
          return isInside && isDark[row * across + column] ? [0, 0, 0] : [255, 255, 255];
        });
      }),
    },
    {
      kind: 'line charts',
      family: 'chart',
      pictures: many(() => {
        const ink = colour();
        const heights = [64];
        for (let x = 1; x < SIDE; x++) {
          heights.push(Math.min(118, Math.max(8, heights[x - 1] + Math.round(4 * random.nextGaussian()))));
        }
        return paint((x, y) => {
          if (x === 8 || y === 120) return [0, 0, 0];
          const [low, high] = [
            Math.min(heights[x], heights[Math.max(0, x - 1)]),
            Math.max(heights[x], heights[Math.max(0, x - 1)]),
          ];
          return x > 8 && y >= low && y <= high + 1 ? ink : y % 28 === 0 ? [220, 220, 220] : [255, 255, 255];
        });
      }),
    },
    {
      kind: 'sheet music',
      family: 'none',
      pictures: many(() => {
        const [gap, ink] = [3 + random.nextInt(3), random.nextInt(60)];
        const notes = Array.from({ length: 40 }, () => [
          random.nextInt(SIDE),
          12 + 36 * random.nextInt(4) + gap * random.nextInt(5),
        ]);
        return paint((x, y) => {
          const line = ((y - 12) % 36) / gap;
          const isStaff = y >= 12 && y < 126 && Number.isInteger(line) && line < 5;
          const isNote = notes.some(
            ([across, down]) =>
              Math.hypot(x - across, 1.3 * (y - down)) < 2.5 ||
              (x === across + 2 && y < down && y > down - 11),
          );
          return isStaff || isNote ? [ink, ink, ink] : [250, 250, 250];
        });
      }),
    },
    {
      kind: 'contour lines, as on a map',
      family: 'none',
      pictures: many(() => {
        const [ink, back] = [colour(), byte() / 8 + 220];
        const hills = Array.from({ length: 6 }, () => [
          random.nextInt(SIDE),
          random.nextInt(SIDE),
          10 + random.nextInt(30),
          random.next() - 0.3,
        ]);
        const height = (x: number, y: number): number =>
          hills.reduce(
            (sum, [left, top, width, size]) =>
              sum + size * Math.exp(-(((x - left) ** 2 + (y - top) ** 2) / width ** 2)),
            0,
          );
        return paint((x, y) => {
          const level = Math.floor(12 * height(x, y));
          const isLine =
            level !== Math.floor(12 * height(x + 1, y)) || level !== Math.floor(12 * height(x, y + 1));
          return isLine ? ink : [back, back, back];
        });
      }),
    },
  ];
}
