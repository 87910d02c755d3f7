/**
 * 16 Mi pixels hold what telephones take, where memory allows. Measured on a PNG of 2.1 megapixels, decoding costs 10.6 bytes a
 * pixel at 8 bits a sample and 14.6 at 16: 178 to 245 MB at this limit. A Worker of 128 MB sets MAX_IMAGE_PIXELS lower.
 */
export const DEFAULT_MAX_PIXELS = 16_777_216;
