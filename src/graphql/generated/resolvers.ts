import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { MatrixScores } from '../../use-cases/matrix-scores.ts';
import type { SelectionFacts } from '../../use-cases/selection-facts.ts';
import type { NamePage } from '../../use-cases/name-pages.ts';
import type { NamedCorpus } from '../../storage/corpus-store.ts';
import type { GraphqlContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A file uploaded by the GraphQL multipart request specification (https://github.com/jaydenseric/graphql-multipart-request-spec). */
  File: { input: Blob; output: never; }
  /** Any JSON value. Output only. */
  JSON: { input: never; output: unknown; }
  /**
   * An absolute https URL on port 443 with a public host. A private, loopback, link-local or otherwise reserved address (in any
   * notation), a single-label or local host name, or credentials in the URL are `URL_REFUSED`; so is a redirect to one.
   */
  URL: { input: string; output: never; }
  /**
   * Numbers, usually an embedding, as base64 (standard alphabet, padding optional) of little-endian float32. In a request,
   * the vector must have as many numbers as the encoder's `dim`, all finite and not all zero; it need not have unit length
   * (it is normalised). Anything else is `BAD_VECTOR`, and the message names expected and actual. In an answer the base64
   * has padding, and an embedding has unit L2 norm.
   */
  Vector: { input: string; output: Float32Array; }
};

export type Alignment = {
  readonly __typename?: 'Alignment';
  /** Cosine of the two raw embeddings over all coordinates, -1 to 1. */
  readonly cosine: Scalars['Float']['output'];
  /**
   * `probability` against the selection's thresholds at the base rate; UNCERTAIN where `domain` has a reason. Right on the average of all
   * calls of its side: at a low base rate a MISMATCH may have a probability far above 0.
   */
  readonly decision: Decision;
  /** Whether image and text are like those that the selection was calibrated on: of others, `probability` tells nothing. */
  readonly domain: Domain;
  /** Id of the encoder of the two embeddings. */
  readonly encoder: Scalars['ID']['output'];
  /**
   * Probability that the text belongs to the image, in (0, 1), calibrated on held-out pairs (by Platt scaling, or
   * by isotonic regression where that did better), at `baseRate`.
   */
  readonly probability: Scalars['Float']['output'];
  /**
   * 95% interval [low, high] of `probability`, in [0, 1]. It covers the uncertainty of fitting the calibration on finitely many
   * pairs, few ones too, and says nothing about pictures unlike those of the training.
   */
  readonly probabilityInterval: ReadonlyArray<Scalars['Float']['output']>;
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /**
   * The selection's score of the pair. IDENTITY: the cosine of the centred and reduced vectors, -1 to 1 (0 where one of
   * them vanishes). WEIGHTED: a log-odds, any finite number. ATTENTION: the cosine of the reduced image and the attended text,
   * -1 to 1. Higher is better; comparable within one selection only.
   */
  readonly score: Scalars['Float']['output'];
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
};

/**
 * A matrix whose rows are images and whose columns are texts, both in the order given. It comes as lists, with null where
 * an input failed, or packed.
 *
 * A packed field holds the numbers of its list rounded to float32, row after row: number `i · texts + j` belongs to image i and
 * text j, and is NaN where an input failed. Ask for it when a program reads the numbers: a list of ten thousand numbers
 * costs more to write as JSON than to compute. Only the fields that you ask for are computed.
 */
export type AlignmentMatrix = {
  readonly __typename?: 'AlignmentMatrix';
  /** Cosine of the raw embeddings, -1 to 1. */
  readonly cosines: ReadonlyArray<ReadonlyArray<Maybe<Scalars['Float']['output']>>>;
  /** `cosines`, packed. */
  readonly cosinesPacked: Scalars['Vector']['output'];
  /** As `Domain.image` of each image, in order; null where it failed. Below 0.01 nothing should be decided. */
  readonly imageDomain: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The images that failed, by index. */
  readonly imageErrors: ReadonlyArray<IndexedError>;
  /** As `Alignment.probability`. */
  readonly probabilities: ReadonlyArray<ReadonlyArray<Maybe<Scalars['Float']['output']>>>;
  /** `probabilities`, packed. */
  readonly probabilitiesPacked: Scalars['Vector']['output'];
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /** As `Alignment.score`. */
  readonly scores: ReadonlyArray<ReadonlyArray<Maybe<Scalars['Float']['output']>>>;
  /** `scores`, packed. */
  readonly scoresPacked: Scalars['Vector']['output'];
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
  /** As `Domain.text` of each text, in order; null where it failed. */
  readonly textDomain: ReadonlyArray<Maybe<Scalars['Float']['output']>>;
  /** The texts that failed, by index. */
  readonly textErrors: ReadonlyArray<IndexedError>;
};

export type AlignmentResult = Alignment | ItemError;

/** How a score becomes a probability. */
export type Calibrator =
  /** Isotonic regression: a rising curve through up to 256 points. */
  | 'ISOTONIC'
  /** A logistic curve, fitted as by Platt (1999). */
  | 'PLATT';

export type CaptionSetAlignment = {
  readonly __typename?: 'CaptionSetAlignment';
  /** `probability` against the selection's thresholds at the base rate; UNCERTAIN where `domain` has a reason. */
  readonly decision: Decision;
  /** As `Alignment.domain`. */
  readonly domain: Domain;
  /** How the captions were fused: the selection's fusion. */
  readonly fusion: Fusion;
  /** As `Alignment.probability`; the calibration is that of single captions. */
  readonly probability: Scalars['Float']['output'];
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /** As `Alignment.score`, of the image and the captions fused. */
  readonly score: Scalars['Float']['output'];
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
  /** How much each caption counts, in order, 0 to 1, summing to 1. ATTENTION: the mean over its heads; otherwise 1/n. */
  readonly weights: ReadonlyArray<Scalars['Float']['output']>;
};

export type CaptionSetResult = CaptionSetAlignment | ItemError;

export type Classification = {
  readonly __typename?: 'Classification';
  /** One entry a different label, in the order given. */
  readonly labels: ReadonlyArray<LabelScore>;
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
};

export type ClassificationResult = Classification | ItemError;

/** What `clipScore` and `refClipScore` give. */
export type ClipScore = {
  readonly __typename?: 'ClipScore';
  /** Cosine of the image and the caption with its prompt, -1 to 1. */
  readonly cosine: Scalars['Float']['output'];
  /** Id of the encoder of the embeddings. */
  readonly encoder: Scalars['ID']['output'];
  /** Largest cosine of the caption and a reference, -1 to 1; null for `clipScore`. */
  readonly referenceCosine?: Maybe<Scalars['Float']['output']>;
  /** CLIPScore, 0 to 2.5; or RefCLIPScore, 0 to 10/7. */
  readonly score: Scalars['Float']['output'];
  /**
   * Whether the caption or a reference has more tokens than the encoder reads, with its prompt: the rest made no difference. What an
   * embedding was made of is not known.
   */
  readonly truncated: Scalars['Boolean']['output'];
  /** False where texts are encoded elsewhere by an encoder that does not tell: `truncated` is false then, whatever they are. */
  readonly truncationKnown: Scalars['Boolean']['output'];
};

export type ClipScoreResult = ClipScore | ItemError;

/** What one kept coordinate adds to a score. */
export type Contribution = {
  readonly __typename?: 'Contribution';
  /** Its number in the embedding where the selection keeps some of those, from 0; else that of the selection's axis. */
  readonly coordinate: Scalars['Int']['output'];
  /** Pictures of that set which lie farthest out on the same side. Empty as `words` is. */
  readonly examples: ReadonlyArray<CoordinateExample>;
  /** In the units of the score; below 0 it takes away. */
  readonly value: Scalars['Float']['output'];
  /**
   * Words for what the image has that lies as it does in the coordinate, the strongest first: of the captions that the selection was made
   * from, or of a vocabulary that its makers chose. Empty where they are not published with it.
   */
  readonly words: ReadonlyArray<Scalars['String']['output']>;
};

/** A picture of the set that a selection was made from. */
export type CoordinateExample = {
  readonly __typename?: 'CoordinateExample';
  /** A caption of it there. */
  readonly caption: Scalars['String']['output'];
  /** The name of its file there, without folders; null where it has none. */
  readonly picture?: Maybe<Scalars['String']['output']>;
};

/** Many embeddings of one encoder, packed for search under one selection. */
export type Corpus = {
  readonly __typename?: 'Corpus';
  /** Bytes of memory that a vector takes in an isolate, scale included. */
  readonly bytesPerVector: Scalars['Int']['output'];
  /** Vectors in it. */
  readonly count: Scalars['Int']['output'];
  /** When it was first indexed, ISO 8601 in UTC. */
  readonly createdAt: Scalars['String']['output'];
  /** Numbers in a vector. */
  readonly dim: Scalars['Int']['output'];
  /** Id of the encoder of the vectors. */
  readonly encoder: Scalars['ID']['output'];
  /** Fingerprint of that encoder. */
  readonly encoderFingerprint: Scalars['String']['output'];
  /** How each number of a vector that is scanned is stored. */
  readonly encoding: RowEncoding;
  /** What finds the candidates of a search. */
  readonly engine: SearchEngine;
  /** Names of the metadata fields that `filter` can use. */
  readonly fields: ReadonlyArray<Scalars['String']['output']>;
  /** What the vectors are embeddings of. */
  readonly modality: Modality;
  /** The name that `search` takes. */
  readonly name: Scalars['String']['output'];
  /** How it is scanned. */
  readonly plan: SearchPlan;
  /** Candidates that a search re-ranks when it does not say; 0 under plan FULL. */
  readonly rerank: Scalars['Int']['output'];
  /**
   * Why `search` by text or pixels fails in this deployment: `STORAGE_FAILED` when it has no binding to the corpus' engine (nor does an
   * embedding search then) or the corpus' selection cannot be read, `ENCODER_MISMATCH` when it runs another encoder than made the vectors
   * (an embedding of theirs still searches). Null when it can be searched.
   */
  readonly searchError?: Maybe<ItemError>;
  /**
   * Id of the selection whose coordinates and calibration the corpus uses. It is the id of a record, whatever name points
   * at that record now.
   */
  readonly selection: Scalars['ID']['output'];
  /** How many of the vectors have a thumbnail, which `index --thumbnails` makes of pictures. */
  readonly thumbnails: Scalars['Int']['output'];
  /** When it was last changed, ISO 8601 in UTC. */
  readonly updatedAt: Scalars['String']['output'];
};

/**
 * A condition on a metadata field: `eq` and `in` compare text as `metadata` has it (numbers as JSON writes them), `min` and `max`,
 * both included, compare numbers. At least one must be given, and all that are given must hold. An item without the field
 * never matches.
 */
export type CorpusFilter = {
  /** The value is this. */
  readonly eq?: InputMaybe<Scalars['String']['input']>;
  /** One of `Corpus.fields`; `BAD_INPUT` otherwise. */
  readonly field: Scalars['String']['input'];
  /** The value is one of these, at most `limits.filterValues`. */
  readonly in?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The value is a number of at most this. */
  readonly max?: InputMaybe<Scalars['Float']['input']>;
  /** The value is a number of at least this. */
  readonly min?: InputMaybe<Scalars['Float']['input']>;
};

/** Corpora by name. */
export type CorpusPage = {
  readonly __typename?: 'CorpusPage';
  /** As in `SelectionPage`. */
  readonly count?: Maybe<Scalars['Int']['output']>;
  /** Ascending; also of those that cannot be read. */
  readonly names: ReadonlyArray<Scalars['String']['output']>;
  /**
   * The corpora of these names as far as they can be read; the others are told as in `SelectionPage`. At most `limits.listed` in one
   * request.
   */
  readonly nodes: ReadonlyArray<Corpus>;
  /** Cursors are names. */
  readonly pageInfo: PageInfo;
};

export type Decision =
  /** The text belongs to the image: the surer of the two (`DecisionThresholds`). */
  | 'MATCH'
  /** The text does not belong to the image. */
  | 'MISMATCH'
  /** Too close to call: ask a person. */
  | 'UNCERTAIN';

/**
 * Where decisions begin at one base rate. A side is closed (null) where the calibration pairs cannot show that its calls would
 * reach the precision: then nothing gets its decision, however sure. What counts as shown differs by side. MATCH: the shares that its
 * precision hangs on are bounded at 95 % confidence each. MISMATCH: at 80 %, since it hangs on matches, of which there are few; it is the
 * weaker promise, and of small sets it may fall short of the precision by some hundredths.
 */
export type DecisionThresholds = {
  readonly __typename?: 'DecisionThresholds';
  /** Share of true pairs among those asked about, in (0, 1). */
  readonly baseRate: Scalars['Float']['output'];
  /** A `probability` at or above this is a MATCH. In [0.5, 1) of records that know their precision. */
  readonly match?: Maybe<Scalars['Float']['output']>;
  /** A `probability` at or below this is a MISMATCH. In (0, 0.5) of records that know their precision. */
  readonly mismatch?: Maybe<Scalars['Float']['output']>;
  /**
   * Share of calls that is to be right on either side, in (0, 1]; null of records made before it was stored, whose thresholds hold
   * at every base rate and were chosen for their own.
   */
  readonly precision?: Maybe<Scalars['Float']['output']>;
};

/**
 * How many of the inputs that a selection was calibrated on are at least as far off as this one, by distance to the mean of its modality,
 * Mahalanobis distance and likeness to made outliers (noise, pages, other scripts): a tail share in (0, 1], uniform over inputs of the same
 * kind. Null: not known, for a selection made by an earlier version, or of too few pairs.
 */
export type Domain = {
  readonly __typename?: 'Domain';
  /** Of the image. */
  readonly image?: Maybe<Scalars['Float']['output']>;
  /** Why nothing is decided, where a share is below 0.01; null otherwise. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** Of the text; of several captions that of the least alike, times their number. */
  readonly text?: Maybe<Scalars['Float']['output']>;
};

export type Embedding = {
  readonly __typename?: 'Embedding';
  /** Numbers in `vector`. */
  readonly dim: Scalars['Int']['output'];
  /** Id of the encoder that made it. */
  readonly encoder: Scalars['ID']['output'];
  /** Fingerprint of that encoder. */
  readonly fingerprint: Scalars['String']['output'];
  /** Unit L2 norm. */
  readonly vector: Scalars['Vector']['output'];
};

/**
 * An embedding in place of pixels or text. Its encoder must be the one of the selection, not the one of the deployment, so
 * vectors of any encoder can be scored under a selection made for that encoder. `ENCODER_MISMATCH` when they differ.
 */
export type EmbeddingInput = {
  /** Id of the encoder that made the vector, as in `Encoder.id` and `Selection.encoder`; compared letter by letter. */
  readonly encoder: Scalars['ID']['input'];
  readonly vector: Scalars['Vector']['input'];
};

export type EmbeddingResult = Embedding | ItemError;

/** A model with its preprocessing, tokenizer, pooling and normalisation. */
export type Encoder = {
  readonly __typename?: 'Encoder';
  /** Numbers in an embedding. */
  readonly dim: Scalars['Int']['output'];
  /**
   * Hash over model, preprocessing, tokenizer, pooling and normalisation, or over their declared configuration when the
   * model runs behind a binding. Embeddings of different fingerprints are not comparable, even under one id.
   */
  readonly fingerprint: Scalars['String']['output'];
  /** Its name, such as `tiny-clip` or `openai/clip-vit-base-patch32`. Vectors of different ids are never compared. */
  readonly id: Scalars['ID']['output'];
  /**
   * What a model that was trained with a sigmoid for every pair (SigLIP) adds to `logitScale` x cosine, before the sigmoid; null
   * for the others. `classify` needs none, since a softmax stays the same when every logit moves by as much.
   */
  readonly logitBias?: Maybe<Scalars['Float']['output']>;
  /**
   * Factor for cosines before a softmax over labels; above 0. It is the scale that the model learned in training, 100 in
   * OpenAI's CLIPs.
   */
  readonly logitScale: Scalars['Float']['output'];
};

export type ErrorCode =
  /** Not an image that can be read. Not retryable. 400. */
  | 'BAD_IMAGE'
  /** An argument is out of its range. Not retryable. HTTP 400 where it fails the request. */
  | 'BAD_INPUT'
  /** Not a `Vector` of the encoder's length. Not retryable. 400. */
  | 'BAD_VECTOR'
  /** No corpus has the name; the message lists those that there are. Not retryable. 404. */
  | 'CORPUS_NOT_FOUND'
  /** The encoder has no capacity now. Retryable. 503. */
  | 'ENCODER_BUSY'
  /** The encoder failed, or its answer was not valid. Not retryable, unless nobody answered at its address. 502. */
  | 'ENCODER_FAILED'
  /** The encoder of the input is not the one of the selection, by id or by fingerprint. Not retryable. 409. */
  | 'ENCODER_MISMATCH'
  /** The account's quota of encoder calls is used up. Not retryable today. 503. */
  | 'ENCODER_QUOTA'
  /** The encoder did not answer in time. Retryable. 504. */
  | 'ENCODER_TIMEOUT'
  /** The credentials lack a scope that the operation needs. Not retryable. 403. */
  | 'FORBIDDEN'
  /** More than `limits.imageBytes` bytes or `limits.imagePixels` pixels. Not retryable. 413. */
  | 'IMAGE_TOO_LARGE'
  /** A bug of this service. Not retryable. 500. */
  | 'INTERNAL'
  /** A number of `limits` is exceeded; the message says which. Not retryable. 413 for the body, 400 otherwise. */
  | 'LIMIT_EXCEEDED'
  /** More was asked than the caller's rate or daily budget allows; `Retry-After` says when there is more. Retryable. 429. */
  | 'RATE_LIMITED'
  /** No selection is published under the name; the message lists those that are. Not retryable. 404. */
  | 'SELECTION_NOT_FOUND'
  /** Published data could not be read, or is corrupt. Retryable. 503. */
  | 'STORAGE_FAILED'
  /** No credentials, or none that are valid (unknown, mistyped, expired, revoked). Not retryable. 401. */
  | 'UNAUTHENTICATED'
  /** The image's host did not deliver it. Retryable. 502. */
  | 'URL_FAILED'
  /** A URL that this service does not fetch. Not retryable. 400. */
  | 'URL_REFUSED';

/** How the regions of an image that made a score are found. */
export type ExplainMethod =
  /**
   * The best measured one that the encoder can do; of an encoder that can only encode, OCCLUSION with 16 regions, which are 17 pictures
   * to encode (of `limits.encodedImages`).
   */
  | 'AUTO'
  /** The last layer's patches, weighted by the score's gradient (Selvaraju et al. 2017, Grad-CAM). */
  | 'GRAD_CAM'
  /** The same, weighted by the score's gradient and by how near each patch is to what the encoder looks for (Zhao et al. 2024, Grad-ECLIP). */
  | 'GRAD_ECLIP'
  /** The values of the last layer's attention, each patch for itself (Zhou et al. 2022, MaskCLIP). */
  | 'MASKCLIP'
  /** No regions. */
  | 'NONE'
  /**
   * What the score loses when a region is covered: 49 regions. Where the encoder cannot cover them itself this Worker does, and they are 50
   * pictures to encode (of `limits.encodedImages`).
   */
  | 'OCCLUSION'
  /** Exact: the image's embedding is a sum over patches, and so is the score. */
  | 'SHARES';

/** Why an image and a text score what they do. */
export type Explanation = {
  readonly __typename?: 'Explanation';
  /** What the score is apart from the coordinates: 0 but under WEIGHTED fusion. */
  readonly bias: Scalars['Float']['output'];
  /** Columns of `heat`; null where there is none. */
  readonly columns?: Maybe<Scalars['Int']['output']>;
  /**
   * What the kept coordinates add to the score, the largest first, whether it adds or takes away. All of them and `bias` sum to the
   * score. `first`: how many at most, 0 or more.
   */
  readonly contributions: ReadonlyArray<Contribution>;
  /**
   * What each region adds to the score, or takes away: `rows` x `columns` numbers in the units of the score, top left first. They cover
   * the part `seen` of the image. Null where the method is NONE.
   */
  readonly heat?: Maybe<ReadonlyArray<Scalars['Float']['output']>>;
  /** How `heat` was made; NONE where there is none. */
  readonly method: ExplainMethod;
  /** The part `seen` with `heat` over it: a PNG of at most 336 pixels a side as a data URI. Null where the method is NONE. */
  readonly overlay?: Maybe<Scalars['String']['output']>;
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /** Rows of `heat`; null where there is none. */
  readonly rows?: Maybe<Scalars['Int']['output']>;
  /** As `Alignment.score`. */
  readonly score: Scalars['Float']['output'];
  /**
   * Which part of the upright image the encoder sees: left, top, width and height as shares of its width and height. Null where the
   * method is NONE.
   */
  readonly seen?: Maybe<ReadonlyArray<Scalars['Float']['output']>>;
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
  /**
   * What each word of the text adds to the score: the score less that of the text without the word, or less `bias` where no other word is
   * left. They need not sum to the score: two words may say the same, or something only together. Of more than 24 words, neighbours are
   * taken together. Empty for an embedding.
   */
  readonly tokens: ReadonlyArray<TokenShare>;
  /** Whether the text has more tokens than the encoder reads: the rest made no difference. What an embedding was made of is not known. */
  readonly truncated: Scalars['Boolean']['output'];
  /** As `ClipScore.truncationKnown`. */
  readonly truncationKnown: Scalars['Boolean']['output'];
};


/** Why an image and a text score what they do. */
export type ExplanationContributionsArgs = {
  first?: Scalars['Int']['input'];
};

export type ExplanationResult = Explanation | ItemError;

export type Fusion =
  /**
   * Learned attention of 8 heads of 8: image as query, texts as keys and values, then the cosine of image and attended
   * text. With one text there is nothing to weigh: the score is a cosine with a learned projection of the text, of rank 64
   * at most.
   */
  | 'ATTENTION'
  /** Cosine of the centred, then masked or mapped vectors. */
  | 'IDENTITY'
  /** A weighted sum over the kept pair features. */
  | 'WEIGHTED';

/** One image: exactly one of these. */
export type ImageInput =
  /**
   * The bytes of the file as base64 (standard or URL-safe alphabet, padding optional), also as a data URI
   * (`data:image/png;base64,...`). At most `limits.imageBytes` bytes once decoded. JPEG, PNG, WebP, AVIF, GIF (first frame); `BAD_IMAGE` otherwise.
   */
  { readonly base64: Scalars['String']['input']; readonly embedding?: never; readonly upload?: never; readonly url?: never; }
  |  /** A vector made earlier, by this API or by the same encoder elsewhere. */
  { readonly base64?: never; readonly embedding: EmbeddingInput; readonly upload?: never; readonly url?: never; }
  |  /** A file uploaded by the multipart specification, at most `limits.imageBytes` bytes. */
  { readonly base64?: never; readonly embedding?: never; readonly upload: Scalars['File']['input']; readonly url?: never; }
  |  /**
   * Where to fetch the image: https, at most `limits.redirects` redirects, `limits.imageBytes` bytes and `limits.urlTimeoutMs`.
   * `URL_REFUSED`: not a URL that may be fetched. `URL_FAILED`: no answer in time, or a status other than 200.
   */
  { readonly base64?: never; readonly embedding?: never; readonly upload?: never; readonly url: Scalars['URL']['input']; };

/** One failed input of a matrix. */
export type IndexedError = {
  readonly __typename?: 'IndexedError';
  /** Why it failed. */
  readonly error: ItemError;
  /** Place in the list given, from 0. */
  readonly index: Scalars['Int']['output'];
};

/** Why something could not be answered. */
export type ItemError = {
  readonly __typename?: 'ItemError';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** For people: what was expected and what came. Not stable; branch on `code`. */
  readonly message: Scalars['String']['output'];
  /**
   * Whole seconds before which asking again cannot help, at least 1: the encoder is not asked meanwhile, because it failed too often.
   * Null where that is not known. On an error that fails the whole request it is `extensions.retryAfterSeconds` and the header
   * `Retry-After`.
   */
  readonly retryAfterSeconds?: Maybe<Scalars['Int']['output']>;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: Scalars['Boolean']['output'];
};

/** One label of a classification. */
export type LabelScore = {
  readonly __typename?: 'LabelScore';
  /** Cosine of the image and the label's averaged prompts, -1 to 1. */
  readonly cosine: Scalars['Float']['output'];
  /** As it was given. */
  readonly label: Scalars['String']['output'];
  /** Softmax over the labels, 0 to 1; the labels' probabilities sum to 1 within 1e-6. */
  readonly probability: Scalars['Float']['output'];
  /** The selection's score of the same two, which the softmax runs over. */
  readonly score: Scalars['Float']['output'];
};

/** Limits of this deployment. Counts are inclusive. */
export type Limits = {
  readonly __typename?: 'Limits';
  /** UTF-16 code units of one answer, whatever is in it; a longer one is `LIMIT_EXCEEDED` as a whole. */
  readonly answerCharacters: Scalars['Int']['output'];
  /**
   * Numbers in one answer (vectors, matrices, indices, relevance; 8 characters of JSON count as one), over all its fields and
   * aliases.
   */
  readonly answerNumbers: Scalars['Int']['output'];
  /** Bytes of a request's body; more is HTTP 413. */
  readonly bodyBytes: Scalars['Int']['output'];
  /** Values in the JSON of a request: members of objects and elements of lists, however deep. */
  readonly bodyValues: Scalars['Int']['output'];
  /** Cost of one operation at most, as `@cost` counts it; `extensions.cost` of every answer tells what was asked. */
  readonly cost: Scalars['Float']['output'];
  /**
   * Different images given as pixels (url, base64, upload) in one request, over all its fields. The same image given twice
   * counts once. A request of more is refused before any is read, as one of too many texts, URLs or pairs is.
   */
  readonly encodedImages: Scalars['Int']['output'];
  /** Different texts given as text in one request, prompts of `classify` included. The same text given twice counts once. */
  readonly encodedTexts: Scalars['Int']['output'];
  /** Values in one `in` of a filter. */
  readonly filterValues: Scalars['Int']['output'];
  /** Filters of one `search`. */
  readonly filters: Scalars['Int']['output'];
  /** Bytes of one image file. */
  readonly imageBytes: Scalars['Int']['output'];
  /** Width x height of one image; the deployment sets it to suit its encoder. */
  readonly imagePixels: Scalars['Int']['output'];
  /** Images in one list. */
  readonly images: Scalars['Int']['output'];
  /** Labels of one `classify`. */
  readonly labels: Scalars['Int']['output'];
  /** Selections and corpora in all lists of one request, their names alone not counted. */
  readonly listed: Scalars['Int']['output'];
  /** Names on one page of `selectionPage` or `corpusPage`. */
  readonly names: Scalars['Int']['output'];
  /** Pairs scored in one request, over all its fields. */
  readonly pairs: Scalars['Int']['output'];
  /**
   * Pixel passes of all images of one request together, as their headers tell before anything is decoded: width x height, times 1 for a
   * JPEG of one scan (.5 above 2 megapixels; of several .25, .125 a component, and 1/32 for each component of each scan), 1 for a PNG or a
   * GIF (2 of 16 bits in colour, .25 more interlaced), 1.5 for a WebP (2 with alpha), 4 for an AVIF; .5 for each byte of a JPEG and 10 of an
   * AVIF; and 1,048,576 an image for the encoder. One image takes at most 2 x `imagePixels` + 16,777,216 of them without those of the
   * encoder, else it is `IMAGE_TOO_LARGE`. A request of more is `LIMIT_EXCEEDED` as a whole
   * before anything runs; where images come by `url`, these are, each as an item. Images and texts together have a sixth more: each
   * different text takes 50,000, and 2,000 for each of its first 130 characters. With heat maps (`explain`) it is three fifths more: each
   * takes its image once more, and 52,428,800, by another method than `AUTO` and `OCCLUSION` 2,097,152.
   */
  readonly pixelPasses: Scalars['Int']['output'];
  /** Different prefixes of names in one request, each of selections or of corpora; where there are very many names, each is a list of its own. */
  readonly prefixes: Scalars['Int']['output'];
  /** Aliases in the query document. */
  readonly queryAliases: Scalars['Int']['output'];
  /** Bytes of the query document in UTF-8; what is long belongs into variables. */
  readonly queryBytes: Scalars['Int']['output'];
  /** Levels of nested fields, not counting introspection. */
  readonly queryDepth: Scalars['Int']['output'];
  /** Directives in the query document, such as `@include`. */
  readonly queryDirectives: Scalars['Int']['output'];
  /** Fields of an operation, with its fragments expanded; each alias counts. */
  readonly queryFields: Scalars['Int']['output'];
  /** Characters of one name in the query document: a field, an alias, a variable. */
  readonly queryNameCharacters: Scalars['Int']['output'];
  /** Root fields of an operation, with its fragments expanded; each alias counts. */
  readonly queryRootFields: Scalars['Int']['output'];
  /** Tokens of the query document. */
  readonly queryTokens: Scalars['Int']['output'];
  /** Redirects followed for one image URL. */
  readonly redirects: Scalars['Int']['output'];
  /** Candidates that one `search` re-ranks. */
  readonly rerank: Scalars['Int']['output'];
  /** Results that can be paged through, counted from the best; an engine may bring fewer (`search`). */
  readonly searchDepth: Scalars['Int']['output'];
  /** Results of one `search`. */
  readonly searchResults: Scalars['Int']['output'];
  /** `search` fields of one request. */
  readonly searches: Scalars['Int']['output'];
  /** Different names of selections in one request. */
  readonly selections: Scalars['Int']['output'];
  /** Templates of one `classify`. */
  readonly templates: Scalars['Int']['output'];
  /** UTF-16 code units of one text, or of one label in its template. */
  readonly textCharacters: Scalars['Int']['output'];
  /** Texts in one list. */
  readonly texts: Scalars['Int']['output'];
  /** Bytes of all image files of one request together. */
  readonly totalImageBytes: Scalars['Int']['output'];
  /** Entries of `selections`, and of `corpora`. */
  readonly unpaged: Scalars['Int']['output'];
  /** Milliseconds for one image URL, redirects and body included. */
  readonly urlTimeoutMs: Scalars['Int']['output'];
  /** Different image URLs in one request. */
  readonly urls: Scalars['Int']['output'];
};

export type Modality =
  /** Pictures. */
  | 'IMAGE'
  /** Texts. */
  | 'TEXT';

/** As Relay's. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Cursor of the last edge; null when there is none. The next page takes it as `after`. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /**
   * Whether there are more after the last of this page that can be asked for: false where a search can be paged no deeper
   * (`limits.searchDepth`, or what its engine brings).
   */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether there are results before the first edge. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first edge; null when there is none. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** Which numbers an answer was made with, so that it can be made again and compared: a record never changes under its id. */
export type Provenance = {
  readonly __typename?: 'Provenance';
  /** The record's base rate, in (0, 1); the answer's own where the request named none. */
  readonly baseRate: Scalars['Float']['output'];
  /** How the record turns a score into a probability. */
  readonly calibrator: Calibrator;
  /** Whether that record is a canary's, which a share of the callers is given. */
  readonly canary: Scalars['Boolean']['output'];
  /** Id of the encoder that the record is for. */
  readonly encoder: Scalars['ID']['output'];
  /** Fingerprint of that encoder, as the record names it. */
  readonly encoderFingerprint: Scalars['String']['output'];
  /** As `Selection.matchThreshold`. */
  readonly matchThreshold: Scalars['Float']['output'];
  /** As `Selection.mismatchThreshold`. */
  readonly mismatchThreshold: Scalars['Float']['output'];
  /** Id of the record that scored: SHA-256 of its bytes, lower-case hex. */
  readonly selection: Scalars['ID']['output'];
};

export type Query = {
  readonly __typename?: 'Query';
  /**
   * Score one image against one text under a selection.
   * `baseRate`: the share of true pairs among those you ask about, in (0, 1); null is the rate of the calibration (0.5
   * unless it was fitted otherwise). It shifts the log-odds of `probability` and `probabilityInterval`, and moves the thresholds of
   * `decision` (`Selection.thresholds`): where matches are rare, calls of MATCH take more. `cosine` and `score` stay the same.
   * Item errors: as `embedImages`, and `SELECTION_NOT_FOUND`, `STORAGE_FAILED`, `BAD_INPUT` (baseRate outside (0, 1)).
   */
  readonly align: AlignmentResult;
  /**
   * Score one image against several captions together (1 to `limits.texts`), and tell how much each caption counts. Under a
   * selection of ATTENTION fusion the image is the query over the captions, whose weights are learned; under any other the
   * captions' embeddings are averaged and every weight is 1/n. With one caption the score is that of `align`.
   * `baseRate`: as in `align`. One failed caption fails the field; the message names its place, counted from 0.
   */
  readonly alignCaptions: CaptionSetResult;
  /**
   * Score every image against every text. Inputs fail one by one: a failed image gives a row of nulls (NaN where packed)
   * and an entry in `imageErrors`; a failed text gives such a column and an entry in `textErrors`. The field answers even
   * when all inputs fail.
   * `baseRate`: as in `align`.
   * GraphQL errors: `SELECTION_NOT_FOUND`, `STORAGE_FAILED`, `LIMIT_EXCEEDED` (list lengths, matrix cells), `BAD_INPUT` (baseRate).
   */
  readonly alignMatrix: AlignmentMatrix;
  /**
   * Zero-shot classification: which of these labels (1 to `limits.labels`) describes the image best. Each label replaces
   * `{}` in every template (1 to `limits.templates`; null is `["a photo of a {}"]`), the embeddings of its prompts are
   * averaged and normalised, and the softmax of score / temperature runs over the labels. `temperature`: above 0; null is
   * 1 / `Encoder.logitScale`, or 1 under a selection of WEIGHTED fusion, whose score is a logit already. The probabilities
   * only compare labels with each other: one label is always the likeliest, even when none fits. `align` tells whether a
   * text fits at all. A label given twice counts once.
   * Labels and templates: `LIMIT_EXCEEDED` when labels x templates is more than `limits.encodedTexts`, `BAD_INPUT` for a
   * blank label (see `TextInput.text`), a template without `{}` or an empty list.
   */
  readonly classify: ClassificationResult;
  /**
   * CLIPScore of an image and a caption (Hessel et al. 2021, https://arxiv.org/abs/2104.08718), as
   * https://github.com/jmhessel/clipscore computes it: 2.5 · max(cosine, 0), of the whole embeddings, whatever selections there are. The
   * caption is encoded behind "A photo depicts ", which counts against `limits.textCharacters`; an embedding is taken as it is: make
   * it of a text with that prompt. Where all inputs are embeddings, their encoder may be any; pixels and texts are encoded by the
   * deployment's. Scores of two encoders cannot be compared.
   * Item errors: as `align`, without those of a selection.
   */
  readonly clipScore: ClipScoreResult;
  /**
   * The first `limits.unpaged` corpora that can be read, by name; one that cannot is left out here and told in `extensions.warnings`, and so
   * is that there are more: `corpusPage` gives all. Where keys have owners, as `selections`. GraphQL errors:
   * `STORAGE_FAILED` (storage is down, or there are corpora and none can be read), `LIMIT_EXCEEDED`.
   */
  readonly corpora: ReadonlyArray<Corpus>;
  /** A page of the corpora by name, as `selectionPage`. */
  readonly corpusPage: CorpusPage;
  /**
   * Embed images with the deployment's encoder: one result an image, in order.
   * GraphQL errors: `LIMIT_EXCEEDED` (more than `limits.images` images).
   * Item errors: `BAD_INPUT`, `BAD_IMAGE`, `IMAGE_TOO_LARGE`, `URL_REFUSED`, `URL_FAILED`, `BAD_VECTOR`, `ENCODER_MISMATCH`,
   * `LIMIT_EXCEEDED`, `ENCODER_*`.
   */
  readonly embedImages: ReadonlyArray<EmbeddingResult>;
  /**
   * Embed texts with the deployment's encoder: one result a text, in order.
   * GraphQL errors: `LIMIT_EXCEEDED` (more than `limits.texts` texts).
   * Item errors: `BAD_INPUT` (a blank text, see `TextInput.text`), `LIMIT_EXCEEDED` (a text too long, or too many to encode in one
   * request), `ENCODER_*`.
   */
  readonly embedTexts: ReadonlyArray<EmbeddingResult>;
  /** The encoder that this deployment runs on pixels and text. */
  readonly encoder: Encoder;
  /**
   * Why an image and a text score what they do: by kept coordinate, by region of the image, and by word of the text. What is not asked
   * for is not worked out, and not charged: `method` costs what it says only where regions are asked for.
   * `method`: how the regions are found. An image that is given as an embedding has none: `AUTO` gives none then.
   * Item errors: as `align`, and `BAD_INPUT` for a method that this deployment's encoder cannot do or that has no pixels, `LIMIT_EXCEEDED`
   * and `IMAGE_TOO_LARGE` where regions would have to be covered in too many or too large pictures (`NONE` explains the rest).
   */
  readonly explain: ExplanationResult;
  /** The limits of this deployment. */
  readonly limits: Limits;
  /**
   * Rank images for a text, best score first, ties by index. `first`: how many items at most, 0 or more; null is all of them.
   * An image that fails is ranked last with its error; a text that fails fails the field. An empty list gives an empty ranking.
   * `baseRate`: as in `align`; it never changes the order.
   */
  readonly rankImages: RankingResult;
  /**
   * Rank texts for an image, best score first, ties by index. `first`: how many items at most, 0 or more; null is all of them.
   * A text that fails is ranked last with its error; an image that fails fails the field. An empty list gives an empty ranking.
   * `baseRate`: as in `align`; it never changes the order.
   */
  readonly rankTexts: RankingResult;
  /**
   * RefCLIPScore, of the same source: the harmonic mean of `clipScore` and of the cosine of the caption and the reference most like
   * it (1 to `limits.texts` of them), which is clipped at 0 too. References are texts like the caption, with the same prompt before
   * them. One failed reference fails the field; the message names its place, counted from 0.
   * Item errors: as `clipScore`.
   */
  readonly refClipScore: ClipScoreResult;
  /**
   * The vectors of a corpus that fit a text or an image best. Of the engine `ISOLATE` the scan is exact: no index structure
   * approximates it. Other engines find candidates, as many as they can bring (docs/search.md, Engines); scores,
   * probabilities and decisions of those are the same as those of `ISOLATE`. Exactly one of `text` and `image`, either of which may be an embedding.
   *
   * **Order.** Best first, ties by place in the corpus. Where full vectors are available (plan FULL, or re-ranked) and the
   * selection's fusion is IDENTITY, `cosine` decides, since dropping coordinates can only lose recall; otherwise `score`
   * does. `rankedBy` says which.
   * Under plan COMPACT the results that were re-ranked come first.
   *
   * `first`: 0 to `limits.searchResults`. `after`: a `cursor` of this corpus; one from before the corpus was last changed is
   * `BAD_INPUT`. At most `limits.searchDepth` results can be paged through, of the engine VECTORIZE a hundred: `LIMIT_EXCEEDED` beyond.
   * `rerank`, for plan COMPACT only: how many of the best by the selection's coordinates are rescored by their full
   * vectors, 0 to `limits.rerank`; null is the corpus' own number. One query reads a bounded number of full vectors from
   * storage; candidates beyond that follow in their former order. Behind an engine all results are rescored.
   * `minProbability`, in [0, 1]: only results of at least this probability.
   * `baseRate`: as in `align`. Few of many vectors fit: if you expect 1 of 10,000, give 0.0001.
   * `filter`: conditions on metadata, at most `limits.filters`. All must hold. Under every engine the results are the best of what
   * meets them, not what meets them among the best; behind one the candidates are looked for among what meets them. `VECTORIZE` takes less
   * than 2,048 bytes of them: `LIMIT_EXCEEDED` beyond.
   * GraphQL errors: `CORPUS_NOT_FOUND`, `BAD_INPUT`, `LIMIT_EXCEEDED`, `ENCODER_MISMATCH` (the embedding's encoder, or the deployment's
   * for text and pixels, is not the corpus'), `STORAGE_FAILED` (no part of the corpus could be read), and those of the input.
   */
  readonly search: SearchConnection;
  /**
   * The selection published under a name; null when there is none. GraphQL errors: `STORAGE_FAILED` (storage is down, or
   * the selection is corrupt: a corrupt selection is never reported as absent), `LIMIT_EXCEEDED`.
   */
  readonly selection?: Maybe<Selection>;
  /**
   * A page of the published selections by name: the `first` (at most `limits.names`) whose names come after `after`, of those whose names
   * begin with `prefix` (`acme/`: those of the owner acme). To name them costs no read of a selection.
   * GraphQL errors: `BAD_INPUT`, `LIMIT_EXCEEDED`, `STORAGE_FAILED`.
   */
  readonly selectionPage: SelectionPage;
  /**
   * The first `limits.unpaged` published selections that can be read, by name; one that cannot is left out here and told in
   * `extensions.warnings` (`code` and `message` of each), and `selection(name)` gives its error. That there are more is told there too:
   * `selectionPage` gives all. Where keys have owners, only the shared ones and those of the caller's owner are there.
   * GraphQL errors: `STORAGE_FAILED` (storage is down, or there are selections and none can be read), `LIMIT_EXCEEDED`.
   */
  readonly selections: ReadonlyArray<Selection>;
};


export type QueryAlignArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  image: ImageInput;
  selection?: Scalars['String']['input'];
  text: TextInput;
};


