import ExifReader from 'exifreader';

/**
 * The EXIF orientation (TIFF tag 274) of a JPEG, PNG or WebP, 1..8; 1 when there is none or the metadata is damaged, as a picture
 * with broken metadata is still a picture.
 */
export function readOrientation(bytes: Uint8Array): number {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tags = ExifReader.loadView(view, { expanded: true, includeTags: { exif: ['Orientation'] } });
    const value: unknown = tags.exif?.Orientation?.value;
    return typeof value === 'number' && value >= 1 && value <= 8 ? value : 1;
  } catch {
    return 1;
  }
}
