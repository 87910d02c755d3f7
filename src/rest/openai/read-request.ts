import * as v from 'valibot';
import { type ErrorCode, AppError, quote } from '../../errors.ts';
import { type EmbeddingsBody, embeddingsRequestSchema } from './request-schema.ts';

/** One thing to embed. A picture comes as an https URL, or as base64 that may stand in a data URI. */
export type EmbeddingItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly base64: string }
  | { readonly kind: 'image'; readonly url: string };

/** What an embeddings request asks, in whatever form it came. */
export interface EmbeddingsRequest {
  /** Null: whichever encoder runs here. */
  readonly model: string | null;
  /** At least one, in the order of the answer. */
  readonly items: readonly EmbeddingItem[];
  readonly encodingFormat: 'float' | 'base64';
  /** Null: all. */
  readonly dimensions: number | null;
}

/** What is wrong with a request, and in which of its fields. */
export class EmbeddingsRequestError extends AppError {
  readonly param: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    param: string | null,
    options?: ConstructorParameters<typeof AppError>[2],
  ) {
    super(code, message, options);
    this.param = param;
  }
}

/** LangChain sends ids of another model's tokens unless it is told not to. */
const TOKEN_HINT =
  'Expected texts in input, got token ids, which another tokenizer made. With LangChain for Python set check_embedding_ctx_length=False.';
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Reads the JSON body of `POST /v1/embeddings`: OpenAI's form, Infinity's `modality`, Jina's items and vLLM's `messages`.
 * @param maxItems inputs of one request at most
 * @throws EmbeddingsRequestError BAD_INPUT or LIMIT_EXCEEDED, naming the field
 */
export function readEmbeddingsRequest(body: unknown, maxItems: number): EmbeddingsRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new EmbeddingsRequestError('BAD_INPUT', 'Expected a JSON object in the body.', null);
  refuseTokens(body);
  assertItemCount(body, maxItems);
  const parsed = v.safeParse(embeddingsRequestSchema, body);
  if (!parsed.success) throw wrongForm(parsed.issues[0]);
  const { model, encoding_format, embedding_type, dimensions } = parsed.output;
  return {
    model: model ?? null,
    items: itemsOf(parsed.output),
    encodingFormat: encoding_format ?? embedding_type ?? 'float',
    dimensions: dimensions ?? null,
  };
}

function inputOf(body: object): unknown {
  return 'input' in body ? body.input : undefined;
}

function refuseTokens(body: object): void {
  const input = inputOf(body);
  if (!Array.isArray(input)) return;
  const first: unknown = input[0];
  const holdsNumbers = typeof first === 'number' || (Array.isArray(first) && typeof first[0] === 'number');
  if (holdsNumbers) throw new EmbeddingsRequestError('BAD_INPUT', TOKEN_HINT, 'input');
}

function assertItemCount(body: object, maxItems: number): void {
  const input = inputOf(body);
  if (!Array.isArray(input)) return;
  if (input.length === 0)
    throw new EmbeddingsRequestError('BAD_INPUT', 'Expected at least one item in input, got none.', 'input');
  if (input.length > maxItems) {
    throw new EmbeddingsRequestError(
      'LIMIT_EXCEEDED',
      `Expected at most ${maxItems} items in input, got ${input.length}.`,
      'input',
    );
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  input: 'expected a string, or a list of strings, {"text": string} or {"image": string}',
  messages: 'expected one message of role "user" whose content is one text or one image_url part',
};

function wrongForm(issue: v.BaseIssue<unknown>): EmbeddingsRequestError {
  const path = v.getDotPath(issue) ?? '';
  const [field] = path.split('.');
  if (issue.type === 'strict_object' && issue.expected === 'never' && path === field) {
    const known = Object.keys(embeddingsRequestSchema.entries).join(', ');
    const message = `${quote(field)} is not known here: expected ${known}.`;
    return new EmbeddingsRequestError('BAD_INPUT', message, null);
  }
  const got = issue.received.length > 40 ? `${issue.received.slice(0, 40)}…` : issue.received;
  const expected =
    EXPECTED[field] ?? (issue.message.startsWith('expected') ? issue.message : `expected ${issue.expected}`);
  return new EmbeddingsRequestError('BAD_INPUT', `${field}: ${expected}, got ${got}.`, field);
}

function itemsOf({ input, messages, modality }: EmbeddingsBody): EmbeddingItem[] {
  if ((input === undefined) === (messages === undefined)) {
    const got = input === undefined ? 'neither' : 'both';
    throw new EmbeddingsRequestError('BAD_INPUT', `Expected either input or messages, got ${got}.`, 'input');
  }
  if (messages !== undefined) return [itemOfContent(messages[0].content)];
  const given = Array.isArray(input) ? input : [input];
  return given.map((item) => itemOf(item ?? '', modality === 'image'));
}

function itemOf(
  item: string | { readonly text: string } | { readonly image: string },
  isImage: boolean,
): EmbeddingItem {
  if (typeof item === 'string') return isImage ? imageOf(item) : { kind: 'text', text: item };
  return 'text' in item ? { kind: 'text', text: item.text } : imageOf(item.image);
}

function itemOfContent(content: NonNullable<EmbeddingsBody['messages']>[0]['content']): EmbeddingItem {
  if (typeof content === 'string') return { kind: 'text', text: content };
  const [part] = content;
  return part.type === 'text' ? { kind: 'text', text: part.text } : imageOf(part.image_url.url);
}

function imageOf(given: string): EmbeddingItem {
  return URL_START.test(given) ? { kind: 'image', url: given } : { kind: 'image', base64: given };
}
