import type { Raster } from './raster.ts';

/** An RGBA frame and where it lies on its animation's canvas, in pixels from the top left. */
export interface PlacedFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** RGBA, row-major. */
  readonly data: Uint8Array;
}

/** The first frame of an animation on its transparent canvas: no copy when it covers the whole; what sticks out is cut off. */
export function placeFrame(
  canvas: { readonly width: number; readonly height: number },
  frame: PlacedFrame,
): Raster {
  const { width, height } = canvas;
  if (frame.left === 0 && frame.top === 0 && frame.width === width && frame.height === height) {
    return { width, height, channels: 4, cmyk: false, data: frame.data };
  }
  const data = new Uint8Array(width * height * 4);
  const visible = Math.max(0, Math.min(frame.width, width - frame.left));
  const rows = Math.max(0, Math.min(frame.height, height - frame.top));
  for (let y = 0; y < rows; y++) {
    const from = y * frame.width * 4;
    data.set(frame.data.subarray(from, from + visible * 4), ((frame.top + y) * width + frame.left) * 4);
  }
  return { width, height, channels: 4, cmyk: false, data };
}