export type QueryAlignCaptionsArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  captions: ReadonlyArray<TextInput>;
  image: ImageInput;
  selection?: Scalars['String']['input'];
};


export type QueryAlignMatrixArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  images: ReadonlyArray<ImageInput>;
  selection?: Scalars['String']['input'];
  texts: ReadonlyArray<TextInput>;
};


export type QueryClassifyArgs = {
  image: ImageInput;
  labels: ReadonlyArray<Scalars['String']['input']>;
  selection?: Scalars['String']['input'];
  temperature?: InputMaybe<Scalars['Float']['input']>;
  templates?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};


export type QueryClipScoreArgs = {
  image: ImageInput;
  text: TextInput;
};


export type QueryCorpusPageArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  prefix?: Scalars['String']['input'];
};


export type QueryEmbedImagesArgs = {
  images: ReadonlyArray<ImageInput>;
};


export type QueryEmbedTextsArgs = {
  texts: ReadonlyArray<Scalars['String']['input']>;
};


export type QueryExplainArgs = {
  image: ImageInput;
  method?: ExplainMethod;
  selection?: Scalars['String']['input'];
  text: TextInput;
};


export type QueryRankImagesArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  images: ReadonlyArray<ImageInput>;
  selection?: Scalars['String']['input'];
  text: TextInput;
};


