/**
 * Every limit of the API, in one place, but that on an image's pixels, which is the encoder's (MAX_IMAGE_PIXELS). `Query.limits` tells them and the messages of LIMIT_EXCEEDED and
 * IMAGE_TOO_LARGE name them. They are set by what an isolate has: 128 MB of memory, of which a text tower takes up to
 * 80, and a CPU that encodes a short text in a few milliseconds.
 */
import { AppError } from '../errors.ts';
import type { AskedHeat } from './heat-passes.ts';

const MEBIBYTE = 1024 * 1024;

export const LIMITS = {
  bodyBytes: 16 * MEBIBYTE,
  bodyValues: 65_536,
  images: 512,
  texts: 512,
  encodedImages: 64,
  encodedTexts: 256,
  pairs: 16_384,
  imageBytes: 8 * MEBIBYTE,
  totalImageBytes: 24 * MEBIBYTE,
  textCharacters: 4_096,
  labels: 256,
  templates: 16,
  selections: 16,
  names: 1_000,
  unpaged: 100,
  listed: 400,
  prefixes: 16,
  urls: 16,
  redirects: 3,
  urlTimeoutMs: 8_000,
  answerNumbers: 1_000_000,
  answerCharacters: 24 * MEBIBYTE,
  searches: 8,
  searchResults: 100,
  searchDepth: 1_000,
  rerank: 1_000,
  filters: 16,
  filterValues: 256,
  queryBytes: 65_536,
  queryTokens: 10_000,
  queryFields: 500,
  queryRootFields: 64,
  queryAliases: 256,
  queryDirectives: 64,
  queryDepth: 8,
  queryNameCharacters: 200,
} as const;

/** Longest base64 text that can hold an image within `imageBytes`: four characters for three bytes, and the padding. */
export const MAX_BASE64_CHARACTERS = Math.ceil(LIMITS.imageBytes / 3) * 4;

/**
 * Refuse a list, or a product of lists, that is too long, before any work is done for it.
 * @param what plural noun for the message, such as "images"
 * @throws AppError LIMIT_EXCEEDED with both numbers
 */
export function assertWithin(what: string, count: number, limit: number): void {
  if (count > limit) {
    throw new AppError('LIMIT_EXCEEDED', `Expected at most ${limit} ${what}, got ${count}.`);
  }
}

/** What the fields of a request share. */
export type Spendable =
  | 'selections'
  | 'listed'
  | 'prefixes'
  | 'searches'
  | 'encodedImages'
  | 'encodedTexts'
  | 'pairs'
  | 'totalImageBytes'
  | 'urls'
  | 'answerNumbers';

const SPENDABLE_NOUNS: Readonly<Record<Spendable, string>> = {
  selections: 'different selection names',
  listed: 'selections and corpora in lists',
  prefixes: 'different prefixes of names',
  searches: 'searches',
  encodedImages: 'different images to encode',
  encodedTexts: 'different texts to encode',
  pairs: 'scored pairs',
  totalImageBytes: 'bytes of images',
  urls: 'different image URLs',
  answerNumbers: 'numbers in the answer',
};

/** @param asked more than the limit */
export function excessMessage(what: Spendable, asked: number): string {
  return `Expected at most ${LIMITS[what]} ${SPENDABLE_NOUNS[what]} in one request, got ${asked}.`;
}

/** What one request may still spend. Aliases share it, so asking twice costs twice. */
export interface RequestBudget {
  /** Take `count` of it, or throw AppError LIMIT_EXCEEDED and take nothing. */
  readonly spend: (what: Spendable, count: number) => void;
  readonly remaining: (what: Spendable) => number;
  /** What the request's texts take to encode, in pixel passes; set before anything of it runs. */
  textPasses: number;
  /** The heat maps that it asks for; set before anything of it runs. */
  heats: readonly AskedHeat[];
}

export function createBudget(): RequestBudget {
  const spent = new Map<Spendable, number>();
  const remaining = (what: Spendable): number => LIMITS[what] - (spent.get(what) ?? 0);
  return {
    textPasses: 0,
    heats: [],
    remaining,
    spend(what, count) {
      if (count > remaining(what)) {
        throw new AppError('LIMIT_EXCEEDED', excessMessage(what, LIMITS[what] - remaining(what) + count));
      }
      spent.set(what, LIMITS[what] - remaining(what) + count);
    },
  };
}
