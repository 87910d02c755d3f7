import { AppError } from '../errors.ts';
import { corruptValue, openJson, sealJson } from './stored-value.ts';
import { meaningsKey } from './kv-keys.ts';

/** A picture of the set that a record was made from, and a caption of it. */
export interface MeaningExample {
  readonly caption: string;
  /** By its name in the set; null where it has none. */
  readonly picture: string | null;
}

/** One end of a coordinate. */
export interface CoordinateEnd {
  /** The strongest first. */
  readonly words: readonly string[];
  /** The pictures that lie farthest out, the farthest first. */
  readonly examples: readonly MeaningExample[];
}

/** What pictures have that are high, or low, in a kept coordinate. */
export interface CoordinateMeaning {
  readonly high: CoordinateEnd;
  readonly low: CoordinateEnd;
}

/** What the kept coordinates of a record stand for, published beside it under its id. */
export interface CoordinateMeanings {
  /** One a kept coordinate, in the record's order. */
  readonly coordinates: readonly CoordinateMeaning[];
}

/** @param id of the record */
export function encodeMeanings(id: string, { coordinates }: CoordinateMeanings): Uint8Array {
  return sealJson(meaningsKey(id), { coordinates });
}

/** @throws AppError STORAGE_FAILED for damaged or foreign bytes */
export function decodeMeanings(bytes: Uint8Array, id: string): CoordinateMeanings {
  const label = meaningsKey(id);
  const value = openJson(bytes, label);
  const coordinates = fieldOf(value, 'coordinates');
  if (!Array.isArray(coordinates)) throw corruptValue(label, 'no list of coordinates');
  return {
    coordinates: coordinates.map((meaning) => ({
      high: endOf(meaning, 'high', label),
      low: endOf(meaning, 'low', label),
    })),
  };
}

/** @throws AppError STORAGE_FAILED unless there is one a coordinate */
export function assertMeaningsOf({ coordinates }: CoordinateMeanings, k: number): void {
  if (coordinates.length === k) return;
  throw new AppError(
    'STORAGE_FAILED',
    `The record keeps ${k} coordinates, its meanings are of ${coordinates.length}`,
  );
}

function endOf(meaning: unknown, name: string, label: string): CoordinateEnd {
  const end = fieldOf(meaning, name);
  const words = fieldOf(end, 'words');
  const examples = fieldOf(end, 'examples');
  if (!isTexts(words) || !Array.isArray(examples))
    throw corruptValue(label, `a coordinate without its end ${name}`);
  return {
    words,
    examples: examples.map((example) => {
      const caption = fieldOf(example, 'caption');
      const picture = fieldOf(example, 'picture');
      if (typeof caption === 'string' && (picture === null || typeof picture === 'string'))
        return { caption, picture };
      throw corruptValue(label, 'an example without caption and picture');
    }),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
