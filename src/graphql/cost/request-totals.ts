import { isBlank } from '../../clip/blank-text.ts';
import { CLIP_SCORE_PROMPT } from '../../core/scoring/clip-score.ts';
import { LIMITS, type Spendable } from '../../use-cases/limits.ts';
import type { ArgumentValues } from './argument-cost.ts';
import { textPasses } from '../../use-cases/text-passes.ts';
import { leaveWordsOut } from '../../use-cases/text-words.ts';

/** A limit that a whole request exceeds, and the root field at which it does. */
export interface Excess {
  readonly what: Spendable;
  readonly asked: number;
  /** As the answer would name the field. */
  readonly key: string;
}

/**
 * What the root fields of an operation ask for together, as far as their arguments tell, so that a request that asks for too much is
 * refused as a whole before any of it is done: otherwise its first items would be encoded, and the rest fail one by one. Field by
 * field it counts as `RequestBudget` does while the request runs: the same text, URL or picture given twice counts once. A field with
 * a list that is too long counts nothing: it fails by itself, before it does anything.
 */
export class RequestTotals {
  readonly #texts = new Set<string>();
  #textPasses = 0;
  readonly #images = new Set<unknown>();
  readonly #urls = new Set<unknown>();
  #pairs = 0;
  #excess: Excess | null = null;

  /** The first limit that was exceeded; null where none was. */
  get excess(): Excess | null {
    return this.#excess;
  }

  /** What its different texts and prompts take to encode, in pixel passes. */
  get textPasses(): number {
    return this.#textPasses;
  }

  /**
   * @param key of the field in the answer
   * @param asked the names of the fields that are asked of what the field gives
   */
  count(field: string, key: string, args: ArgumentValues, asked: () => ReadonlySet<string>): void {
    const images = [...listOf(args.image), ...listOf(args.images)];
    const texts = [...listOf(args.text), ...listOf(args.texts), ...listOf(args.captions)];
    const references = listOf(args.references);
    const prompts = field === 'classify' ? promptsOf(args) : [];
    const isTooLong =
      images.length > LIMITS.images ||
      texts.length > LIMITS.texts ||
      references.length > LIMITS.texts ||
      prompts === null ||
      (field === 'alignMatrix' && images.length * texts.length > LIMITS.pairs);
    if (isTooLong) return;
    for (const image of images) this.#countImage(image);
    const before = field === 'clipScore' || field === 'refClipScore' ? CLIP_SCORE_PROMPT : '';
    for (const text of [...texts, ...references]) this.#countText(text, before);
    for (const prompt of prompts) this.#addText(prompt);
    if (field === 'explain' && asked().has('tokens')) this.#countLeftOut(args.text);
    this.#pairs += pairsOf(field, images.length, texts.length, args);
    this.#hold(key);
  }

  #countImage(image: unknown): void {
    if (!isObject(image)) return;
    const { url, base64, upload } = image;
    if (typeof url === 'string') {
      this.#urls.add(url);
      this.#images.add(url);
    } else if (typeof base64 === 'string') {
      this.#images.add(keyOfLongText(base64));
    } else if (upload instanceof Blob) {
      this.#images.add(upload);
    }
  }

  /** @param before a prompt before the text */
  #countText(given: unknown, before: string): void {
    const text = isObject(given) ? given.text : given;
    // Others fail by themselves and are not encoded.
    if (typeof text !== 'string' || isBlank(text)) return;
    if (before.length + text.length <= LIMITS.textCharacters) this.#addText(before + text);
  }

  /** The texts without each of their words. Of a request that is refused already no text is taken apart. */
  #countLeftOut(given: unknown): void {
    if (this.#excess !== null || !isObject(given) || !isText(given.text) || isBlank(given.text)) return;
    if (given.text.length > LIMITS.textCharacters) return;
    for (const { without } of leaveWordsOut(given.text)) if (without !== null) this.#addText(without);
  }

  #addText(text: string): void {
    if (this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#textPasses += textPasses(text.length);
  }

  #hold(key: string): void {
    if (this.#excess !== null) return;
    const asked = {
      encodedTexts: this.#texts.size,
      encodedImages: this.#images.size,
      urls: this.#urls.size,
      pairs: this.#pairs,
    };
    for (const what of ['encodedTexts', 'encodedImages', 'urls', 'pairs'] as const) {
      if (asked[what] <= LIMITS[what]) continue;
      this.#excess = { what, asked: asked[what], key };
      return;
    }
  }
}

/** What tells the prompts of a `classify` apart; null where they are too many, which it says itself. */
function promptsOf({ labels, templates }: ArgumentValues): string[] | null {
  const different = [...new Set(listOf(labels).filter(isText))];
  const patterns = templates == null ? [''] : listOf(templates).filter(isText);
  if (different.length > LIMITS.labels || different.length * patterns.length > LIMITS.encodedTexts)
    return null;
  if ([...different, ...patterns].some((text) => text.length > LIMITS.textCharacters)) return null;
  return patterns.flatMap((pattern) => different.map((label) => `${pattern}\0${label}`));
}

function pairsOf(
  field: string,
  images: number,
  texts: number,
  { labels, references }: ArgumentValues,
): number {
  switch (field) {
    case 'align':
    case 'explain':
    case 'clipScore':
      return 1;
    case 'refClipScore':
      return 1 + listOf(references).length;
    case 'alignMatrix':
      return images * texts;
    case 'alignCaptions':
    case 'rankTexts':
      return texts;
    case 'rankImages':
      return images;
    case 'classify':
      return new Set(listOf(labels)).size;
    default:
      return 0;
  }
}

/** GraphQL takes a single value for a list of one. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const WHOLE_CHARACTERS = 4_096;
const SLICE_CHARACTERS = 64;

/** Pictures of one size that differ elsewhere only pass for one here, and are counted when they are read. */
function keyOfLongText(text: string): string {
  if (text.length <= WHOLE_CHARACTERS) return text;
  const middle = text.length >> 1;
  const slices = [0, middle, text.length - SLICE_CHARACTERS].map((at) =>
    text.slice(at, at + SLICE_CHARACTERS),
  );
  return `${text.length}:${slices.join(':')}`;
}
