import type {
  Corpus,
  Domain,
  ItemError,
  PageInfo,
  SearchConnection,
  SearchEdge,
} from '../../../src/graphql/generated/api.ts';
import type { PictureVector } from './operations.ts';
import type { ApiRequest } from './request.ts';

const CORPUS_FIELDS =
  'name count selection encoder modality fields thumbnails engine searchError { code message }';

const CORPORA = `query Corpora {
  corpora { ${CORPUS_FIELDS} }
}`;

export interface CorpusData extends Pick<
  Corpus,
  'name' | 'count' | 'selection' | 'encoder' | 'modality' | 'fields' | 'thumbnails' | 'engine'
> {
  /** Null: it can be searched. */
  readonly searchError: Pick<ItemError, 'code' | 'message'> | null;
}

export interface CorporaData {
  readonly corpora: readonly CorpusData[];
}

export const corporaRequest: ApiRequest = { query: CORPORA, variables: {} };

export interface CorpusNamesData {
  readonly corpusPage: { readonly names: readonly string[] };
}

export const corpusNamesRequest: ApiRequest = {
  query: 'query CorpusNames { corpusPage(first: 1000) { names } }',
  variables: {},
};

const CORPUS = `query OneCorpus($name: String!) {
  corpusPage(first: 1, prefix: $name) { nodes { ${CORPUS_FIELDS} } }
}`;

export interface OneCorpusData {
  readonly corpusPage: { readonly nodes: readonly CorpusData[] };
}

/** The first whose name begins so is the one of the name, where there is one. */
export function corpusRequest(name: string): ApiRequest {
  return { query: CORPUS, variables: { name } };
}

const SEARCH = `query Search(
  $corpus: String!
  $text: TextInput
  $image: ImageInput
  $first: Int!
  $after: String
  $minProbability: Float
  $filter: [CorpusFilter!]
  $baseRate: Float
) {
  search(
    corpus: $corpus
    text: $text
    image: $image
    first: $first
    after: $after
    minProbability: $minProbability
    filter: $filter
    baseRate: $baseRate
  ) {
    edges { id score cosine probability decision metadata thumbnail }
    pageInfo { hasNextPage endCursor }
    complete calibrated rankedBy average scanned anyMatch relevantCount
    domain { reason }
  }
}`;

export type SearchEdgeData = Pick<
  SearchEdge,
  'id' | 'score' | 'cosine' | 'probability' | 'decision' | 'metadata' | 'thumbnail'
>;

export interface SearchPage extends Pick<
  SearchConnection,
  'complete' | 'calibrated' | 'rankedBy' | 'average' | 'scanned' | 'anyMatch' | 'relevantCount'
> {
  readonly domain: Pick<Domain, 'reason'>;
  readonly edges: readonly SearchEdgeData[];
  readonly pageInfo: Pick<PageInfo, 'hasNextPage' | 'endCursor'>;
}

export interface SearchData {
  readonly search: SearchPage;
}

/** What is searched for: a phrase, or a picture that was embedded. */
export type SearchSubject = { readonly text: string } | { readonly picture: PictureVector };

export interface SearchQuestion {
  readonly corpus: string;
  readonly subject: SearchSubject;
  readonly first: number;
  /** Null: no least probability. */
  readonly minProbability: number | null;
  /** Null: everything. */
  readonly filter: { readonly field: string; readonly eq: string } | null;
  /** Null: the selection's own. */
  readonly baseRate: number | null;
}

/** @param after cursor of the last result that is there; null for the first page */
export function searchRequest(question: SearchQuestion, after: string | null = null): ApiRequest {
  const { corpus, subject, first, minProbability, filter, baseRate } = question;
  return {
    query: SEARCH,
    variables: {
      corpus,
      ...('text' in subject
        ? { text: { text: subject.text } }
        : { image: { embedding: { encoder: subject.picture.encoder, vector: subject.picture.vector } } }),
      first,
      ...(after === null ? {} : { after }),
      ...(minProbability === null ? {} : { minProbability }),
      ...(filter === null ? {} : { filter: [filter] }),
      ...(baseRate === null ? {} : { baseRate }),
    },
  };
}
