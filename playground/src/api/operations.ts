import type {
  Domain,
  AlignmentMatrix,
  DecisionThresholds,
  Embedding,
  Encoder,
  ItemError,
  Limits,
  RankedItem,
  Ranking,
  Selection,
} from '../../../src/graphql/generated/api.ts';
import type { ApiRequest, RequestFile } from './request.ts';

/** A picture that was embedded: what the views send in place of its pixels. */
export type PictureVector = Pick<Embedding, 'vector' | 'encoder'>;

/** The settings that every score depends on. `baseRate` null: the record's own. */
export interface Scoring {
  readonly selection: string;
  readonly baseRate: number | null;
}

const DEPLOYMENT = `query Deployment {
  encoder { id dim fingerprint }
  limits {
    bodyBytes imageBytes totalImageBytes imagePixels
    encodedImages images texts encodedTexts pairs textCharacters searchDepth
  }
}`;

export type DeploymentLimits = Pick<
  Limits,
  | 'bodyBytes'
  | 'imageBytes'
  | 'totalImageBytes'
  | 'imagePixels'
  | 'encodedImages'
  | 'images'
  | 'texts'
  | 'encodedTexts'
  | 'pairs'
  | 'textCharacters'
  | 'searchDepth'
>;

export interface DeploymentData {
  readonly encoder: Pick<Encoder, 'id' | 'dim' | 'fingerprint'>;
  readonly limits: DeploymentLimits;
}

export const deploymentRequest: ApiRequest = { query: DEPLOYMENT, variables: {} };

const SELECTION_FIELDS = `name id strategy k dim encoding bytesPerVector indices relevance fusion centred metrics params seed
    baseRate matchThreshold mismatchThreshold
    encoder encoderFingerprint createdAt publishedAt`;

const SELECTIONS = `query Selections {
  selections {
    ${SELECTION_FIELDS}
  }
}`;

export type SelectionData = Omit<Selection, '__typename' | 'thresholds'>;

/** Where decisions begin at the base rate that was asked for; null where a side is closed. */
export type ThresholdsData = Pick<DecisionThresholds, 'match' | 'mismatch'>;

/** With an answer, of the selection that it names; null where there is none of that name. */
interface WithThresholds {
  readonly selection: { readonly thresholds: ThresholdsData } | null;
}

export interface SelectionsData {
  readonly selections: readonly SelectionData[];
}

export const selectionsRequest: ApiRequest = { query: SELECTIONS, variables: {} };

const SELECTION = `query OneSelection($name: String!) {
  selection(name: $name) {
    ${SELECTION_FIELDS}
  }
}`;

export interface OneSelectionData {
  readonly selection: SelectionData | null;
}

export function selectionRequest(name: string): ApiRequest {
  return { query: SELECTION, variables: { name } };
}

export interface SelectionNamesData {
  readonly selectionPage: { readonly names: readonly string[] };
}

export const selectionNamesRequest: ApiRequest = {
  query: 'query SelectionNames { selectionPage(first: 1000) { names } }',
  variables: {},
};

const EMBED = `query Embed($images: [ImageInput!]!) {
  embedImages(images: $images) {
    __typename
    ... on Embedding { vector encoder }
    ... on ItemError { code message retryable }
  }
}`;

export interface EmbedData {
  readonly embedImages: readonly (
    | ({ readonly __typename: 'Embedding' } & PictureVector)
    | ({ readonly __typename: 'ItemError' } & Pick<ItemError, 'code' | 'message' | 'retryable'>)
  )[];
}

/** Embed a picture that the API fetches itself. */
export function embedUrlRequest(url: string): ApiRequest {
  return { query: EMBED, variables: { images: [{ url }] } };
}

/** Embed pictures from their files. */
export function embedRequest(files: readonly Omit<RequestFile, 'path'>[]): ApiRequest {
  return {
    query: EMBED,
    variables: { images: files.map(() => ({ upload: null })) },
    files: files.map((file, index) => ({ ...file, path: `variables.images.${index}.upload` })),
  };
}

const RANK = `query Rank(
  $image: ImageInput!
  $texts: [TextInput!]!
  $selection: String!
  $baseRate: Float
) {
  rankTexts(
    image: $image
    texts: $texts
    selection: $selection
    baseRate: $baseRate
  ) {
    __typename
    ... on Ranking {
      items {
        index cosine score probability probabilityInterval decision
        error { code message retryable }
        domain { reason }
      }
      anyMatch relevantCount
    }
    ... on ItemError { code message retryable }
  }
  selection(name: $selection) { thresholds(baseRate: $baseRate) { match mismatch } }
}`;

export type RankedItemData = Pick<
  RankedItem,
  'index' | 'cosine' | 'score' | 'probability' | 'probabilityInterval' | 'decision' | 'error'
> & { readonly domain?: Pick<Domain, 'reason'> | null };

export interface RankData extends WithThresholds {
  readonly rankTexts:
    | (Pick<Ranking, 'anyMatch' | 'relevantCount'> & {
        readonly __typename: Ranking['__typename'];
        readonly items: readonly RankedItemData[];
      })
    | ({ readonly __typename: 'ItemError' } & Pick<ItemError, 'code' | 'message' | 'retryable'>);
}

export function rankRequest(picture: PictureVector, texts: readonly string[], scoring: Scoring): ApiRequest {
  const { vector, encoder } = picture;
  return {
    query: RANK,
    variables: {
      image: { embedding: { encoder, vector } },
      texts: texts.map((text) => ({ text })),
      ...scoring,
    },
  };
}

const MATRIX = `query Matrix(
  $images: [ImageInput!]!
  $texts: [TextInput!]!
  $selection: String!
  $baseRate: Float
) {
  alignMatrix(
    images: $images
    texts: $texts
    selection: $selection
    baseRate: $baseRate
  ) {
    probabilitiesPacked cosinesPacked scoresPacked
    imageDomain textDomain
    imageErrors { index error { code message retryable } }
    textErrors { index error { code message retryable } }
  }
  selection(name: $selection) { thresholds(baseRate: $baseRate) { match mismatch } }
}`;

export interface MatrixData extends WithThresholds {
  readonly alignMatrix: Pick<
    AlignmentMatrix,
    | 'probabilitiesPacked'
    | 'cosinesPacked'
    | 'scoresPacked'
    | 'imageDomain'
    | 'textDomain'
    | 'imageErrors'
    | 'textErrors'
  >;
}

export function matrixRequest(
  pictures: readonly PictureVector[],
  texts: readonly string[],
  scoring: Scoring,
): ApiRequest {
  return {
    query: MATRIX,
    variables: {
      images: pictures.map(({ vector, encoder }) => ({ embedding: { encoder, vector } })),
      texts: texts.map((text) => ({ text })),
      ...scoring,
    },
  };
}
