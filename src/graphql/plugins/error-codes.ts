import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type ErrorCode, shortenMiddle } from '../../errors.ts';
import { type RequestTrace, countCode, traceOf } from '../../telemetry/request-trace.ts';
import { MAX_MESSAGE_CHARACTERS } from './variable-errors.ts';

/** Yoga's name of a bug; GraphQL's own codes (parsing, validation) and BAD_REQUEST for mistakes of HTTP stay as they are. */
const YOGA_INTERNAL = 'INTERNAL_SERVER_ERROR';
/** Places in the document that an error tells: two fields that cannot be merged are found at every pair of theirs. */
const MAX_PLACES = 16;
/** Of one answer: each may name a path of long aliases. */
const MAX_ERRORS = 32;

/**
 * The last word on errors before they leave: their codes are this API's or GraphQL's own, those of GraphQL are short, and an answer
 * that has data is 200 whatever failed in it. There are a few at most, and each names the request that it belongs to. So does the whole
 * answer where anything in it has failed, errors of items too.
 */
export const errorCodesPlugin: Plugin = {
  onResultProcess({ request, result, setResult }) {
    if (Array.isArray(result) || !('errors' in result || 'data' in result)) return;
    const trace = traceOf(request);
    const { errors: found } = result;
    const isPartial = hasData(result);
    const errors = found?.slice(0, MAX_ERRORS).map((error) => translate(error, isPartial, trace));
    const hasFailed = trace !== undefined && trace.codes.size > 0;
    if (errors === undefined && !hasFailed) return;
    const extensions = hasFailed ? { ...result.extensions, requestId: trace.requestId } : result.extensions;
    setResult({ ...result, ...(errors && { errors }), ...(extensions && { extensions }) });
  },
};

function hasData(result: ExecutionResult): boolean {
  return result.data !== null && result.data !== undefined;
}

/** A copy: errors of cached documents are shared between requests. */
function translate(error: GraphQLError, isPartial: boolean, trace: RequestTrace | undefined): GraphQLError {
  const code = codeOf(error);
  const message = isOurs(error) ? error.message : shortenMiddle(error.message, MAX_MESSAGE_CHARACTERS);
  const nodes = error.nodes?.slice(0, MAX_PLACES);
  const extensions: GraphQLErrorExtensions = { ...error.extensions, code };
  if (trace) {
    extensions.requestId = trace.requestId;
    countCode(trace, String(code));
  }
  if (isPartial) delete extensions.http;
  // GraphQL leaves an operation that the schema does not have (a mutation) without a status of its own.
  else extensions.http ??= { status: 400, spec: true };
  const { source, positions, path } = error;
  return new GraphQLError(
    message,
    nodes ? { nodes, path, extensions } : { source, positions, path, extensions },
  );
}

/** Every error that a resolver has thrown says whether it may pass. */
function isOurs({ extensions }: GraphQLError): boolean {
  return 'retryable' in extensions;
}

/** What GraphQL leaves without a code is a variable or an argument that does not fit its type. */
function codeOf({ extensions: { code } }: GraphQLError): unknown {
  if (code === undefined) return 'BAD_INPUT' satisfies ErrorCode;
  return code === YOGA_INTERNAL ? ('INTERNAL' satisfies ErrorCode) : code;
}
