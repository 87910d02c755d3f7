import { Tokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { readModelConfig, type ModelFamily } from '../model-family.ts';

/** Token ids of some texts, padded on the right to one length. Row-major [count, length]; mask 1 for tokens, 0 for padding. */
export interface TokenBatch {
  readonly count: number;
  readonly length: number;
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
}

export interface TextTokenizer {
  readonly maxTokens: number;
  /** A text's token ids before they are cut, start and end included, at most those of its first part (see MAX_CHARACTERS_PER_TOKEN). */
  tokenizeWhole(text: string): readonly number[];
  /** The same cut to `maxTokens`. Costs what those tokens cost, however long the text is. */
  tokenize(text: string): readonly number[];
  /** @param rows as `tokenize` gives them */
  pad(rows: readonly (readonly number[])[]): TokenBatch;
  encode(texts: readonly string[]): TokenBatch;
}

/** The files that a tokenizer is made of, parsed; tokenizer.json is the largest by far and may come as its bytes, in UTF-8. */
export interface TokenizerFiles {
  readonly tokenizer: unknown;
  /** tokenizer_config.json, or null when the model has none. */
  readonly tokenizerConfig: unknown;
  /** config.json: its text_config bounds the length. */
  readonly config: unknown;
}

/**
 * Characters kept per token that fits, before tokenizing: a megabyte of text costs no more than a page. CLIP's longest token
 * spells 54 characters, so that nothing within the model's reach is lost except in text made to do so.
 */
const MAX_CHARACTERS_PER_TOKEN = 64;

/** Of a model that takes many tokens: Unigram's time grows with the square of a word without end, which no vocabulary has. */
const MAX_CHARACTERS = 8192;

/** Characters a token that are tokenized first: most texts have a token in every five. */
const FIRST_CHARACTERS_PER_TOKEN = 6;

/**
 * Tokens that a beginning must have beyond those kept. Cutting a text changes the tokens of the word that was cut only, and of a word
 * without end (Chinese, emoji) only the last few: as far as a chain of merges of ever lower rank reaches back.
 */
const SPARE_TOKENS = 32;
/** WordPiece takes a word of more than 100 letters for one unknown token, of which the beginning may be 100. */
const SPARE_WORD_PIECES = 128;

const tokenizerSchema = v.looseObject({
  model: v.looseObject({
    type: v.optional(v.string()),
    end_of_word_suffix: v.optional(v.nullable(v.string())),
  }),
});
const tokenizerConfigSchema = v.looseObject({
  model_max_length: v.optional(v.number()),
  pad_token: v.optional(v.nullable(v.union([v.string(), v.looseObject({ content: v.string() })]))),
  tokenizer_class: v.optional(v.nullable(v.string())),
});

/**
 * The tokenizer of a tokenizer.json as the Hugging Face library writes it: CLIP's byte-level BPE, SigLIP's Unigram, Gemma's BPE,
 * BERT's WordPiece, XLM-RoBERTa's Unigram.
 * @param fixedTokens the length of the graph's input where it takes no other
 * @throws AppError INTERNAL when the files are no tokenizer, or nothing says how many tokens the model takes
 */
export function createTextTokenizer(files: TokenizerFiles, fixedTokens: number | null = null): TextTokenizer {
  const json = parse(tokenizerSchema, parsed(files.tokenizer), 'tokenizer.json');
  const settings = parse(tokenizerConfigSchema, files.tokenizerConfig ?? {}, 'tokenizer_config.json');
  const { family, maxTokens: positions, padTokenId } = readModelConfig(files.config);
  const maxTokens = Math.min(
    positions ?? Infinity,
    settings.model_max_length ?? Infinity,
    family.mostTokens,
    fixedTokens ?? Infinity,
  );
  if (!Number.isInteger(maxTokens) || maxTokens < 3) {
    throw new AppError(
      'INTERNAL',
      `config.json: text_config.max_position_embeddings: got ${maxTokens}, expected at least 3`,
    );
  }
  const tokenizer = new Tokenizer(json, settings);
  const endTokens = findEndTokens(tokenizer);
  const endToken = endTokens.at(-1);
  if (endToken === undefined) {
    throw new AppError('INTERNAL', 'tokenizer.json: an empty text gives no tokens, expected an end token');
  }
  const namedPad = findNamedToken(tokenizer, settings.pad_token);
  // OpenAI's checkpoints pad with the end token: harmless, as pooling takes the first one and attention is causal.
  const padToken = namedPad ?? padTokenId ?? endToken;
  const spare = json.model.type === 'WordPiece' ? SPARE_WORD_PIECES : SPARE_TOKENS;
  const prepare = isLowerCased(family, settings.tokenizer_class)
    ? (text: string): string => text.toLowerCase()
    : (text: string): string => text;
  const clip = json.model.end_of_word_suffix ? clipCollapsed : clipAsIs;
  const encode = (text: string): number[] => tokenizer.encode(prepare(text)).ids;
  const maxCharacters = Math.min(maxTokens * MAX_CHARACTERS_PER_TOKEN, MAX_CHARACTERS);
  const tokenizeWhole = (value: string): number[] => encode(clip(value, maxCharacters));
  const tokenize = (value: string): readonly number[] => {
    const most = Math.min(value.length, maxCharacters);
    for (let length = maxTokens * FIRST_CHARACTERS_PER_TOKEN; length < most; length *= 2) {
      const ids = encode(value.slice(0, endOfCharacter(value, length)));
      if (ids.length >= maxTokens + spare) return truncate(ids, maxTokens, endTokens);
    }
    return truncate(tokenizeWhole(value), maxTokens, endTokens);
  };
  // A CLIP that pads with a token of its own may read it: open_clip's texts are zeros to the end, unmasked in MobileCLIP.
  const hasOwnPad = family.name === 'clip' && namedPad !== undefined && namedPad !== endToken;
  const isPadRead = family.padsToMaximum || hasOwnPad;
  const length = fixedTokens ?? (isPadRead ? maxTokens : null);
  const padRows = (rows: readonly (readonly number[])[]): TokenBatch => pad(rows, padToken, length);
  return {
    maxTokens,
    tokenizeWhole,
    tokenize,
    pad: padRows,
    encode: (texts) => padRows(texts.map(tokenize)),
  };
}

/** What the post-processor puts behind a text: what a text that is cut must end with. */
function findEndTokens(tokenizer: Tokenizer): readonly number[] {
  const whole = tokenizer.encode(SOME_TEXT).ids;
  const content = tokenizer.encode(SOME_TEXT, { add_special_tokens: false }).ids;
  const start = whole.findIndex((_, at) => content.every((id, i) => whole[at + i] === id));
  return start < 0 ? whole.slice(-1) : whole.slice(start + content.length);
}

/** Of the letter that every vocabulary has. */
const SOME_TEXT = 'a';

/** SigLIP 2 was trained on lower-case texts; its tokenizer.json is Gemma's, which keeps case. */
function isLowerCased(family: ModelFamily, tokenizerClass: string | null | undefined): boolean {
  return family.name === 'siglip' && /^(Gemma|Siglip2)Tokenizer/.test(tokenizerClass ?? '');
}

function parsed(file: unknown): unknown {
  if (!(file instanceof ArrayBuffer)) return file;
  try {
    return JSON.parse(new TextDecoder().decode(file));
  } catch (cause) {
    throw new AppError('INTERNAL', 'tokenizer.json: expected JSON', { cause });
  }
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  file: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new AppError('INTERNAL', `${file}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

function findNamedToken(
  tokenizer: Tokenizer,
  token: string | { content: string } | null | undefined,
): number | undefined {
  const content = typeof token === 'object' ? token?.content : token;
  return content === undefined ? undefined : tokenizer.token_to_id(content);
}

function clipAsIs(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : text.slice(0, endOfCharacter(text, maxCharacters));
}

/** Runs of white space count as one, as CLIP's tokenizer would have it; a surrogate pair is not cut in half. */
function clipCollapsed(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const collapsed = text.replace(/\s+/g, ' ');
  return collapsed.slice(0, endOfCharacter(collapsed, maxCharacters));
}

/** `length`, or one less where that would cut a surrogate pair in half. */
function endOfCharacter(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}

function truncate(
  ids: readonly number[],
  maxTokens: number,
  endTokens: readonly number[],
): readonly number[] {
  return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - endTokens.length), ...endTokens];
}

/** @param fixed the length of every batch; null: that of its longest row */
function pad(rows: readonly (readonly number[])[], padToken: number, fixed: number | null): TokenBatch {
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const length = rows.length === 0 ? 0 : (fixed ?? longest);
  const inputIds = new BigInt64Array(rows.length * length).fill(BigInt(padToken));
  const attentionMask = new BigInt64Array(rows.length * length);
  rows.forEach((row, r) => {
    row.forEach((id, i) => {
      inputIds[r * length + i] = BigInt(id);
      attentionMask[r * length + i] = 1n;
    });
  });
  return { count: rows.length, length, inputIds, attentionMask };
}