export type QueryRankTextsArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  image: ImageInput;
  selection?: Scalars['String']['input'];
  texts: ReadonlyArray<TextInput>;
};


export type QueryRefClipScoreArgs = {
  image: ImageInput;
  references: ReadonlyArray<TextInput>;
  text: TextInput;
};


export type QuerySearchArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  baseRate?: InputMaybe<Scalars['Float']['input']>;
  corpus: Scalars['String']['input'];
  filter?: InputMaybe<ReadonlyArray<CorpusFilter>>;
  first?: Scalars['Int']['input'];
  image?: InputMaybe<ImageInput>;
  minProbability?: InputMaybe<Scalars['Float']['input']>;
  rerank?: InputMaybe<Scalars['Int']['input']>;
  text?: InputMaybe<TextInput>;
};


export type QuerySelectionArgs = {
  name?: Scalars['String']['input'];
};


export type QuerySelectionPageArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  prefix?: Scalars['String']['input'];
};

export type RankedBy =
  /** Cosine of all coordinates. */
  | 'COSINE'
  /** The selection's score. */
  | 'SCORE';

/** Either `error` is null, or all the other fields but `index` are; `index` is always there. */
export type RankedItem = {
  readonly __typename?: 'RankedItem';
  /** As `Alignment.cosine`. */
  readonly cosine?: Maybe<Scalars['Float']['output']>;
  /** As `Alignment.decision`. */
  readonly decision?: Maybe<Decision>;
  /** As `Alignment.domain`. */
  readonly domain?: Maybe<Domain>;
  /** Why the item has no score. */
  readonly error?: Maybe<ItemError>;
  /** Place in the list given, from 0. */
  readonly index: Scalars['Int']['output'];
  /** As `Alignment.probability`. */
  readonly probability?: Maybe<Scalars['Float']['output']>;
  /** As `Alignment.probabilityInterval`. */
  readonly probabilityInterval?: Maybe<ReadonlyArray<Scalars['Float']['output']>>;
  /** As `Alignment.score`. */
  readonly score?: Maybe<Scalars['Float']['output']>;
};

