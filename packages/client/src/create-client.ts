import { createBatch } from './batch.ts';
import type { QuestionVariables } from './batch-fields.ts';
import type { CallOptions, Client, ClientOptions } from './client.ts';
import { type FieldName, type Variables, argumentsOf, toRequest } from './fields.ts';
import type * as api from './generated/api.ts';
import {
  type ImageSource,
  type TextSource,
  checkOptions,
  createToImage,
  toList,
  toString,
  toText,
} from './inputs.ts';
import { type GraphqlRequest, toRequestBody } from './request-body.ts';
import { orThrow, toEmbeddings, toMatrix, toPage } from './results.ts';
import { withRetries } from './retry.ts';
import { type GraphqlAnswer, type Transport, post } from './transport.ts';

type EmbedOne = { readonly text: TextSource } | { readonly image: ImageSource };
type EmbedInput =
  EmbedOne | { readonly texts: readonly string[] } | { readonly images: readonly ImageSource[] };
/** What is made of a field's value, which is none where it or an item fails. */
type Read = (value: never, requestId: string | null) => unknown;

/**
 * A client of one deployment. It holds no connection, and nothing has to be closed.
 * @throws TypeError for a `url` that is none, and for an option that there is not
 */
export function createClient(options: ClientOptions): Client {
  checkOptions(options, ['url', 'key', 'fetch', 'retries', 'maxRetryAfter', 'batch']);
  const { retries = 2, maxRetryAfter = 30, batch = true } = options;
  const [transport, rules] = [toTransport(options), { retries, maxRetryAfter }];
  const gather = createBatch(transport, rules, batch);

  const toImage = createToImage();
  const toImages = toList(toImage);
  const toTexts = toList(toText);
  const toStrings = toList(toString);
  const readOne = (input: EmbedOne): QuestionVariables =>
    'image' in input ? { image: toImage(input.image) } : { text: toText(input.text) };

  /** `read` is part of the attempt: the error of an item may pass as well. */
  const request = <Data, Result>(
    asked: GraphqlRequest,
    signal: AbortSignal | undefined,
    read: (answer: GraphqlAnswer<Data>) => Result,
  ): Promise<Result> => {
    const body = toRequestBody(asked);
    return withRetries(async () => read(await post<Data>(transport, body, signal)), rules, signal);
  };

  /** The options are the field's arguments that are not given. */
  const ask = <Result>(
    name: FieldName,
    given: Variables,
    options: CallOptions | undefined,
    read: Read = orThrow,
  ): Promise<Result> => {
    const others = argumentsOf(name).filter((argument) => !(argument in given));
    checkOptions(options, ['signal', ...others]);
    return request(
      toRequest([{ name, values: { ...options, ...given } }]),
      options?.signal,
      ({ data, requestId }: GraphqlAnswer<{ readonly f0: never }>) => read(data.f0, requestId) as Result,
    );
  };

  return {
    align: async (image, text, options) => {
      checkOptions(options, ['signal', 'selection', 'baseRate']);
      return gather({ image: toImage(image), text: toText(text) }, options) as Promise<api.Alignment>;
    },
    alignCaptions: async (image, captions, options) =>
      ask('alignCaptions', { image: toImage(image), captions: toTexts(captions) }, options),
    matrix: async (images, texts, options) => {
      const given = { images: toImages(images), texts: toTexts(texts) };
      return toMatrix(await ask('alignMatrix', given, options), given.texts.length);
    },
    rankTexts: async (image, texts, options) =>
      ask('rankTexts', { image: toImage(image), texts: toTexts(texts) }, options),
    rankImages: async (text, images, options) =>
      ask('rankImages', { text: toText(text), images: toImages(images) }, options),
    classify: async (image, labels, options) =>
      ask('classify', { image: toImage(image), labels: toStrings(labels) }, options),
    explain: async (image, text, options) =>
      ask('explain', { image: toImage(image), text: toText(text) }, options),
    clipScore: async (image, text, options) =>
      ask('clipScore', { image: toImage(image), text: toText(text) }, options),
    refClipScore: async (image, text, references, options) =>
      ask(
        'refClipScore',
        { image: toImage(image), text: toText(text), references: toTexts(references) },
        options,
      ),
    async *search(corpus, query, options) {
      const given = { ...readOne(typeof query === 'string' ? { text: query } : query), corpus };
      const kept = { ...options, filter: structuredClone(options?.filter) };
      do {
        const page = toPage(await ask('search', given, kept));
        yield page;
        kept.after = (page.pageInfo.hasNextPage && page.pageInfo.endCursor) || undefined;
      } while (kept.after);
    },
    embed: (async (input: EmbedInput, options?: CallOptions) => {
      if ('images' in input)
        return ask('embedImages', { images: toImages(input.images) }, options, toEmbeddings);
      if ('texts' in input)
        return ask('embedTexts', { texts: toStrings(input.texts) }, options, toEmbeddings);
      checkOptions(options, ['signal']);
      return gather(readOne(input), options);
    }) as Client['embed'],
    query: async (query, variables, options) => {
      checkOptions(options, ['signal']);
      const asked = { query, variables: variables ?? {} };
      return request(asked, options?.signal, ({ data }: GraphqlAnswer<never>) => data);
    },
  };
}

function toTransport({ url, key, fetch: given }: ClientOptions): Transport {
  return {
    endpoint: toEndpoint(url),
    key,
    // The global is called as a global: browsers and workerd refuse it as a method of something else.
    fetch: given ?? ((address, init) => fetch(address, init)),
  };
}

/** @throws TypeError for what is no address of a deployment */
function toEndpoint(url: string | URL): string {
  const base = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  try {
    // Of a page's own base nothing is taken without a path: no URL has an empty host. Emscripten's codecs give a Worker an empty one.
    const endpoint = new URL(url || '//', base || undefined);
    if (/^https?:(?!.*\/v1\/?$)/.test(endpoint.href)) {
      endpoint.pathname = endpoint.pathname.replace(/(\/graphql)?\/?$/, '/graphql');
      return endpoint.href;
    }
  } catch {
    // Told below, with the URL.
  }
  throw new TypeError(
    `Expected url as that of a deployment, such as https://align.example.com, without /v1, got "${String(url)}".`,
  );
}
