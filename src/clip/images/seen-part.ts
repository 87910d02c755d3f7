import { PREVIEW_SIDE, type SeenPart } from '../patches.ts';
import { type Preprocessing, resizedSize } from './preprocess.ts';

/**
 * What of an upright picture is left after resizing and cropping. A crop larger than the picture adds black, which is not part of it:
 * all of it is seen then.
 * @param size of the upright picture, in pixels
 */
export function seenPart(
  size: { readonly width: number; readonly height: number },
  { resize, crop }: Preprocessing,
): SeenPart {
  const resized = resizedSize(size, resize);
  if (crop === null) return { left: 0, top: 0, width: 1, height: 1 };
  const width = Math.min(crop.width, resized.width);
  const height = Math.min(crop.height, resized.height);
  return {
    left: Math.floor((resized.width - width) / 2) / resized.width,
    top: Math.floor((resized.height - height) / 2) / resized.height,
    width: width / resized.width,
    height: height / resized.height,
  };
}

/** The same cut of a picture, as large as a preview may be; where nothing is resized, as it is. */
export function forPreview(preprocessing: Preprocessing): Preprocessing {
  const { resize, crop, output } = preprocessing;
  if (resize === null) return preprocessing;
  const scale = PREVIEW_SIDE / Math.max(output.width, output.height);
  const scaled = ({ width, height }: { readonly width: number; readonly height: number }) => ({
    width: Math.round(width * scale),
    height: Math.round(height * scale),
  });
  return {
    ...preprocessing,
    resize:
      'shortestEdge' in resize ? { shortestEdge: Math.round(resize.shortestEdge * scale) } : scaled(resize),
    crop: crop && scaled(crop),
    output: scaled(output),
  };
}
