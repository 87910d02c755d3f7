/** Of pictures that are read, and of kinds that are not: those are listed and then refused by what their bytes say. */
const PICTURE_EXTENSIONS = new Set(
  [
    'jpg jpeg jpe jfif pjpeg pjp png apng webp gif avif',
    'heic heif hif jxl tif tiff bmp dib svg svgz pdf psd jp2 j2k jpx ico tga ppm pgm pbm pnm qoi exr hdr',
    'dng cr2 cr3 nef arw orf rw2 raf',
  ].flatMap((line) => line.split(' ').map((extension) => `.${extension}`)),
);

/** By the extension, in any case; the bytes are looked at when the picture is opened. */
export function isPicture(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && PICTURE_EXTENSIONS.has(name.slice(dot).toLowerCase());
}

/** Files that macOS puts beside the real ones: `._a.jpg`, and all that lies in `__MACOSX`. */
export function isAppleDouble(name: string): boolean {
  return name.startsWith('._') || name === '__MACOSX';
}
