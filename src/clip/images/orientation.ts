import { readAvifHeader } from './avif-header.ts';
import type { ImageFormat } from './image-header.ts';
import { readPngChunks } from './png-chunks.ts';
import { readPngText } from './png-text.ts';
import { readTiffOrientation } from './tiff-orientation.ts';
import { readWebpExif } from './webp-frame.ts';

/** What an EXIF segment begins with: the name and two zeros. */
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];

/**
 * How a picture must be turned to stand upright, as an EXIF orientation (TIFF tag 274), 1..8; 1 where it is not said or the metadata
 * is damaged, as a picture with broken metadata is still a picture. Where Pillow 9.4 looks for it: EXIF in JPEG, PNG and WebP,
 * ImageMagick's "Raw profile" and XMP in PNG. In AVIF the boxes' rotation counts, not its EXIF.
 */
export async function readOrientation(format: ImageFormat, bytes: Uint8Array): Promise<number> {
  switch (format) {
    case 'jpeg': {
      const exif = readJpegExif(bytes);
      return (exif && readTiffOrientation(exif)) ?? 1;
    }
    case 'webp': {
      const exif = readWebpExif(bytes);
      return (exif && readTiffOrientation(withoutName(exif))) ?? 1;
    }
    case 'png':
      return (await readPngOrientation(bytes)) ?? 1;
    case 'gif':
      return 1;
    case 'avif':
      return readAvifHeader(bytes)?.orientation ?? 1;
  }
}

/**
 * The TIFF structure of the first EXIF segment before the first scan, as Pillow 9.4 has it.
 * Source: ITU T.81, B.1.1.2; Exif 2.3, section 4.7.2
 */
function readJpegExif(bytes: Uint8Array): Uint8Array | null {
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === 0xff) {
      at += 1;
    } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      // No length follows these.
      at += 2;
    } else if (marker === 0xd9 || marker === 0xda) {
      return null;
    } else {
      const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
      if (marker === 0xe1 && EXIF.every((value, i) => bytes[at + 4 + i] === value)) {
        return bytes.subarray(at + 4 + EXIF.length, end);
      }
      at = end;
    }
  }
  return null;
}

/** A JPEG's segment begins with its name; other files' EXIF may. */
function withoutName(exif: Uint8Array): Uint8Array {
  return EXIF.every((value, i) => exif[i] === value) ? exif.subarray(EXIF.length) : exif;
}

async function readPngOrientation(bytes: Uint8Array): Promise<number | null> {
  const exif = readPngExif(bytes) ?? (await readRawProfile(bytes));
  return (exif && readTiffOrientation(withoutName(exif))) ?? (await readXmpOrientation(bytes));
}

function readPngExif(bytes: Uint8Array): Uint8Array | null {
  for (const { kind, body } of readPngChunks(bytes)) if (kind === 'eXIf') return body;
  return null;
}

/** EXIF as ImageMagick writes it into a text: an empty line, the kind, the length, then hexadecimal digits in lines. */
async function readRawProfile(bytes: Uint8Array): Promise<Uint8Array | null> {
  const text = await readPngText(bytes, 'Raw profile type exif');
  const digits = text?.split('\n').slice(3).join('').replace(/\s/g, '');
  if (digits === undefined || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return null;
  const profile = new Uint8Array(digits.length / 2);
  for (let i = 0; i < profile.length; i++) profile[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return profile;
}

async function readXmpOrientation(bytes: Uint8Array): Promise<number | null> {
  const xmp = await readPngText(bytes, 'XML:com.adobe.xmp');
  const match = /tiff:Orientation(?:="|>)([1-8])/.exec(xmp ?? '');
  return match === null ? null : Number(match[1]);
}
