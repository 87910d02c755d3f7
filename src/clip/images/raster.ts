/**
 * A decoded picture as its decoder left it. Row-major 8-bit samples, `channels` a pixel: 1 grey, 3 RGB, 4 RGBA (alpha not
 * premultiplied), or 4 CMYK where `cmyk` is set, as Adobe stores it (255 = no ink). `data` may be a view into a decoder's memory.
 */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly cmyk: boolean;
  readonly data: Uint8Array;
  /** Of a JPEG that was shrunk while it was decoded: its own size over the divisor, where the last column and row may be part only. */
  readonly extent?: { readonly width: number; readonly height: number };
}

/** A rectangle in pixels, not always whole ones. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An upright RGB picture that can be read a row at a time, with rotation, ink and alpha dealt with on the way. */
export interface RgbRows {
  readonly width: number;
  readonly height: number;
  /** What of the rows is the picture; all of them when left out. */
  readonly extent?: Extent;
  /** Write row y, from column `from` up to `to`, as 8-bit RGB into the start of `out`. */
  readRow(y: number, from: number, to: number, out: Uint8Array): void;
}

/** The EXIF orientations 1-8 (TIFF tag 274): whether rows become columns, and which stored axis runs backwards. */
const ORIENTATIONS = [
  { transposed: false, flipX: false, flipY: false },
  { transposed: false, flipX: true, flipY: false },
  { transposed: false, flipX: true, flipY: true },
  { transposed: false, flipX: false, flipY: true },
  { transposed: true, flipX: false, flipY: false },
  { transposed: true, flipX: false, flipY: true },
  { transposed: true, flipX: true, flipY: true },
  { transposed: true, flipX: true, flipY: false },
] as const;

/**
 * View a raster as upright RGB, without copying it: grey is spread, CMYK multiplied out (R = (255-C)(255-K)/255 in
 * Pillow's arithmetic, without a colour profile), alpha laid over white.
 * @param orientation EXIF orientation 1..8; anything else counts as 1
 */
export function uprightRows(raster: Raster, orientation: number): RgbRows {
  const { transposed, flipX, flipY } = ORIENTATIONS[orientation - 1] ?? ORIENTATIONS[0];
  const storedX = flipX ? -raster.channels : raster.channels;
  const storedY = (flipY ? -1 : 1) * raster.width * raster.channels;
  const origin =
    (flipX ? (raster.width - 1) * raster.channels : 0) +
    (flipY ? (raster.height - 1) * raster.width * raster.channels : 0);
  const strideX = transposed ? storedY : storedX;
  const strideY = transposed ? storedX : storedY;
  return {
    width: transposed ? raster.height : raster.width,
    height: transposed ? raster.width : raster.height,
    ...(raster.extent === undefined ? {} : { extent: uprightExtent(raster, raster.extent, orientation) }),
    readRow(y, from, to, out) {
      const start = origin + y * strideY + from * strideX;
      if (raster.channels === 4) {
        if (raster.cmyk) readCmyk(raster.data, start, strideX, to - from, out);
        else readRgba(raster.data, start, strideX, to - from, out);
      } else {
        readOpaque(raster.data, start, strideX, to - from, raster.channels, out);
      }
    },
  };
}

function uprightExtent(
  raster: Raster,
  { width, height }: { readonly width: number; readonly height: number },
  orientation: number,
): Extent {
  const { transposed, flipX, flipY } = ORIENTATIONS[orientation - 1] ?? ORIENTATIONS[0];
  const left = flipX ? raster.width - width : 0;
  const top = flipY ? raster.height - height : 0;
  return transposed ? { left: top, top: left, width: height, height: width } : { left, top, width, height };
}

function readOpaque(
  data: Uint8Array,
  start: number,
  stride: number,
  count: number,
  channels: 1 | 3,
  out: Uint8Array,
): void {
  const green = channels === 1 ? 0 : 1;
  const blue = channels === 1 ? 0 : 2;
  for (let x = 0, at = start, to = 0; x < count; x++, at += stride, to += 3) {
    out[to] = data[at];
    out[to + 1] = data[at + green];
    out[to + 2] = data[at + blue];
  }
}

function readRgba(data: Uint8Array, start: number, stride: number, count: number, out: Uint8Array): void {
  for (let x = 0, at = start, to = 0; x < count; x++, at += stride, to += 3) {
    const alpha = data[at + 3];
    if (alpha === 255) {
      out[to] = data[at];
      out[to + 1] = data[at + 1];
      out[to + 2] = data[at + 2];
      continue;
    }
    const white = 255 * (255 - alpha);
    out[to] = divideBy255(data[at] * alpha + white);
    out[to + 1] = divideBy255(data[at + 1] * alpha + white);
    out[to + 2] = divideBy255(data[at + 2] * alpha + white);
  }
}

/** Rounded; of whole numbers up to 255 x 255. */
function divideBy255(value: number): number {
  const halfMore = value + 127;
  return (halfMore + (halfMore >> 8) + 1) >> 8;
}

function readCmyk(data: Uint8Array, start: number, stride: number, count: number, out: Uint8Array): void {
  for (let x = 0, at = start, to = 0; x < count; x++, at += stride, to += 3) {
    const light = data[at + 3];
    out[to] = light - scaleDown((255 - data[at]) * light);
    out[to + 1] = light - scaleDown((255 - data[at + 1]) * light);
    out[to + 2] = light - scaleDown((255 - data[at + 2]) * light);
  }
}

/** A product of two samples, divided by 255 and rounded. Source: Pillow, src/libImaging/ImagingUtils.h, MULDIV255. */
function scaleDown(product: number): number {
  const rounded = product + 128;
  return ((rounded >> 8) + rounded) >> 8;
}