export type Ranking = {
  readonly __typename?: 'Ranking';
  /**
   * Probability that something given fits, 0 to 1, where it does for half of the queries: from the best scores, their leads over the next,
   * how many were compared and how much the query's scores spread. `baseRate` does not move it. Null: not known, for a selection made by
   * an earlier version, or of too few pairs.
   */
  readonly anyMatch?: Maybe<Scalars['Float']['output']>;
  /** Best score first, ties by index; failed items last, by index. */
  readonly items: ReadonlyArray<RankedItem>;
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /**
   * How many items, from the first on, fit: where relevance ends; 0 where `anyMatch` is below 0.5. Of the best 50 at most. Null as
   * `anyMatch`.
   */
  readonly relevantCount?: Maybe<Scalars['Int']['output']>;
  /** Id of the selection that scored. */
  readonly selection: Scalars['ID']['output'];
};

export type RankingResult = ItemError | Ranking;

export type RowEncoding =
  /** Four bits: steps from -7 to 7, the size of a step kept once a coordinate for all vectors. */
  | 'INT4'
  /** Whole numbers from -127 to 127, and a scale a vector. */
  | 'INT8'
  /** One bit: the sign. */
  | 'SIGN';

/** A page of results, as Relay's connections. */
export type SearchConnection = {
  readonly __typename?: 'SearchConnection';
  /**
   * Probability that something in the corpus fits, 0 to 1, where it does for half of the queries: from the best scores, their leads over the next,
   * how many were compared and how much the query's scores spread. `baseRate` does not move it. Null: not known, for a selection made by
   * an earlier version, or of too few pairs,
   * with `minProbability`, where a part of the corpus is missing (`complete`), between two images or two texts, or with `filter` behind an
   * engine that brought as many candidates as were asked for: how many more meet the filter is then not known. A later page asks for more
   * of them, and may know.
   */
  readonly anyMatch?: Maybe<Scalars['Float']['output']>;
  /**
   * What decides the order (`rankedBy`) for a vector of the corpus on the average, whatever `filter` leaves out: results that
   * are no closer than this are no closer than any. It comes from the mean of the vectors that the int8 coding was fitted to. Null
   * under ATTENTION fusion, where it is not known without scoring every vector.
   */
  readonly average?: Maybe<Scalars['Float']['output']>;
  /**
   * Whether `probability` is calibrated: it is when query and corpus are of different modalities. Between two images, or
   * two texts, it only grows with the score.
   */
  readonly calibrated: Scalars['Boolean']['output'];
  /**
   * Whether the whole corpus was scanned. False when a part could not be loaded, or its engine does not show all that was
   * written yet: the results are the best of the rest, and the same request may succeed later.
   */
  readonly complete: Scalars['Boolean']['output'];
  /** The corpus as it was searched. */
  readonly corpus: Corpus;
  /**
   * Whether the query is like those that the selection was calibrated on; where it has a reason, every decision is UNCERTAIN. What the
   * corpus holds is not looked at: null.
   */
  readonly domain: Domain;
  /** The results of this page, in order. */
  readonly edges: ReadonlyArray<SearchEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** Which numbers the answer was made with. */
  readonly provenance: Provenance;
  /** What decides the order of results whose full vectors are available. */
  readonly rankedBy: RankedBy;
  /**
   * How many results, from the first on, fit: where relevance ends; 0 where `anyMatch` is below 0.5. Of the best 50 at most. Null as
   * `anyMatch`.
   */
  readonly relevantCount?: Maybe<Scalars['Int']['output']>;
  /** Candidates that were rescored by full vectors. */
  readonly reranked: Scalars['Int']['output'];
  /**
   * Vectors that were compared: all that meet `filter`, whatever `minProbability` leaves out; where `complete` is false, those that could
   * be. An engine outside the isolate does not count what meets a filter, nor what it does not show yet: then so many of them as it
   * brought, and there may be more.
   */
  readonly scanned: Scalars['Int']['output'];
};

