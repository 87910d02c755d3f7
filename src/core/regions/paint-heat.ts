/** An 8-bit RGB picture, row-major. */
export interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A grid of numbers over a picture, row-major, top left first. */
export interface HeatGrid {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Orange for what adds, blue for what takes away: told apart under every common colour blindness, and by their lightness. */
const ADDS = [255, 154, 0] as const;
const TAKES = [0, 90, 200] as const;
/** How much of the colour the strongest cell has over the picture. */
const MOST_COVER = 0.8;
/** How much the picture itself is turned grey, so that its own colours are not taken for heat. */
const GREYING = 0.75;

/**
 * The picture in near grey, with heat over it. Full colour is the largest number by size, none is 0; where all have one sign, as the
 * shares of a high score do, none is the smallest instead, so that what stands out is seen. Between the middles of cells it is
 * interpolated.
 * @returns new RGB samples of the picture's size
 * @throws RangeError unless there are rows x columns numbers
 */
export function paintHeat({ width, height, data }: Rgb, { rows, columns, values }: HeatGrid): Uint8Array {
  if (values.length !== rows * columns) {
    throw new RangeError(`expected ${rows} x ${columns} numbers, got ${values.length}`);
  }
  const least = Math.min(...values);
  const largest = Math.max(...values);
  const none = least > 0 ? least : Math.min(0, largest);
  const most = Math.max(largest - none, none - least);
  const across = Array.from({ length: width }, (_, x) => between(((x + 0.5) * columns) / width, columns));
  const painted = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < height; y++) {
    const down = between(((y + 0.5) * rows) / height, rows);
    for (let x = 0; x < width; x++, at += 3) {
      const heat = most === 0 ? 0 : (interpolate(values, columns, down, across[x]) - none) / most;
      const cover = MOST_COVER * Math.abs(heat);
      const colour = heat < 0 ? TAKES : ADDS;
      // ITU-R BT.601, as Pillow turns a picture grey.
      const grey = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      for (let channel = 0; channel < 3; channel++) {
        const base = data[at + channel] + GREYING * (grey - data[at + channel]);
        painted[at + channel] = Math.round(base + cover * (colour[channel] - base));
      }
    }
  }
  return painted;
}

/** Two neighbouring cells, and how far from the first to the second. */
interface Between {
  readonly first: number;
  readonly second: number;
  readonly share: number;
}

/** @param position in cells, whose middles are at .5; beyond the first and the last middle it is theirs */
function between(position: number, count: number): Between {
  const middle = Math.min(count - 1, Math.max(0, position - 0.5));
  const first = Math.floor(middle);
  return { first, second: Math.min(count - 1, first + 1), share: middle - first };
}

function interpolate(values: Float32Array, columns: number, down: Between, across: Between): number {
  const row = (at: number): number =>
    values[at * columns + across.first] * (1 - across.share) +
    values[at * columns + across.second] * across.share;
  return row(down.first) * (1 - down.share) + row(down.second) * down.share;
}
