/** From errors to what the caller gets: an ItemError, or a GraphQL error with a code and an HTTP status. */
import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { BadRequest } from '../body/bad-request.ts';
import { AppError, type ErrorCode, statusOf } from '../errors.ts';
import { toItemError as toPlainItemError } from '../use-cases/item-error.ts';
import type { ItemError } from './generated/api.ts';

const MASKED_MESSAGE = 'Unexpected error.';

/** An expected failure, in an item's place. Anything else, INTERNAL included, is a bug: it is thrown on, to be masked. */
export function toItemError(error: unknown): ItemError {
  const expected = findExpected(error);
  if (!expected) throw error;
  return { __typename: 'ItemError', ...toPlainItemError(expected) };
}

/**
 * The answer of a union that has ItemError: an expected failure becomes that member.
 * @throws whatever else `answer` throws
 */
export async function orItemError<T>(answer: () => Promise<T>): Promise<T | ItemError> {
  try {
    return await answer();
  } catch (error) {
    return toItemError(error);
  }
}

/**
 * What leaves of an error that a resolver or yoga threw: expected failures and GraphQL's own errors as they are, with a
 * code; nothing of any other. The HTTP status counts where there is no data at all; who accepts application/json alone
 * gets 200, as GraphQL over HTTP asks.
 */
export function maskError(error: unknown): GraphQLError {
  const place = error instanceof GraphQLError ? error : null;
  if (error instanceof BadRequest) return fromBadRequest(error);
  const expected = findExpected(error);
  if (expected) {
    const { code, message, retryable, retryAfterSeconds } = expected;
    const http = { status: statusOf(code), spec: true };
    if (retryAfterSeconds === null) return withPlace(place, message, { code, retryable, http });
    const headers = { 'retry-after': String(retryAfterSeconds) };
    return withPlace(place, message, { code, retryable, retryAfterSeconds, http: { ...http, headers } });
  }
  if (place && isOfGraphQL(place)) return place;
  const masked = withPlace(place, MASKED_MESSAGE, {
    code: 'INTERNAL' satisfies ErrorCode,
    retryable: false,
    http: { status: statusOf('INTERNAL') },
  });
  bugs.set(masked, { cause: innermost(error) });
  return masked;
}

/** Its status holds whatever the client accepts: it is HTTP's, not the query's. */
function fromBadRequest({ message, status, code, headers }: BadRequest): GraphQLError {
  const http = Object.keys(headers).length === 0 ? { status } : { status, headers };
  return new GraphQLError(message, { extensions: { code, http } });
}

const bugs = new WeakMap<GraphQLError, { readonly cause: unknown }>();

/** What stands behind a masked error, for the log alone; undefined for every other error. */
export function findBug(error: GraphQLError): { readonly cause: unknown } | undefined {
  return bugs.get(error);
}

function innermost(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError) current = current.originalError;
  return current;
}

/** A GraphQL error of this message at the place in the query where another one was found. */
export function withPlace(
  place: GraphQLError | null,
  message: string,
  extensions: GraphQLErrorExtensions,
): GraphQLError {
  return new GraphQLError(message, {
    nodes: place?.nodes ?? null,
    source: place?.source ?? null,
    positions: place?.positions ?? null,
    path: place?.path ?? null,
    extensions,
  });
}

/** The AppError in an error, however deep GraphQL has wrapped it; null for a bug, which INTERNAL is too. */
export function findExpected(error: unknown): AppError | null {
  const current = innermost(error);
  return current instanceof AppError && current.code !== 'INTERNAL' ? current : null;
}

/**
 * Made by GraphQL (syntax, validation, coercion), not wrapped around something that a resolver threw, and not by a scalar
 * that cannot write what a resolver gave (NaN): that one comes from execution, with a path, and names no place in the query.
 */
function isOfGraphQL(error: GraphQLError): boolean {
  let innermost = error;
  while (innermost.originalError instanceof GraphQLError) innermost = innermost.originalError;
  if (innermost.originalError) return false;
  const isOfExecution = error.path !== undefined && innermost !== error;
  return !isOfExecution || innermost.nodes !== undefined;
}