export type SearchEdge = {
  readonly __typename?: 'SearchEdge';
  /** As `Alignment.cosine`, to the precision of int8; null where full vectors were not read. */
  readonly cosine?: Maybe<Scalars['Float']['output']>;
  /** The value for `after`, to continue after this result. */
  readonly cursor: Scalars['String']['output'];
  /** `probability` against the selection's thresholds at the base rate; UNCERTAIN where `SearchConnection.domain` has a reason. */
  readonly decision: Decision;
  /** Id of the vector, as it was indexed. */
  readonly id: Scalars['ID']['output'];
  /** A JSON object as it was indexed; null when there is none. */
  readonly metadata?: Maybe<Scalars['String']['output']>;
  /** As `Alignment.probability`; see `SearchConnection.calibrated`. */
  readonly probability: Scalars['Float']['output'];
  /** As `Alignment.score`, to the precision of int8. */
  readonly score: Scalars['Float']['output'];
  /**
   * Where a small picture of it is served, as a path from this API's root: a WebP of at most 128 x 128 pixels and 6 KiB, which never
   * changes. Null for what has none: a text, or a vector that was indexed without thumbnails.
   */
  readonly thumbnail?: Maybe<Scalars['String']['output']>;
};

export type SearchEngine =
  /** The isolate itself, by an exact scan of all vectors. */
  | 'ISOLATE'
  /** PostgreSQL with pgvector. */
  | 'POSTGRES'
  /** Cloudflare Vectorize. */
  | 'VECTORIZE';

