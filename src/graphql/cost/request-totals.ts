import { isBlank } from '../../clip/blank-text.ts';
import { CLIP_SCORE_PROMPT } from '../../core/scoring/clip-score.ts';
import { LIMITS, type Spendable } from '../../use-cases/limits.ts';
import { DEFAULT_TEMPLATES, promptLength } from '../../use-cases/prompts.ts';
import { type AskedHeat, HEAT_FIELDS, heatNetworkPasses } from '../../use-cases/heat-passes.ts';
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
  // Made when something is to be encoded: requests of embeddings, the cheapest ones, have none.
  #texts: Set<string> | null = null;
  #textPasses = 0;
  #images: Set<unknown> | null = null;
  #heats: Map<string, AskedHeat> | null = null;
  #urls: Set<unknown> | null = null;
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

  /** The heat maps that are asked for, each once. */
  get heats(): readonly AskedHeat[] {
    return this.#heats === null ? NO_HEATS : [...this.#heats.values()];
  }

  /**
   * @param key of the field in the answer
   * @param asked the names of the fields that are asked of what the field gives
   */
  count(field: string, key: string, args: ArgumentValues, asked: () => ReadonlySet<string>): void {
    // No field has two of either kind.
    const images = listOf(args.image ?? args.images);
    const texts = listOf(args.text ?? args.texts ?? args.captions);
    const references = listOf(args.references);
    const prompts = field === 'classify' ? promptsOf(args) : NONE;
    const isTooLong =
      images.length > LIMITS.images ||
      texts.length > LIMITS.texts ||
      references.length > LIMITS.texts ||
      prompts === null ||
      (field === 'alignMatrix' && images.length * texts.length > LIMITS.pairs);
    if (isTooLong) return;
    for (const image of images) this.#countImage(image);
    const before = field === 'clipScore' || field === 'refClipScore' ? CLIP_SCORE_PROMPT : '';
    for (const text of texts) this.#countText(text, before);
    for (const text of references) this.#countText(text, before);
    for (const { key: prompt, characters } of prompts) this.#addText(prompt, characters);
    if (field === 'explain') this.#countExplained(key, args, asked());
    this.#pairs += pairsOf(field, images.length, texts.length, args);
    this.#hold(key);
  }

  #countImage(image: unknown): void {
    if (!isObject(image)) return;
    const { url, base64, upload } = image;
    if (typeof url === 'string') {
      (this.#urls ??= new Set()).add(url);
      (this.#images ??= new Set()).add(url);
    } else if (typeof base64 === 'string') {
      (this.#images ??= new Set()).add(keyOfLongText(base64));
    } else if (upload instanceof Blob) {
      (this.#images ??= new Set()).add(upload);
    }
  }

  /** @param before a prompt before the text */
  #countText(given: unknown, before: string): void {
    const text = isObject(given) ? given.text : given;
    // Others fail by themselves and are not encoded.
    if (typeof text !== 'string' || isBlank(text)) return;
    if (before.length + text.length <= LIMITS.textCharacters) this.#addText(before + text);
  }

  #countExplained(key: string, { image, text, method }: ArgumentValues, asked: ReadonlySet<string>): void {
    if (asked.has('tokens')) this.#countLeftOut(text);
    const networkPasses = heatNetworkPasses(method);
    if (networkPasses === 0 || !isObject(image) || image.embedding != null) return;
    if ([...HEAT_FIELDS].some((field) => asked.has(field)))
      (this.#heats ??= new Map()).set(key, {
        image: image.base64 ?? image.upload ?? image.url,
        networkPasses,
      });
  }

  /** The texts without each of their words. Of a request that is refused already no text is taken apart. */
  #countLeftOut(given: unknown): void {
    if (this.#excess !== null || !isObject(given) || !isText(given.text) || isBlank(given.text)) return;
    if (given.text.length > LIMITS.textCharacters) return;
    for (const { without } of leaveWordsOut(given.text)) if (without !== null) this.#addText(without);
  }

  #addText(text: string, characters = text.length): void {
    const texts = (this.#texts ??= new Set());
    if (texts.has(text)) return;
    texts.add(text);
    this.#textPasses += textPasses(characters);
  }

  #hold(key: string): void {
    this.#holdTo('encodedTexts', this.#texts?.size ?? 0, key);
    this.#holdTo('encodedImages', this.#images?.size ?? 0, key);
    this.#holdTo('urls', this.#urls?.size ?? 0, key);
    this.#holdTo('pairs', this.#pairs, key);
  }

  #holdTo(what: Spendable, asked: number, key: string): void {
    if (asked > LIMITS[what]) this.#excess ??= { what, asked, key };
  }
}

/** A label in its template. */
interface Prompt {
  /** What tells it from others. */
  readonly key: string;
  /** UTF-16 units, the label as often as the template has it. */
  readonly characters: number;
}

/** The prompts of a `classify`; null where they are too many, which it says itself. */
function promptsOf({ labels, templates }: ArgumentValues): Prompt[] | null {
  const different = [...new Set(listOf(labels).filter(isText))];
  const patterns = templates == null ? DEFAULT_TEMPLATES : listOf(templates).filter(isText);
  if (different.length > LIMITS.labels || different.length * patterns.length > LIMITS.encodedTexts)
    return null;
  if ([...different, ...patterns].some((text) => text.length > LIMITS.textCharacters)) return null;
  return patterns.flatMap((pattern) =>
    different.map((label) => ({
      key: `${pattern}\0${label}`,
      characters: promptLength(pattern, label.length),
    })),
  );
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

const NONE: readonly never[] = [];
const NO_HEATS: readonly AskedHeat[] = NONE;

/** GraphQL takes a single value for a list of one. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return NONE;
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
