/**
 * 16 Mi pixels hold what telephones take, where memory allows. Measured on pictures of two megapixels, decoding costs at most
 * 14.4 bytes a pixel (WebP with alpha), 240 MB at this limit, and an AVIF 20 to 48. A Worker of 128 MB sets MAX_IMAGE_PIXELS lower.
 */
export const DEFAULT_MAX_PIXELS = 16_777_216;

/**
 * What the pictures of one request may cost together, in pixel passes: three seconds of one core. 64 pictures of half a megapixel, ten
 * photographs of 12 megapixels, or five of the largest PNGs. Texts beside them share a sixth more (`textPasses`), heat maps beside both three fifths more (`WITH_HEATS`).
 */
export const DEFAULT_MAX_PIXEL_PASSES = 96 * 1024 * 1024;
