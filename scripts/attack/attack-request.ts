import type { CaseRandom } from './case-random.ts';

/** A request as it goes over the wire. */
export interface AttackRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query of the URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The only codes that are right, where any code of a refusal would be too many; data is then a fault. */
  readonly codes?: readonly string[];
  /** What a valid answer's data must be, beside well-formed: null, or what is wrong. */
  readonly checkData?: (data: unknown) => string | null;
}

/** What a request may name of the deployment that is attacked. */
export interface Deployment {
  readonly encoderId: string;
  readonly dim: number;
}

export interface RequestTools extends Deployment {
  readonly random: CaseRandom;
  /** Goes into the request; it must never be in the answer to another. */
  readonly marker: string;
}

const encoder = new TextEncoder();

/** A POST of JSON, of which the text may be no JSON. */
export function jsonRequest(
  body: string,
  { random, ...rest }: { readonly random: CaseRandom } & Partial<AttackRequest>,
): AttackRequest {
  const accept = random.pick(['application/json', 'application/graphql-response+json', '*/*']);
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', accept },
    body: encoder.encode(body),
    ...rest,
  };
}

/** A GraphQL request of a query and variables that JSON can write. */
export function graphqlRequest(
  query: string,
  variables: unknown,
  options: { readonly random: CaseRandom } & Partial<AttackRequest>,
): AttackRequest {
  return jsonRequest(JSON.stringify({ query, variables }), options);
}
