import type { CallOptions, Client, ClientOptions, SearchQuery } from './client.ts';
import { createBatch } from './batch.ts';
import { partOf } from './batch-fields.ts';
import * as documents from './documents.ts';
import type * as api from './generated/api.ts';
import { type ImageSource, createToImage, toText } from './inputs.ts';
import {
  type Connection,
  type OrItemError,
  type PackedMatrix,
  type SearchPage,
  orThrow,
  toEmbeddings,
  toMatrix,
  toPage,
} from './results.ts';
import { type RetryRules, withRetries } from './retry.ts';
import { type GraphqlAnswer, type Transport, post } from './transport.ts';

type EmbedInput =
  | { readonly text: string }
  | { readonly image: ImageSource }
  | { readonly texts: readonly string[] }
  | { readonly images: readonly ImageSource[] };
type Variables = Readonly<Record<string, unknown>>;
/** Of a query whose only field is `result`. */
type Read<Raw, Result> = (raw: Raw, requestId: string | null) => Result;

/**
 * A client of one deployment. It holds no connection, and nothing has to be closed.
 * @throws TypeError for a `url` that is none
 */
export function createClient(options: ClientOptions): Client {
  const transport = toTransport(options);
  const rules: RetryRules = { retries: options.retries ?? 2, maxRetryAfter: options.maxRetryAfter ?? 30 };

  const gather = createBatch(transport, rules, options.batch ?? true);
  const toImage = createToImage();

  /** `read` is part of the attempt: the error of an item may pass as well. */
  const request = <Data, Result>(
    document: string,
    variables: Variables,
    signal: AbortSignal | undefined,
    read: (answer: GraphqlAnswer<Data>) => Result,
  ): Promise<Result> =>
    withRetries(async () => read(await post<Data>(transport, document, variables, signal)), rules, signal);

  const ask = <Raw, Result>(
    document: string,
    { signal, ...variables }: CallOptions & Variables,
    read: Read<Raw, Result>,
  ): Promise<Result> =>
    request(document, variables, signal, ({ data, requestId }: GraphqlAnswer<{ readonly result: Raw }>) =>
      read(data.result, requestId),
    );

  const askUnion = <Type>(document: string, variables: CallOptions & Variables): Promise<Type> =>
    ask<OrItemError<Type>, Type>(document, variables, orThrow);

  /** A string is a text: an image by URL is `{ image: url }`. */
  const toQuery = (query: SearchQuery): Variables => {
    if (typeof query === 'string') return { text: toText(query) };
    return 'image' in query ? { image: toImage(query.image) } : { text: toText(query.text) };
  };

  return {
    align: async (image, text, options) =>
      gather(
        { image: partOf(toImage(image)), text: partOf(toText(text)), rules: { ...options } },
        options?.signal,
      ) as Promise<api.Alignment>,
    alignCaptions: async (image, captions, options) =>
      askUnion(documents.ALIGN_CAPTIONS, {
        ...options,
        image: toImage(image),
        captions: captions.map(toText),
      }),
    matrix: async (images, texts, options) =>
      ask(
        documents.MATRIX,
        { ...options, images: images.map(toImage), texts: texts.map(toText) },
        (packed: PackedMatrix) => toMatrix(packed, texts.length),
      ),
    rankTexts: async (image, texts, options) =>
      askUnion(documents.RANK_TEXTS, { ...options, image: toImage(image), texts: texts.map(toText) }),
    rankImages: async (text, images, options) =>
      askUnion(documents.RANK_IMAGES, { ...options, text: toText(text), images: images.map(toImage) }),
    classify: async (image, labels, options) =>
      askUnion(documents.CLASSIFY, { ...options, image: toImage(image), labels }),
    async *search(corpus, query, options) {
      const variables = { ...options, ...toQuery(query), corpus };
      let after: string | null | undefined = options?.after;
      do {
        const page: SearchPage = await ask(
          documents.SEARCH,
          { ...variables, after },
          (connection: Connection) => toPage(connection),
        );
        yield page;
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (after);
    },
    embed: (async (input: EmbedInput, options?: CallOptions) => {
      if ('image' in input) return gather({ image: partOf(toImage(input.image)) }, options?.signal);
      if ('text' in input) return gather({ text: partOf(toText(input.text)) }, options?.signal);
      const [document, variables] =
        'images' in input
          ? [documents.EMBED_IMAGES, { images: input.images.map(toImage) }]
          : [documents.EMBED_TEXTS, { texts: input.texts }];
      return ask(document, { ...options, ...variables }, toEmbeddings);
    }) as Client['embed'],
    query: (document, variables, options) =>
      request(document, variables ?? {}, options?.signal, ({ data }: GraphqlAnswer<never>) => data),
  };
}

function toTransport({ url, key, fetch: given }: ClientOptions): Transport {
  const base = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const endpoint = new URL(url, base);
  if (!endpoint.pathname.endsWith('/graphql')) {
    endpoint.pathname = `${endpoint.pathname.replace(/\/$/, '')}/graphql`;
  }
  // The global is called as a global: browsers and workerd refuse it as a method of something else.
  return { endpoint: endpoint.href, key, fetch: given ?? ((address, init) => fetch(address, init)) };
}
