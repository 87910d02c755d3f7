import type { Contribution, Explanation, ItemError, TokenShare } from '../../../src/graphql/generated/api.ts';
import type { ApiRequest } from './request.ts';

const EXPLAIN = `query Explain(
  $image: ImageInput!
  $text: TextInput!
  $selection: String!
) {
  explain(image: $image, text: $text, selection: $selection) {
    __typename
    ... on Explanation {
      score bias method seen overlay
      tokens { text share }
      truncated
      contributions(first: 12) {
        coordinate value words
        examples { caption picture }
      }
    }
    ... on ItemError { code message retryable }
  }
}`;

export type ContributionData = Omit<Contribution, '__typename'>;
export type TokenShareData = Omit<TokenShare, '__typename'>;

export type ExplanationData = Pick<
  Explanation,
  'score' | 'bias' | 'method' | 'seen' | 'overlay' | 'truncated'
> & {
  readonly tokens: readonly TokenShareData[];
  readonly contributions: readonly ContributionData[];
};

export interface ExplainData {
  readonly explain:
    | ({ readonly __typename: 'Explanation' } & ExplanationData)
    | ({ readonly __typename: 'ItemError' } & Pick<ItemError, 'code' | 'message' | 'retryable'>);
}

/** Pixels, since regions need them: a file, or where the API fetches one itself. */
export type ExplainedPicture = { readonly url: string } | { readonly name: string; readonly blob: Blob };

export function explainRequest(picture: ExplainedPicture, text: string, selection: string): ApiRequest {
  const variables = { text: { text }, selection };
  if ('url' in picture) return { query: EXPLAIN, variables: { image: { url: picture.url }, ...variables } };
  return {
    query: EXPLAIN,
    variables: { image: { upload: null }, ...variables },
    files: [{ ...picture, path: 'variables.image.upload' }],
  };
}
