import type { CallOptions, Client, ClientOptions, SearchQuery } from './client.ts';
import * as documents from './documents.ts';
import { AlignqlError } from './errors.ts';
import type * as api from './generated/api.ts';
import { type ImageSource, toImage, toText } from './inputs.ts';
import {
  type Connection,
  type Embedding,
  type OrItemError,
  type PackedMatrix,
  type SearchPage,
  orThrow,
  toEmbeddings,
  toMatrix,
  toPage,
} from './results.ts';
import { type RetryRules, withRetries } from './retry.ts';
import { type Transport, post } from './transport.ts';

type EmbedInput = Partial<
  Record<'texts', readonly string[]> & Record<'images', readonly ImageSource[]> & Record<'text', string>
> & { readonly image?: ImageSource };
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

  /** `read` is part of the attempt: the error of an item may pass as well. */
  const ask = <Raw, Result>(
    document: string,
    { signal, ...variables }: CallOptions & Variables,
    read: Read<Raw, Result>,
  ): Promise<Result> =>
    withRetries(
      async () => {
        const { data, requestId } = await post<{ readonly result: Raw }>(
          transport,
          document,
          variables,
          signal,
        );
        return read(data.result, requestId);
      },
      rules,
      signal,
    );

  const askUnion = <Type>(document: string, variables: CallOptions & Variables): Promise<Type> =>
    ask<OrItemError<Type>, Type>(document, variables, orThrow);

  return {
    align: async (image, text, options) =>
      askUnion(documents.ALIGN, { ...options, image: toImage(image), text: toText(text) }),
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
    embed: ((input: EmbedInput, options?: CallOptions) => embed(ask, input, options)) as Client['embed'],
    query: (document, variables, options) =>
      withRetries(
        async () => (await post<never>(transport, document, variables ?? {}, options?.signal)).data,
        rules,
        options?.signal,
      ),
  };
}

async function embed(
  ask: <Raw, Result>(
    document: string,
    variables: CallOptions & Variables,
    read: Read<Raw, Result>,
  ) => Promise<Result>,
  input: EmbedInput,
  options: CallOptions | undefined,
): Promise<Embedding | (Embedding | AlignqlError)[]> {
  const isOne = 'text' in input || 'image' in input;
  const images = input.images ?? ('image' in input ? [input.image as ImageSource] : undefined);
  const variables = images
    ? { ...options, images: images.map(toImage) }
    : { ...options, texts: input.texts ?? [input.text] };
  return ask(
    images ? documents.EMBED_IMAGES : documents.EMBED_TEXTS,
    variables,
    (members: readonly OrItemError<api.Embedding>[], requestId) => {
      const results = toEmbeddings(members, requestId);
      if (!isOne) return results;
      const [result] = results;
      if (result instanceof AlignqlError) throw result;
      return result;
    },
  );
}

/** A string is a text: an image by URL is `{ image: url }`. */
function toQuery(query: SearchQuery): Variables {
  if (typeof query === 'string') return { text: toText(query) };
  return 'image' in query ? { image: toImage(query.image) } : { text: toText(query.text) };
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
