import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { RgbRows } from './raster.ts';
import { resample, type ResampleFilter, type RgbImage } from './resample.ts';

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048));
const flag = (byDefault: boolean): v.OptionalSchema<v.BooleanSchema<undefined>, boolean> =>
  v.optional(v.boolean(), byDefault);
const triple = v.tuple([v.number(), v.number(), v.number()]);

/** SigLIP's processor resizes to the exact size and cuts nothing; all others are CLIP's in what they leave out. */
const WITHOUT_CROP = /^Siglip/;

/** The parts of a Hugging Face preprocessor_config.json that change pixels, with the defaults of CLIPImageProcessor. */
const preprocessorSchema = v.object({
  image_processor_type: v.optional(v.nullable(v.string())),
  do_resize: flag(true),
  size: v.optional(
    v.union([side, v.object({ shortest_edge: side }), v.object({ height: side, width: side })]),
    224,
  ),
  resample: v.optional(v.picklist([2, 3], 'expected 2 (bilinear) or 3 (bicubic)'), 3),
  do_center_crop: v.optional(v.boolean()),
  crop_size: v.optional(v.union([side, v.object({ height: side, width: side })]), 224),
  do_rescale: flag(true),
  rescale_factor: v.optional(v.number(), 1 / 255),
  do_normalize: flag(true),
  image_mean: v.optional(triple, [0.48145466, 0.4578275, 0.40821073]),
  image_std: v.optional(triple, [0.26862954, 0.26130258, 0.27577711]),
  do_pad: v.optional(v.literal(false, 'padding is not supported, expected false'), false),
});

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The same under the names of JinaCLIPImageProcessor, which always crops the middle of `size` and always normalises. */
const jinaSchema = v.object({
  size: v.optional(side, 224),
  mean: v.optional(triple),
  std: v.optional(triple),
  resize_mode: v.optional(
    v.picklist(['shortest', 'squash'], 'padding is not supported, expected "shortest" or "squash"'),
    'shortest',
  ),
  interpolation: v.optional(
    v.picklist(['bicubic', 'bilinear'], 'expected "bicubic" or "bilinear"'),
    'bicubic',
  ),
});

/** How pixels become what the vision tower takes. Sizes in pixels. */
export interface Preprocessing {
  /** Short side to resize to, or the exact size, or null for no resizing. */
  readonly resize: { readonly shortestEdge: number } | Size | null;
  readonly filter: ResampleFilter;
  readonly crop: Size | null;
  /** Size of what comes out. */
  readonly output: Size;
  /** Sample value -> tower input, [3, 256] row-major: rescaling, mean and standard deviation in one table. */
  readonly levels: Float32Array;
}

/**
 * Read a preprocessor_config.json.
 * @throws AppError INTERNAL naming the field, what was expected and what came, for an option that is not supported
 */
export function readPreprocessing(config: unknown): Preprocessing {
  const options = parse(preprocessorSchema, isOfJina(config) ? fromJina(config) : config);
  const resize = options.do_resize ? readResize(options.size) : null;
  const crop =
    (options.do_center_crop ?? !WITHOUT_CROP.test(options.image_processor_type ?? ''))
      ? readCrop(options.crop_size)
      : null;
  const output = crop ?? (resize !== null && 'width' in resize ? resize : null);
  if (output === null) {
    throw new AppError(
      'INTERNAL',
      'preprocessor_config.json: pictures would differ in size: expected do_center_crop, or a size with height and width',
    );
  }
  return {
    resize,
    filter: options.resample === 3 ? 'bicubic' : 'bilinear',
    crop,
    output,
    levels: computeLevels(options),
  };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, config: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, config);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new AppError(
    'INTERNAL',
    `preprocessor_config.json: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`,
  );
}

function isOfJina(config: unknown): boolean {
  return (
    typeof config === 'object' &&
    config !== null &&
    'image_processor_type' in config &&
    config.image_processor_type === 'JinaCLIPImageProcessor'
  );
}

