import type { AlignqlError } from './errors.ts';
import type * as api from './generated/api.ts';
import type { ImageSource, TextSource } from './inputs.ts';
import type { Embedding, Matrix, SearchPage } from './results.ts';

export interface ClientOptions {
  /** Of the deployment: `https://align.example.com`, or with its path `/graphql`. In a browser also a path of the page's own origin. */
  readonly url: string | URL;
  /** An access key, where the deployment asks for one. */
  readonly key?: string | undefined;
  /** In place of the global `fetch`: of a service binding, say. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How often a call is repeated at most when that can help. 2 unless given. */
  readonly retries?: number | undefined;
  /** Seconds of waiting that `Retry-After` may ask for; the error of a call that has to wait longer is thrown at once. 30 unless given. */
  readonly maxRetryAfter?: number | undefined;
  /** Whether calls of `align` and `embed` that are made together share requests. True unless given. */
  readonly batch?: boolean | undefined;
}

export interface CallOptions {
  /** Ends the call: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ScoreOptions extends CallOptions {
  /** Name of the selection that scores; "default" unless given. */
  readonly selection?: string | undefined;
  /** Share of true pairs among those you ask about, in (0, 1). */
  readonly baseRate?: number | undefined;
}

export interface RankOptions extends ScoreOptions {
  /** How many items at most. */
  readonly first?: number | undefined;
}

export interface ClassifyOptions extends Omit<ScoreOptions, 'baseRate'> {
  /** Sentences in which `{}` stands for the label. */
  readonly templates?: readonly string[] | undefined;
  /** Above 0: the softmax runs over score / temperature. */
  readonly temperature?: number | undefined;
}

export interface ExplainOptions extends Omit<ScoreOptions, 'baseRate'> {
  /** How regions are found; `AUTO` unless given, `NONE` for none. */
  readonly method?: api.ExplainMethod | undefined;
}

export interface SearchOptions extends CallOptions {
  /** Results of a page; 10 unless given. */
  readonly first?: number | undefined;
  /** The cursor of a hit: continue after it. */
  readonly after?: string | undefined;
  readonly rerank?: number | undefined;
  /** In [0, 1]: only hits of at least this probability. */
  readonly minProbability?: number | undefined;
  readonly filter?: readonly api.CorpusFilter[] | undefined;
  readonly baseRate?: number | undefined;
}

export type SearchQuery = string | { readonly text: TextSource } | { readonly image: ImageSource };

/** Every method throws AlignqlError, or TypeError for an argument that is none of its kind. */
export interface Client {
  /** Does this text describe this image, and how sure are we? */
  align(image: ImageSource, text: TextSource, options?: ScoreOptions): Promise<api.Alignment>;
  /** One image against several captions together. */
  alignCaptions(
    image: ImageSource,
    captions: readonly TextSource[],
    options?: ScoreOptions,
  ): Promise<api.CaptionSetAlignment>;
  /** Every image against every text. What fails of them stands in `imageErrors` and `textErrors`. */
  matrix(
    images: readonly ImageSource[],
    texts: readonly TextSource[],
    options?: ScoreOptions,
  ): Promise<Matrix>;
  /** Best first; `index` is the place in `texts`. A text that fails comes last with its `error`. */
  rankTexts(image: ImageSource, texts: readonly TextSource[], options?: RankOptions): Promise<api.Ranking>;
  /** Best first; `index` is the place in `images`. An image that fails comes last with its `error`. */
  rankImages(text: TextSource, images: readonly ImageSource[], options?: RankOptions): Promise<api.Ranking>;
  /** Which label describes the image best: probabilities over the labels. */
  classify(
    image: ImageSource,
    labels: readonly string[],
    options?: ClassifyOptions,
  ): Promise<api.Classification>;
  /** Why they score what they do: by coordinate (all of them), by region of the image, by word of the text. */
  explain(image: ImageSource, text: TextSource, options?: ExplainOptions): Promise<api.Explanation>;
  /** CLIPScore (Hessel et al. 2021), whatever selections there are. A text gets the prompt "A photo depicts ", an embedding none. */
  clipScore(image: ImageSource, text: TextSource, options?: CallOptions): Promise<api.ClipScore>;
  /** RefCLIPScore: with the reference that is most like the text. */
  refClipScore(
    image: ImageSource,
    text: TextSource,
    references: readonly TextSource[],
    options?: CallOptions,
  ): Promise<api.ClipScore>;
  /** Pages of a corpus' best hits, each asked for when the loop comes to it. */
  search(corpus: string, query: SearchQuery, options?: SearchOptions): AsyncGenerator<SearchPage, void, void>;
  embed(
    input: { readonly text: string } | { readonly image: ImageSource },
    options?: CallOptions,
  ): Promise<Embedding>;
  /** One result an input, in order: its embedding, or its error. */
  embed(
    input: { readonly texts: readonly string[] } | { readonly images: readonly ImageSource[] },
    options?: CallOptions,
  ): Promise<(Embedding | AlignqlError)[]>;
  /** Any query of schema.graphql. A Blob as the `upload` of an ImageInput in `variables` is sent as file or base64. */
  query<Data>(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<Data>;
}
