import { readIsoBrands } from './iso-boxes.ts';

/** First bytes of kinds of file that are sent in a picture's place. `null` matches any byte. */
const SIGNATURES: readonly (readonly [name: string, signature: readonly (number | null)[]])[] = [
  ['JPEG XL', [0xff, 0x0a]],
  ['JPEG XL', [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]],
  ['JPEG 2000', [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]],
  ['JPEG 2000', [0xff, 0x4f, 0xff, 0x51]],
  ['JPEG XR', [0x49, 0x49, 0xbc]],
  ['TIFF', [0x49, 0x49, 0x2a, 0]],
  ['TIFF', [0x4d, 0x4d, 0, 0x2a]],
  ['TIFF', [0x49, 0x49, 0x2b, 0]],
  ['TIFF', [0x4d, 0x4d, 0, 0x2b]],
  // Behind the file's size stand two reserved words, zero in practice.
  ['BMP', [0x42, 0x4d, null, null, null, null, 0, 0, 0, 0]],
  ['ICO', [0, 0, 1, 0]],
  ['CUR', [0, 0, 2, 0]],
  ['PSD', [0x38, 0x42, 0x50, 0x53]],
  ['QOI', [0x71, 0x6f, 0x69, 0x66]],
  ['OpenEXR', [0x76, 0x2f, 0x31, 0x01]],
  ['DDS', [0x44, 0x44, 0x53, 0x20]],
  ['PostScript', [0x25, 0x21, 0x50, 0x53]],
  ['PostScript', [0xc5, 0xd0, 0xd3, 0xc6]],
  ['AVI', [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x41, 0x56, 0x49, 0x20]],
  ['Matroska or WebM', [0x1a, 0x45, 0xdf, 0xa3]],
  ['gzip', [0x1f, 0x8b]],
  ['ZIP', [0x50, 0x4b, 0x03, 0x04]],
];

/** How far a PDF's header may stand from the beginning. Source: ISO 32000-1, Annex H.3, implementation note 13. */
const PDF_WITHIN_BYTES = 1024;

/** Of a text file; a comment in front of the root element may be long. */
const PROLOG_BYTES = 64 * 1024;

/** The name of a kind of file that is not read, wherever its marker stands; null for what has none that is known here. */
export function nameForeignKind(bytes: Uint8Array): string | null {
  for (const [name, signature] of SIGNATURES) {
    if (signature.every((value, i) => value === null || bytes[i] === value)) return name;
  }
  return nameIsoMedia(bytes) ?? nameText(bytes);
}

function nameIsoMedia(bytes: Uint8Array): string | null {
  const brands = readIsoBrands(bytes);
  if (brands.length === 0) return null;
  // The major brand may be a general one: what the file is stands among the compatible ones then.
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return 'HEIC';
  if (brands.includes('jxl ')) return 'JPEG XL';
  if (brands.includes('crx ')) return 'Canon raw (CR3)';
  return brands[0] === 'qt  ' ? 'QuickTime video' : 'MP4 video';
}

function nameText(bytes: Uint8Array): string | null {
  const text = decodeProlog(bytes);
  if (/%PDF-/.test(text.slice(0, PDF_WITHIN_BYTES))) return 'PDF';
  const root = rootElement(text);
  if (root === null) return null;
  // With a namespace prefix too.
  if (/^([\w.-]+:)?svg$/.test(root)) return 'SVG';
  return /^html$/i.test(root) ? 'HTML' : null;
}

/** As text, a character a byte, or two where a byte order mark or the first `<` says UTF-16. */
function decodeProlog(bytes: Uint8Array): string {
  const head = bytes.subarray(0, PROLOG_BYTES);
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) {
    return new TextDecoder('utf-16le').decode(head);
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) {
    return new TextDecoder('utf-16be').decode(head);
  }
  return new TextDecoder('latin1').decode(head).replace(/^\u00ef\u00bb\u00bf/, '');
}

/**
 * The name of an XML or HTML file's first element, or of its document type where that comes first; null for other text.
 * O(length). Source: XML 1.0, production 22 (prolog).
 */
function rootElement(text: string): string | null {
  const token = /\s+|<\?[^]*?\?>|<!--[^]*?-->|<!doctype\s+([\w.:-]+)|<([\w.:-]+)/iy;
  for (;;) {
    const match = token.exec(text);
    if (match === null) return null;
    const name = match[1] ?? match[2];
    if (name !== undefined) return name;
  }
}