/** What the file says in the words of CLIPImageProcessor. Source: transformers.js, JinaCLIPImageProcessor. */
function fromJina(config: unknown): v.InferInput<typeof preprocessorSchema> {
  const { size, mean, std, resize_mode: mode, interpolation } = parse(jinaSchema, config);
  return {
    size: mode === 'squash' ? { height: size, width: size } : { shortest_edge: size },
    crop_size: size,
    resample: interpolation === 'bicubic' ? 3 : 2,
    image_mean: mean,
    image_std: std,
  };
}

function readResize(size: number | { shortest_edge: number } | Size): Preprocessing['resize'] {
  if (typeof size === 'number') return { shortestEdge: size };
  return 'shortest_edge' in size ? { shortestEdge: size.shortest_edge } : size;
}

function readCrop(size: number | Size): Size {
  return typeof size === 'number' ? { width: size, height: size } : size;
}

function computeLevels(options: v.InferOutput<typeof preprocessorSchema>): Float32Array {
  const levels = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    for (let value = 0; value < 256; value++) {
      const scaled = options.do_rescale ? value * options.rescale_factor : value;
      levels[channel * 256 + value] = options.do_normalize
        ? (scaled - options.image_mean[channel]) / options.image_std[channel]
        : scaled;
    }
  }
  return levels;
}

/** The short side that decoding has to serve, for `DecodeOptions.shortSide`. */
export function neededShortSide({ resize }: Preprocessing): number | null {
  if (resize === null) return null;
  return 'shortestEdge' in resize ? resize.shortestEdge : Math.max(resize.width, resize.height);
}

/**
 * Resize and crop as CLIPImageProcessor does: the short side to `shortestEdge`, the long one to int(short·long/short), then the
 * middle; what a crop has beyond the picture is black. Only the cropped part is computed, so a 1 x 2000 picture is cheap.
 */
export function resizeAndCrop(rows: RgbRows, { resize, crop, filter }: Preprocessing): RgbImage {
  const size = resizedSize(rows.extent ?? rows, resize);
  if (crop === null) return resample(rows, size, { left: 0, top: 0, ...size }, filter);
  const width = Math.min(crop.width, size.width);
  const height = Math.min(crop.height, size.height);
  const left = Math.floor((size.width - width) / 2);
  const top = Math.floor((size.height - height) / 2);
  const middle = resample(rows, size, { left, top, width, height }, filter);
  return width === crop.width && height === crop.height ? middle : onBlack(middle, crop);
}

/** A JPEG shrunk by a power of two has the same sizes to the digit: both sides of the quotient are scaled exactly. */
export function resizedSize({ width, height }: Size, resize: Preprocessing['resize']): Size {
  if (resize === null) return { width, height };
  if (!('shortestEdge' in resize)) return resize;
  const edge = resize.shortestEdge;
  return width <= height
    ? { width: edge, height: Math.floor((edge * height) / width) }
    : { width: Math.floor((edge * width) / height), height: edge };
}

function onBlack(image: RgbImage, size: Size): RgbImage {
  const data = new Uint8Array(size.width * size.height * 3);
  const left = Math.ceil((size.width - image.width) / 2);
  const top = Math.ceil((size.height - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const from = y * image.width * 3;
    data.set(image.data.subarray(from, from + image.width * 3), ((top + y) * size.width + left) * 3);
  }
  return { ...size, data };
}

/**
 * Write one picture's tower input, [3, height, width], into `out` from element `offset`.
 * @throws RangeError when the picture is not of `preprocessing.output` size
 */
export function writePixelValues(
  image: RgbImage,
  preprocessing: Preprocessing,
  out: Float32Array,
  offset: number,
): void {
  const { output, levels } = preprocessing;
  if (image.width !== output.width || image.height !== output.height) {
    throw new RangeError(
      `Got a picture of ${image.width} x ${image.height}, expected ${output.width} x ${output.height}`,
    );
  }
  const plane = image.width * image.height;
  for (let pixel = 0, at = 0; pixel < plane; pixel++, at += 3) {
    out[offset + pixel] = levels[image.data[at]];
    out[offset + plane + pixel] = levels[256 + image.data[at + 1]];
    out[offset + 2 * plane + pixel] = levels[512 + image.data[at + 2]];
  }
}