export type SearchPlan =
  /**
   * The selection's coordinates, in the corpus' encoding, are in memory and scanned; the best are rescored by full int8 vectors
   * from storage.
   */
  | 'COMPACT'
  /** All coordinates as int8 are in memory and scanned. */
  | 'FULL';

/**
 * The rules of scoring: which coordinates of the embeddings count, how they are fused and what a score means. It is an
 * immutable record, made offline and published under a name.
 */
export type Selection = {
  readonly __typename?: 'Selection';
  /** Share of true pairs that `probability` is calibrated for, in (0, 1): 0.5 unless the record was fitted for another rate. */
  readonly baseRate: Scalars['Float']['output'];
  /** Bytes that they take so, scale included. */
  readonly bytesPerVector: Scalars['Int']['output'];
  /** Whether each modality is centred by its training mean before anything else. */
  readonly centred: Scalars['Boolean']['output'];
  /** When the record was first published, ISO 8601 in UTC. */
  readonly createdAt: Scalars['String']['output'];
  /** Numbers in an embedding of the encoder. */
  readonly dim: Scalars['Int']['output'];
  /** Id of the encoder it was fitted for. */
  readonly encoder: Scalars['ID']['output'];
  /** Fingerprint of that encoder. Pixels and text are refused (`ENCODER_MISMATCH`) when the deployment's differs. */
  readonly encoderFingerprint: Scalars['String']['output'];
  /** How a corpus stores the kept numbers unless it is made with another encoding; what `precompute --bytes` chose. */
  readonly encoding: RowEncoding;
  /** How the kept numbers become a score. */
  readonly fusion: Fusion;
  /** SHA-256 of the record's bytes, lower-case hex. */
  readonly id: Scalars['ID']['output'];
  /** The kept coordinates, ascending, counted from 0; null when all are kept or when a linear map mixes them. */
  readonly indices?: Maybe<ReadonlyArray<Scalars['Int']['output']>>;
  /** How many of these numbers are kept, 1 to `dim`. */
  readonly k: Scalars['Int']['output'];
  /**
   * A `probability` at or above this is a MATCH at `baseRate`; 1 where no threshold is shown to reach the precision aimed at, and nothing
   * is. In [0, 1]. Another base rate has thresholds of its own: `thresholds`.
   */
  readonly matchThreshold: Scalars['Float']['output'];
  /** Figures on held-out pairs, measured when the selection was made, as `precompute` reports them: an object. */
  readonly metrics: Scalars['JSON']['output'];
  /** A `probability` at or below this is a MISMATCH at `baseRate`; 0 where nothing is. In [0, 1], not above `matchThreshold`. */
  readonly mismatchThreshold: Scalars['Float']['output'];
  /** The name it is published under. */
  readonly name: Scalars['String']['output'];
  /** The strategy's parameters: an object. */
  readonly params: Scalars['JSON']['output'];
  /** When the name was last switched to it, ISO 8601 in UTC. */
  readonly publishedAt: Scalars['String']['output'];
  /**
   * How much each coordinate told about alignment in training: `dim` numbers in the strategy's unit (nats for mutual
   * information), higher is better. Null when the record has none.
   */
  readonly relevance?: Maybe<ReadonlyArray<Scalars['Float']['output']>>;
  /** The seed of everything random in making the selection. */
  readonly seed: Scalars['Float']['output'];
  /** The strategy that chose the coordinates, such as `mutual-information`, or `full` when all are kept. */
  readonly strategy: Scalars['String']['output'];
  /**
   * What is decided from which probability at a base rate, in (0, 1); null is the record's own.
   * GraphQL errors: `BAD_INPUT` (baseRate outside (0, 1)).
   */
  readonly thresholds: DecisionThresholds;
};


/**
 * The rules of scoring: which coordinates of the embeddings count, how they are fused and what a score means. It is an
 * immutable record, made offline and published under a name.
 */
export type SelectionThresholdsArgs = {
  baseRate?: InputMaybe<Scalars['Float']['input']>;
};

/** Published selections by name. */
export type SelectionPage = {
  readonly __typename?: 'SelectionPage';
  /** How many names begin with the prefix, on all pages; null where there are too many to be listed, which `extensions.warnings` tells. */
  readonly count?: Maybe<Scalars['Int']['output']>;
  /** Ascending; also of those that cannot be read. */
  readonly names: ReadonlyArray<Scalars['String']['output']>;
  /**
   * The selections of these names as far as they can be read; the others are told in `extensions.warnings` (by REST in `warnings`), and
   * may be all. At most `limits.listed` in one request.
   */
  readonly nodes: ReadonlyArray<Selection>;
  /** Cursors are names. */
  readonly pageInfo: PageInfo;
};

/** One text: exactly one of these. */
export type TextInput =
  /** A vector made earlier, by this API or by the same encoder elsewhere. */
  { readonly embedding: EmbeddingInput; readonly text?: never; }
  |  /**
   * At most `limits.textCharacters` UTF-16 code units. The encoder reads its first tokens (77 in CLIP) and ignores the rest.
   * A blank text is `BAD_INPUT` wherever texts are taken: one that is empty, or has nothing but white space of any script, controls,
   * and characters that are not drawn (zero-width spaces and joiners, soft hyphens, marks of direction).
   */
  { readonly embedding?: never; readonly text: Scalars['String']['input']; };

/** What one word of a text adds to a score. */
export type TokenShare = {
  readonly __typename?: 'TokenShare';
  /** In the units of the score; below 0 it takes away. */
  readonly share: Scalars['Float']['output'];
  /** As it stands in the text. */
  readonly text: Scalars['String']['output'];
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  AlignmentResult:
    | ( Alignment )
    | ( ItemError )
  ;
  CaptionSetResult:
    | ( CaptionSetAlignment )
    | ( ItemError )
  ;
  ClassificationResult:
    | ( Classification )
    | ( ItemError )
  ;
  ClipScoreResult:
    | ( ClipScore )
    | ( ItemError )
  ;
  EmbeddingResult:
    | ( Embedding )
    | ( ItemError )
  ;
  ExplanationResult:
    | ( Explanation )
    | ( ItemError )
  ;
  RankingResult:
    | ( ItemError )
    | ( Ranking )
  ;
};


