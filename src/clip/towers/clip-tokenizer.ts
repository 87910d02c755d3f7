import { Tokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';

/** Token ids of some texts, padded on the right to one length. Row-major [count, length]; mask 1 for tokens, 0 for padding. */
export interface TokenBatch {
  readonly count: number;
  readonly length: number;
  readonly inputIds: BigInt64Array;
  readonly attentionMask: BigInt64Array;
}

export interface ClipTokenizer {
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

/** Characters a token that are tokenized first: most texts have a token in every five. */
const FIRST_CHARACTERS_PER_TOKEN = 6;

/**
 * Tokens that a beginning must have beyond those kept. Cutting a text changes the tokens of the word that was cut only, and of a word
 * without end (Chinese, emoji) only the last few: as far as a chain of merges of ever lower rank reaches back.
 */
const SPARE_TOKENS = 32;

const tokenizerSchema = v.looseObject({ model: v.looseObject({ type: v.optional(v.string()) }) });
const tokenizerConfigSchema = v.looseObject({
  model_max_length: v.optional(v.number()),
  pad_token: v.optional(v.nullable(v.union([v.string(), v.looseObject({ content: v.string() })]))),
});
const configSchema = v.looseObject({
  text_config: v.optional(
    v.looseObject({
      max_position_embeddings: v.optional(v.number()),
      pad_token_id: v.optional(v.nullable(v.number())),
    }),
  ),
});

/**
 * CLIP's byte-level BPE from a Hugging Face tokenizer.json.
 * @throws AppError INTERNAL when the files are no tokenizer, or nothing says how many tokens the model takes
 */
export function createClipTokenizer(files: TokenizerFiles): ClipTokenizer {
  const json = parse(tokenizerSchema, parsed(files.tokenizer), 'tokenizer.json');
  const settings = parse(tokenizerConfigSchema, files.tokenizerConfig ?? {}, 'tokenizer_config.json');
  const text = parse(configSchema, files.config, 'config.json').text_config ?? {};
  const maxTokens = Math.min(text.max_position_embeddings ?? Infinity, settings.model_max_length ?? Infinity);
  if (!Number.isInteger(maxTokens) || maxTokens < 3) {
    throw new AppError(
      'INTERNAL',
      `config.json: text_config.max_position_embeddings: got ${maxTokens}, expected at least 3`,
    );
  }
  const tokenizer = new Tokenizer(json, settings);
  const emptyIds = tokenizer.encode('').ids;
  const endToken = emptyIds.at(-1);
  if (emptyIds.length < 2 || endToken === undefined) {
    throw new AppError(
      'INTERNAL',
      `tokenizer.json: an empty text gives ${emptyIds.length} tokens, expected a start and an end token`,
    );
  }
  const padToken = findPadToken(tokenizer, settings.pad_token, text.pad_token_id, endToken);
  const tokenizeWhole = (value: string): number[] =>
    tokenizer.encode(clip(value, maxTokens * MAX_CHARACTERS_PER_TOKEN)).ids;
  const tokenize = (value: string): readonly number[] => {
    const most = Math.min(value.length, maxTokens * MAX_CHARACTERS_PER_TOKEN);
    for (let length = maxTokens * FIRST_CHARACTERS_PER_TOKEN; length < most; length *= 2) {
      const { ids } = tokenizer.encode(value.slice(0, endOfCharacter(value, length)));
      if (ids.length >= maxTokens + SPARE_TOKENS) return truncate(ids, maxTokens, endToken);
    }
    return truncate(tokenizeWhole(value), maxTokens, endToken);
  };
  const padRows = (rows: readonly (readonly number[])[]): TokenBatch => pad(rows, padToken);
  return {
    maxTokens,
    tokenizeWhole,
    tokenize,
    pad: padRows,
    encode: (texts) => padRows(texts.map(tokenize)),
  };
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

/** OpenAI's checkpoints pad with the end token: harmless, as pooling takes the first one and attention is causal. */
function findPadToken(
  tokenizer: Tokenizer,
  padToken: string | { content: string } | null | undefined,
  padTokenId: number | null | undefined,
  endToken: number,
): number {
  const content = typeof padToken === 'object' ? padToken?.content : padToken;
  const byName = content === undefined ? undefined : tokenizer.token_to_id(content);
  return byName ?? padTokenId ?? endToken;
}

/** Runs of white space count as one, as the tokenizer would have it; a surrogate pair is not cut in half. */
function clip(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const collapsed = text.replace(/\s+/g, ' ');
  return collapsed.slice(0, endOfCharacter(collapsed, maxCharacters));
}

/** `length`, or one less where that would cut a surrogate pair in half. */
function endOfCharacter(text: string, length: number): number {
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last < 0xdc00 ? length - 1 : length;
}

function truncate(ids: readonly number[], maxTokens: number, endToken: number): readonly number[] {
  return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), endToken];
}

function pad(rows: readonly (readonly number[])[], padToken: number): TokenBatch {
  const length = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
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
