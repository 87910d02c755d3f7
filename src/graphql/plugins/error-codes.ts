import type { ExecutionResult, GraphQLError, GraphQLErrorExtensions } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../../errors.ts';
import { withPlace } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** Yoga's own codes that have a name in this API, and what to say with them. GraphQL's (parsing, validation) stay. */
const YOGA_ERRORS: Readonly<Record<string, { readonly code: ErrorCode; readonly message?: string }>> = {
  REQUEST_ENTITY_TOO_LARGE: {
    code: 'LIMIT_EXCEEDED',
    message: `Expected a request body of at most ${LIMITS.bodyBytes} bytes, got more.`,
  },
  INTERNAL_SERVER_ERROR: { code: 'INTERNAL' },
};

/**
 * The last word on errors before they leave: their codes are this API's or GraphQL's own, and an answer that has data is
 * 200 whatever failed in it.
 */
export const errorCodesPlugin: Plugin = {
  onResultProcess({ result, setResult }) {
    if (Array.isArray(result) || !('errors' in result) || !result.errors) return;
    const isPartial = hasData(result);
    setResult({ ...result, errors: result.errors.map((error) => translate(error, isPartial)) });
  },
};

function hasData(result: ExecutionResult): boolean {
  return result.data !== null && result.data !== undefined;
}

/** A copy where something changes: errors of cached documents are shared between requests. */
function translate(error: GraphQLError, isPartial: boolean): GraphQLError {
  const { code, http } = error.extensions;
  const known = typeof code === 'string' ? YOGA_ERRORS[code] : undefined;
  const dropsStatus = isPartial && http !== undefined;
  if (!known && !dropsStatus) return error;
  const extensions: GraphQLErrorExtensions = { ...error.extensions };
  if (known) extensions.code = known.code;
  if (dropsStatus) delete extensions.http;
  return withPlace(error, known?.message ?? error.message, extensions);
}
