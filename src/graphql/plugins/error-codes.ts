import type { ExecutionResult, GraphQLError, GraphQLErrorExtensions } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../../errors.ts';
import { withPlace } from '../errors.ts';

/** Yoga's name of a bug; GraphQL's own codes (parsing, validation) and BAD_REQUEST for mistakes of HTTP stay as they are. */
const YOGA_INTERNAL = 'INTERNAL_SERVER_ERROR';

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
  const code = codeOf(error);
  const dropsStatus = isPartial && error.extensions.http !== undefined;
  if (code === error.extensions.code && !dropsStatus) return error;
  const extensions: GraphQLErrorExtensions = { ...error.extensions, code };
  if (dropsStatus) delete extensions.http;
  // GraphQL leaves an operation that the schema does not have (a mutation) without a status of its own.
  else if (!isPartial) extensions.http ??= { status: 400, spec: true };
  return withPlace(error, error.message, extensions);
}

/** What GraphQL leaves without a code is a variable or an argument that does not fit its type. */
function codeOf({ extensions: { code } }: GraphQLError): unknown {
  if (code === undefined) return 'BAD_INPUT' satisfies ErrorCode;
  return code === YOGA_INTERNAL ? ('INTERNAL' satisfies ErrorCode) : code;
}
