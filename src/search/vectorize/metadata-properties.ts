import { numberOf } from '../../core/search/field-filter.ts';
import { crc32 } from '../../format/crc32.ts';

/** Fields of a corpus by the metadata properties that hold them: see `textProperty` and `numberProperty`. */
export interface PropertyFields {
  /** Compared as text by `eq` and `in`: all that filters know. */
  readonly texts: readonly string[];
  /** Compared as numbers by `min` and `max` too. */
  readonly numbers: readonly string[];
}

/** Metadata indexes of one index of Vectorize: https://developers.cloudflare.com/vectorize/platform/limits/ */
export const MAX_METADATA_INDEXES = 10;
/** Of a text that a metadata index holds; what is longer is cut off there. */
const MAX_TEXT_BYTES = 64;
/** `~` and eight digits. */
const CHECKSUM_BYTES = 9;

/**
 * Properties are named by their place and not for fields: all corpora of an index share its ten metadata indexes, and a field may have a name
 * that a property must not.
 */
export function textProperty(place: number): string {
  return `t${place}`;
}

export function numberProperty(place: number): string {
  return `n${place}`;
}

/** Holds the segment of a vector, so that those of segments that are no longer named take no places among the candidates. */
export const SEGMENT_PROPERTY = 's';

/** The metadata of a vector. @param fields of its item, as text; those that are not there have no property */
export function metadataOf(
  fields: Readonly<Record<string, string>>,
  { texts, numbers }: PropertyFields,
): Record<string, string | number> {
  const metadata: Record<string, string | number> = {};
  texts.forEach((field, place) => {
    if (Object.hasOwn(fields, field)) metadata[textProperty(place)] = indexedText(fields[field]);
  });
  numbers.forEach((field, place) => {
    const number = Object.hasOwn(fields, field) ? indexedNumber(fields[field]) : null;
    if (number !== null) metadata[numberProperty(place)] = number;
  });
  return metadata;
}

/**
 * A text as a metadata index can tell it from others: itself, or where it takes more than 64 bytes its beginning and a checksum of all of it.
 * Whether texts that are equal here are equal is for `isExactText` to say.
 */
export function indexedText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_TEXT_BYTES) return text.toWellFormed();
  let end = MAX_TEXT_BYTES - CHECKSUM_BYTES;
  while ((bytes[end] & 0xc0) === 0x80) end--; // a character is not cut in two
  const digits = crc32(bytes)
    .toString(16)
    .padStart(CHECKSUM_BYTES - 1, '0');
  return `${new TextDecoder().decode(bytes.subarray(0, end))}~${digits}`;
}

/** The least that a longer text is cut down to: up to three bytes of a character that would be cut in two are missing. */
const MIN_CUT_BYTES = MAX_TEXT_BYTES - 3;

/** Whether no other text has the same `indexedText`. */
export function isExactText(text: string): boolean {
  const indexed = indexedText(text);
  return (
    indexed === text && !text.includes('\uFFFD') && new TextEncoder().encode(text).length < MIN_CUT_BYTES
  );
}

/** The number that a range compares, see `allowedVectors`; null for a text that is none. JSON has no infinity. */
function indexedNumber(text: string): number | null {
  const number = numberOf(text);
  if (Number.isNaN(number)) return null;
  return Math.min(Math.max(number, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** Whether a range compares the text. */
export function isNumberText(text: string): boolean {
  return indexedNumber(text) !== null;
}
