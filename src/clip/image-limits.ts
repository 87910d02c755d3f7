/** 16 Mi pixels hold what telephones take. Decoded, a PNG of that size takes 64 MiB, a WebP twice that; a JPEG far less. */
export const DEFAULT_MAX_PIXELS = 16_777_216;