/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Alignment: ResolverTypeWrapper<Alignment>;
  AlignmentMatrix: ResolverTypeWrapper<MatrixScores>;
  AlignmentResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['AlignmentResult']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Calibrator: Calibrator;
  CaptionSetAlignment: ResolverTypeWrapper<CaptionSetAlignment>;
  CaptionSetResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CaptionSetResult']>;
  Classification: ResolverTypeWrapper<Classification>;
  ClassificationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ClassificationResult']>;
  ClipScore: ResolverTypeWrapper<ClipScore>;
  ClipScoreResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ClipScoreResult']>;
  Contribution: ResolverTypeWrapper<Contribution>;
  CoordinateExample: ResolverTypeWrapper<CoordinateExample>;
  Corpus: ResolverTypeWrapper<NamedCorpus>;
  CorpusFilter: CorpusFilter;
  CorpusPage: ResolverTypeWrapper<NamePage>;
  Decision: Decision;
  DecisionThresholds: ResolverTypeWrapper<DecisionThresholds>;
  Domain: ResolverTypeWrapper<Domain>;
  Embedding: ResolverTypeWrapper<Embedding>;
  EmbeddingInput: EmbeddingInput;
  EmbeddingResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['EmbeddingResult']>;
  Encoder: ResolverTypeWrapper<Encoder>;
  ErrorCode: ErrorCode;
  ExplainMethod: ExplainMethod;
  Explanation: ResolverTypeWrapper<Explanation>;
  ExplanationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ExplanationResult']>;
  File: ResolverTypeWrapper<Scalars['File']['output']>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Fusion: Fusion;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImageInput: ImageInput;
  IndexedError: ResolverTypeWrapper<IndexedError>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ItemError: ResolverTypeWrapper<ItemError>;
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  LabelScore: ResolverTypeWrapper<LabelScore>;
  Limits: ResolverTypeWrapper<Limits>;
  Modality: Modality;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Provenance: ResolverTypeWrapper<Provenance>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RankedBy: RankedBy;
  RankedItem: ResolverTypeWrapper<RankedItem>;
  Ranking: ResolverTypeWrapper<Ranking>;
  RankingResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RankingResult']>;
  RowEncoding: RowEncoding;
  SearchConnection: ResolverTypeWrapper<Omit<SearchConnection, 'corpus'> & { corpus: ResolversTypes['Corpus'] }>;
  SearchEdge: ResolverTypeWrapper<SearchEdge>;
  SearchEngine: SearchEngine;
  SearchPlan: SearchPlan;
  Selection: ResolverTypeWrapper<SelectionFacts>;
  SelectionPage: ResolverTypeWrapper<NamePage>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  TextInput: TextInput;
  TokenShare: ResolverTypeWrapper<TokenShare>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  Vector: ResolverTypeWrapper<Scalars['Vector']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Alignment: Alignment;
  AlignmentMatrix: MatrixScores;
  AlignmentResult: ResolversUnionTypes<ResolversParentTypes>['AlignmentResult'];
  Boolean: Scalars['Boolean']['output'];
  CaptionSetAlignment: CaptionSetAlignment;
  CaptionSetResult: ResolversUnionTypes<ResolversParentTypes>['CaptionSetResult'];
  Classification: Classification;
  ClassificationResult: ResolversUnionTypes<ResolversParentTypes>['ClassificationResult'];
  ClipScore: ClipScore;
  ClipScoreResult: ResolversUnionTypes<ResolversParentTypes>['ClipScoreResult'];
  Contribution: Contribution;
  CoordinateExample: CoordinateExample;
  Corpus: NamedCorpus;
  CorpusFilter: CorpusFilter;
  CorpusPage: NamePage;
  DecisionThresholds: DecisionThresholds;
  Domain: Domain;
  Embedding: Embedding;
  EmbeddingInput: EmbeddingInput;
  EmbeddingResult: ResolversUnionTypes<ResolversParentTypes>['EmbeddingResult'];
  Encoder: Encoder;
  Explanation: Explanation;
  ExplanationResult: ResolversUnionTypes<ResolversParentTypes>['ExplanationResult'];
  File: Scalars['File']['output'];
  Float: Scalars['Float']['output'];
  ID: Scalars['ID']['output'];
  ImageInput: ImageInput;
  IndexedError: IndexedError;
  Int: Scalars['Int']['output'];
  ItemError: ItemError;
  JSON: Scalars['JSON']['output'];
  LabelScore: LabelScore;
  Limits: Limits;
  PageInfo: PageInfo;
  Provenance: Provenance;
  Query: Record<PropertyKey, never>;
  RankedItem: RankedItem;
  Ranking: Ranking;
  RankingResult: ResolversUnionTypes<ResolversParentTypes>['RankingResult'];
  SearchConnection: Omit<SearchConnection, 'corpus'> & { corpus: ResolversParentTypes['Corpus'] };
  SearchEdge: SearchEdge;
  Selection: SelectionFacts;
  SelectionPage: NamePage;
  String: Scalars['String']['output'];
  TextInput: TextInput;
  TokenShare: TokenShare;
  URL: Scalars['URL']['output'];
  Vector: Scalars['Vector']['output'];
};

export type CostDirectiveArgs = {
  ifAsked?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  perKilobyte?: Scalars['String']['input'];
  times?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  upTo?: Maybe<Scalars['Int']['input']>;
  weight?: Scalars['String']['input'];
};

export type CostDirectiveResolver<Result, Parent, ContextType = GraphqlContext, Args = CostDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ListSizeDirectiveArgs = {
  assumedSize?: Maybe<Scalars['Int']['input']>;
  sizedFields?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
  slicingArguments?: Maybe<ReadonlyArray<Scalars['String']['input']>>;
};

export type ListSizeDirectiveResolver<Result, Parent, ContextType = GraphqlContext, Args = ListSizeDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AlignmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Alignment'] = ResolversParentTypes['Alignment']> = {
  cosine?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  decision?: Resolver<ResolversTypes['Decision'], ParentType, ContextType>;
  domain?: Resolver<ResolversTypes['Domain'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  probability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  probabilityInterval?: Resolver<ReadonlyArray<ResolversTypes['Float']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AlignmentMatrixResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AlignmentMatrix'] = ResolversParentTypes['AlignmentMatrix']> = {
  cosines?: Resolver<ReadonlyArray<ReadonlyArray<Maybe<ResolversTypes['Float']>>>, ParentType, ContextType>;
  cosinesPacked?: Resolver<ResolversTypes['Vector'], ParentType, ContextType>;
  imageDomain?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  imageErrors?: Resolver<ReadonlyArray<ResolversTypes['IndexedError']>, ParentType, ContextType>;
  probabilities?: Resolver<ReadonlyArray<ReadonlyArray<Maybe<ResolversTypes['Float']>>>, ParentType, ContextType>;
  probabilitiesPacked?: Resolver<ResolversTypes['Vector'], ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  scores?: Resolver<ReadonlyArray<ReadonlyArray<Maybe<ResolversTypes['Float']>>>, ParentType, ContextType>;
  scoresPacked?: Resolver<ResolversTypes['Vector'], ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  textDomain?: Resolver<ReadonlyArray<Maybe<ResolversTypes['Float']>>, ParentType, ContextType>;
  textErrors?: Resolver<ReadonlyArray<ResolversTypes['IndexedError']>, ParentType, ContextType>;
};

export type AlignmentResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['AlignmentResult'] = ResolversParentTypes['AlignmentResult']> = {
  __resolveType: TypeResolveFn<'Alignment' | 'ItemError', ParentType, ContextType>;
};

export type CaptionSetAlignmentResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CaptionSetAlignment'] = ResolversParentTypes['CaptionSetAlignment']> = {
  decision?: Resolver<ResolversTypes['Decision'], ParentType, ContextType>;
  domain?: Resolver<ResolversTypes['Domain'], ParentType, ContextType>;
  fusion?: Resolver<ResolversTypes['Fusion'], ParentType, ContextType>;
  probability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  weights?: Resolver<ReadonlyArray<ResolversTypes['Float']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CaptionSetResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CaptionSetResult'] = ResolversParentTypes['CaptionSetResult']> = {
  __resolveType: TypeResolveFn<'CaptionSetAlignment' | 'ItemError', ParentType, ContextType>;
};

export type ClassificationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Classification'] = ResolversParentTypes['Classification']> = {
  labels?: Resolver<ReadonlyArray<ResolversTypes['LabelScore']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ClassificationResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ClassificationResult'] = ResolversParentTypes['ClassificationResult']> = {
  __resolveType: TypeResolveFn<'Classification' | 'ItemError', ParentType, ContextType>;
};

export type ClipScoreResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ClipScore'] = ResolversParentTypes['ClipScore']> = {
  cosine?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  referenceCosine?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  truncated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  truncationKnown?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ClipScoreResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ClipScoreResult'] = ResolversParentTypes['ClipScoreResult']> = {
  __resolveType: TypeResolveFn<'ClipScore' | 'ItemError', ParentType, ContextType>;
};

