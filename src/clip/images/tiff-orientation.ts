const ORIENTATION_TAG = 274;
/** TIFF's field types of numbers that Pillow takes an orientation from. */
const SHORT = 3;
const LONG = 4;
const ENTRY_BYTES = 12;

/**
 * The orientation, 1 to 8, in the first directory of a TIFF structure, which is what EXIF is: the last entry counts where there are
 * several, and what is cut off is passed over, as Pillow does. Null where there is none. Source: TIFF 6.0, section 2
 */
export function readTiffOrientation(tiff: Uint8Array): number | null {
  if (tiff.length < 8) return null;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  if (!isLittle && order !== 0x4d4d) return null;
  if (view.getUint16(2, isLittle) !== 42) return null;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return null;
  const count = view.getUint16(directory, isLittle);
  let orientation: number | null = null;
  for (let i = 0, at = directory + 2; i < count && at + ENTRY_BYTES <= tiff.length; i++, at += ENTRY_BYTES) {
    if (view.getUint16(at, isLittle) === ORIENTATION_TAG)
      orientation = readNumber(view, at, isLittle) ?? orientation;
  }
  return orientation !== null && orientation >= 1 && orientation <= 8 ? orientation : null;
}

/** The first value of an entry that holds its values itself; null where it does not, or they are no numbers. */
function readNumber(view: DataView, at: number, isLittle: boolean): number | null {
  const type = view.getUint16(at + 2, isLittle);
  const count = view.getUint32(at + 4, isLittle);
  if (type === SHORT && (count === 1 || count === 2)) return view.getUint16(at + 8, isLittle);
  return type === LONG && count === 1 ? view.getUint32(at + 8, isLittle) : null;
}
