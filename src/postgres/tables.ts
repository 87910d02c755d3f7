import type { EngineSpec } from '../format/corpus-engine.ts';

/** Everything of ours lies in this schema. */
export const SCHEMA = 'alignql';

/** Which segments of a `collection` have all their rows: `segment` bigint. */
export const SEGMENTS = `${SCHEMA}.segments`;
/** The collections: `name`, the `corpus` it is of, `dim` of its vectors, its `index`. */
export const COLLECTIONS = `${SCHEMA}.collections`;

export type PostgresSpec = Extract<EngineSpec, { kind: 'postgres' }>;

/**
 * The table of a corpus for one selection: `segment` bigint and `place` integer (the key), `vector` halfvec(k), `fields` jsonb from field to text,
 * `numbers` jsonb from field to the number that the text is, and for index `bits` the column `signs` bit(k). A table a corpus, not one for
 * all: k differs from corpus to corpus, an index over several would have to leave most of its finds out, and dropping a corpus is dropping a table.
 */
export function rowsTable({ collection }: PostgresSpec): string {
  return `${SCHEMA}.rows_${collection}`;
}

/** The 64 bits of a `segmentPrefix` as PostgreSQL's bigint, in decimal. */
export function segmentNumber(prefix: string): string {
  return BigInt.asIntN(64, BigInt(`0x${prefix}`)).toString();
}

/** And back. @param number as PostgreSQL writes a bigint */
export function prefixOfSegment(number: string): string {
  return BigInt.asUintN(64, BigInt(number)).toString(16).padStart(16, '0');
}

/** float16 has 11 bits, a little over three digits: six lose nothing more. */
const DIGITS = 6;

/** As pgvector reads a vector. */
export function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => String(Number(value.toPrecision(DIGITS)))).join(',')}]`;
}

/** Stands for a character that no text of PostgreSQL holds, whose code follows: itself one of nobody's. */
const MARK = '\ue000';
/** U+0000, halves of characters that stand alone, and the mark. */
const UNSTORABLE = /[\0\ue000\p{Surrogate}]/gu;

/** A text as it is stored and compared; different texts stay different. */
export function storedText(text: string): string {
  return text.replace(UNSTORABLE, (character) => `${MARK}${character.charCodeAt(0).toString(16)};`);
}

/** A list as one parameter: PostgreSQL's own syntax of an array of numbers. */
export function numberList(numbers: readonly string[]): string {
  return `{${numbers.join(',')}}`;
}