export type ContributionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Contribution'] = ResolversParentTypes['Contribution']> = {
  coordinate?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  examples?: Resolver<ReadonlyArray<ResolversTypes['CoordinateExample']>, ParentType, ContextType>;
  value?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  words?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CoordinateExampleResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CoordinateExample'] = ResolversParentTypes['CoordinateExample']> = {
  caption?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  picture?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type CorpusResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Corpus'] = ResolversParentTypes['Corpus']> = {
  bytesPerVector?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  dim?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  encoderFingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  encoding?: Resolver<ResolversTypes['RowEncoding'], ParentType, ContextType>;
  engine?: Resolver<ResolversTypes['SearchEngine'], ParentType, ContextType>;
  fields?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  modality?: Resolver<ResolversTypes['Modality'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  plan?: Resolver<ResolversTypes['SearchPlan'], ParentType, ContextType>;
  rerank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searchError?: Resolver<Maybe<ResolversTypes['ItemError']>, ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  thumbnails?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CorpusPageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['CorpusPage'] = ResolversParentTypes['CorpusPage']> = {
  count?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  names?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Corpus']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type DecisionThresholdsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['DecisionThresholds'] = ResolversParentTypes['DecisionThresholds']> = {
  baseRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  match?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  mismatch?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  precision?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type DomainResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Domain'] = ResolversParentTypes['Domain']> = {
  image?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  text?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type EmbeddingResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Embedding'] = ResolversParentTypes['Embedding']> = {
  dim?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  fingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  vector?: Resolver<ResolversTypes['Vector'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EmbeddingResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['EmbeddingResult'] = ResolversParentTypes['EmbeddingResult']> = {
  __resolveType: TypeResolveFn<'Embedding' | 'ItemError', ParentType, ContextType>;
};

export type EncoderResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Encoder'] = ResolversParentTypes['Encoder']> = {
  dim?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  fingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  logitBias?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  logitScale?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ExplanationResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Explanation'] = ResolversParentTypes['Explanation']> = {
  bias?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  columns?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  contributions?: Resolver<ReadonlyArray<ResolversTypes['Contribution']>, ParentType, ContextType, RequireFields<ExplanationContributionsArgs, 'first'>>;
  heat?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Float']>>, ParentType, ContextType>;
  method?: Resolver<ResolversTypes['ExplainMethod'], ParentType, ContextType>;
  overlay?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  rows?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  seen?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Float']>>, ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  tokens?: Resolver<ReadonlyArray<ResolversTypes['TokenShare']>, ParentType, ContextType>;
  truncated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  truncationKnown?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ExplanationResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ExplanationResult'] = ResolversParentTypes['ExplanationResult']> = {
  __resolveType: TypeResolveFn<'Explanation' | 'ItemError', ParentType, ContextType>;
};

export interface FileScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['File'], any> {
  name: 'File';
}

export type IndexedErrorResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['IndexedError'] = ResolversParentTypes['IndexedError']> = {
  error?: Resolver<ResolversTypes['ItemError'], ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ItemErrorResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['ItemError'] = ResolversParentTypes['ItemError']> = {
  code?: Resolver<ResolversTypes['ErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryAfterSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  retryable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export type LabelScoreResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['LabelScore'] = ResolversParentTypes['LabelScore']> = {
  cosine?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  label?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  probability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type LimitsResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Limits'] = ResolversParentTypes['Limits']> = {
  answerCharacters?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  answerNumbers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bodyBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bodyValues?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cost?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  encodedImages?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  encodedTexts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  filterValues?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  filters?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imageBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  imagePixels?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  images?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  labels?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  listed?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  names?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pairs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  pixelPasses?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  prefixes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryAliases?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryDepth?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryDirectives?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryFields?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryNameCharacters?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryRootFields?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  queryTokens?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  redirects?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rerank?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searchDepth?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searchResults?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  searches?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  selections?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  templates?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  textCharacters?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  texts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  totalImageBytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unpaged?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  urlTimeoutMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  urls?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProvenanceResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Provenance'] = ResolversParentTypes['Provenance']> = {
  baseRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  calibrator?: Resolver<ResolversTypes['Calibrator'], ParentType, ContextType>;
  canary?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  encoderFingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  matchThreshold?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  mismatchThreshold?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type QueryResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  align?: Resolver<ResolversTypes['AlignmentResult'], ParentType, ContextType, RequireFields<QueryAlignArgs, 'image' | 'selection' | 'text'>>;
  alignCaptions?: Resolver<ResolversTypes['CaptionSetResult'], ParentType, ContextType, RequireFields<QueryAlignCaptionsArgs, 'captions' | 'image' | 'selection'>>;
  alignMatrix?: Resolver<ResolversTypes['AlignmentMatrix'], ParentType, ContextType, RequireFields<QueryAlignMatrixArgs, 'images' | 'selection' | 'texts'>>;
  classify?: Resolver<ResolversTypes['ClassificationResult'], ParentType, ContextType, RequireFields<QueryClassifyArgs, 'image' | 'labels' | 'selection'>>;
  clipScore?: Resolver<ResolversTypes['ClipScoreResult'], ParentType, ContextType, RequireFields<QueryClipScoreArgs, 'image' | 'text'>>;
  corpora?: Resolver<ReadonlyArray<ResolversTypes['Corpus']>, ParentType, ContextType>;
  corpusPage?: Resolver<ResolversTypes['CorpusPage'], ParentType, ContextType, RequireFields<QueryCorpusPageArgs, 'first' | 'prefix'>>;
  embedImages?: Resolver<ReadonlyArray<ResolversTypes['EmbeddingResult']>, ParentType, ContextType, RequireFields<QueryEmbedImagesArgs, 'images'>>;
  embedTexts?: Resolver<ReadonlyArray<ResolversTypes['EmbeddingResult']>, ParentType, ContextType, RequireFields<QueryEmbedTextsArgs, 'texts'>>;
  encoder?: Resolver<ResolversTypes['Encoder'], ParentType, ContextType>;
  explain?: Resolver<ResolversTypes['ExplanationResult'], ParentType, ContextType, RequireFields<QueryExplainArgs, 'image' | 'method' | 'selection' | 'text'>>;
  limits?: Resolver<ResolversTypes['Limits'], ParentType, ContextType>;
  rankImages?: Resolver<ResolversTypes['RankingResult'], ParentType, ContextType, RequireFields<QueryRankImagesArgs, 'images' | 'selection' | 'text'>>;
  rankTexts?: Resolver<ResolversTypes['RankingResult'], ParentType, ContextType, RequireFields<QueryRankTextsArgs, 'image' | 'selection' | 'texts'>>;
  refClipScore?: Resolver<ResolversTypes['ClipScoreResult'], ParentType, ContextType, RequireFields<QueryRefClipScoreArgs, 'image' | 'references' | 'text'>>;
  search?: Resolver<ResolversTypes['SearchConnection'], ParentType, ContextType, RequireFields<QuerySearchArgs, 'corpus' | 'first'>>;
  selection?: Resolver<Maybe<ResolversTypes['Selection']>, ParentType, ContextType, RequireFields<QuerySelectionArgs, 'name'>>;
  selectionPage?: Resolver<ResolversTypes['SelectionPage'], ParentType, ContextType, RequireFields<QuerySelectionPageArgs, 'first' | 'prefix'>>;
  selections?: Resolver<ReadonlyArray<ResolversTypes['Selection']>, ParentType, ContextType>;
};

export type RankedItemResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RankedItem'] = ResolversParentTypes['RankedItem']> = {
  cosine?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  decision?: Resolver<Maybe<ResolversTypes['Decision']>, ParentType, ContextType>;
  domain?: Resolver<Maybe<ResolversTypes['Domain']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['ItemError']>, ParentType, ContextType>;
  index?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  probability?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  probabilityInterval?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Float']>>, ParentType, ContextType>;
  score?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
};

export type RankingResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Ranking'] = ResolversParentTypes['Ranking']> = {
  anyMatch?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  items?: Resolver<ReadonlyArray<ResolversTypes['RankedItem']>, ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  relevantCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  selection?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RankingResultResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['RankingResult'] = ResolversParentTypes['RankingResult']> = {
  __resolveType: TypeResolveFn<'ItemError' | 'Ranking', ParentType, ContextType>;
};

export type SearchConnectionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchConnection'] = ResolversParentTypes['SearchConnection']> = {
  anyMatch?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  average?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  calibrated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  complete?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  corpus?: Resolver<ResolversTypes['Corpus'], ParentType, ContextType>;
  domain?: Resolver<ResolversTypes['Domain'], ParentType, ContextType>;
  edges?: Resolver<ReadonlyArray<ResolversTypes['SearchEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  provenance?: Resolver<ResolversTypes['Provenance'], ParentType, ContextType>;
  rankedBy?: Resolver<ResolversTypes['RankedBy'], ParentType, ContextType>;
  relevantCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  reranked?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  scanned?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type SearchEdgeResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SearchEdge'] = ResolversParentTypes['SearchEdge']> = {
  cosine?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  decision?: Resolver<ResolversTypes['Decision'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  metadata?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  probability?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  thumbnail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SelectionResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['Selection'] = ResolversParentTypes['Selection']> = {
  baseRate?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  bytesPerVector?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  centred?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  dim?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  encoder?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  encoderFingerprint?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  encoding?: Resolver<ResolversTypes['RowEncoding'], ParentType, ContextType>;
  fusion?: Resolver<ResolversTypes['Fusion'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  indices?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Int']>>, ParentType, ContextType>;
  k?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  matchThreshold?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  metrics?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  mismatchThreshold?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  params?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  publishedAt?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  relevance?: Resolver<Maybe<ReadonlyArray<ResolversTypes['Float']>>, ParentType, ContextType>;
  seed?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  strategy?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  thresholds?: Resolver<ResolversTypes['DecisionThresholds'], ParentType, ContextType, Partial<SelectionThresholdsArgs>>;
};

export type SelectionPageResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['SelectionPage'] = ResolversParentTypes['SelectionPage']> = {
  count?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  names?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Selection']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type TokenShareResolvers<ContextType = GraphqlContext, ParentType extends ResolversParentTypes['TokenShare'] = ResolversParentTypes['TokenShare']> = {
  share?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  text?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export interface VectorScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Vector'], any> {
  name: 'Vector';
}

export type Resolvers<ContextType = GraphqlContext> = {
  Alignment?: AlignmentResolvers<ContextType>;
  AlignmentMatrix?: AlignmentMatrixResolvers<ContextType>;
  AlignmentResult?: AlignmentResultResolvers<ContextType>;
  CaptionSetAlignment?: CaptionSetAlignmentResolvers<ContextType>;
  CaptionSetResult?: CaptionSetResultResolvers<ContextType>;
  Classification?: ClassificationResolvers<ContextType>;
  ClassificationResult?: ClassificationResultResolvers<ContextType>;
  ClipScore?: ClipScoreResolvers<ContextType>;
  ClipScoreResult?: ClipScoreResultResolvers<ContextType>;
  Contribution?: ContributionResolvers<ContextType>;
  CoordinateExample?: CoordinateExampleResolvers<ContextType>;
  Corpus?: CorpusResolvers<ContextType>;
  CorpusPage?: CorpusPageResolvers<ContextType>;
  DecisionThresholds?: DecisionThresholdsResolvers<ContextType>;
  Domain?: DomainResolvers<ContextType>;
  Embedding?: EmbeddingResolvers<ContextType>;
  EmbeddingResult?: EmbeddingResultResolvers<ContextType>;
  Encoder?: EncoderResolvers<ContextType>;
  Explanation?: ExplanationResolvers<ContextType>;
  ExplanationResult?: ExplanationResultResolvers<ContextType>;
  File?: GraphQLScalarType;
  IndexedError?: IndexedErrorResolvers<ContextType>;
  ItemError?: ItemErrorResolvers<ContextType>;
  JSON?: GraphQLScalarType;
  LabelScore?: LabelScoreResolvers<ContextType>;
  Limits?: LimitsResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Provenance?: ProvenanceResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RankedItem?: RankedItemResolvers<ContextType>;
  Ranking?: RankingResolvers<ContextType>;
  RankingResult?: RankingResultResolvers<ContextType>;
  SearchConnection?: SearchConnectionResolvers<ContextType>;
  SearchEdge?: SearchEdgeResolvers<ContextType>;
  Selection?: SelectionResolvers<ContextType>;
  SelectionPage?: SelectionPageResolvers<ContextType>;
  TokenShare?: TokenShareResolvers<ContextType>;
  URL?: GraphQLScalarType;
  Vector?: GraphQLScalarType;
};

export type DirectiveResolvers<ContextType = GraphqlContext> = {
  cost?: CostDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
};
