import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LIMITS } from '../../use-cases/limits.ts';
import { countCode, traceOf } from '../../telemetry/request-trace.ts';

/** What yoga writes a result by, where it has one. */
interface Written extends ExecutionResult {
  readonly stringify?: () => string;
}

/**
 * Holds an answer to LIMITS.answerCharacters: numbers are counted while the request runs, but texts that stand in an answer (errors of
 * items, names, metadata) are repeated by every alias. Notes how long the answer is. Registered last: what it has written is what leaves.
 */
export const answerSizePlugin: Plugin = {
  onResultProcess({ request, result, setResult }) {
    if (Array.isArray(result) || !('data' in result) || result.data === null) return;
    const trace = traceOf(request);
    const most = LIMITS.answerCharacters;
    // Before it is written: what is much too long would not fit the memory as text.
    const text = leastLength(result, most) > most ? null : JSON.stringify(result);
    if (text === null || text.length > most) {
      if (trace) countCode(trace, 'LIMIT_EXCEEDED');
      const { extensions } = result as ExecutionResult;
      setResult({ errors: [tooLong(trace?.requestId)], ...(extensions && { extensions }) });
      return;
    }
    if (trace) trace.answerCharacters = text.length;
    const written: Written = { ...(result as ExecutionResult), stringify: () => text };
    setResult(written);
  },
};

function tooLong(requestId: string | undefined): GraphQLError {
  const most = LIMITS.answerCharacters;
  const extensions = { code: 'LIMIT_EXCEEDED', retryable: false, http: { status: 400, spec: true } };
  return new GraphQLError(
    `Expected an answer of at most ${most} characters, got more: ask for less at once.`,
    {
      extensions: requestId === undefined ? extensions : { ...extensions, requestId },
    },
  );
}

/** At least so many UTF-16 units are needed to write a value; counted no further than `enough`. */
export function leastLength(value: unknown, enough: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  // The brackets, less the comma that the last member has not.
  let sum = 1;
  // Numbers are counted elsewhere: a list of them is not looked at one by one.
  if (Array.isArray(value) && typeof value[0] === 'number') return 2 * value.length + 1;
  if (value instanceof GraphQLError) return value.message.length;
  for (const name in value) {
    const written = Array.isArray(value) ? 1 : name.length + 4;
    sum += written + leastLength((value as Readonly<Record<string, unknown>>)[name], enough - sum);
    if (sum > enough) break;
  }
  return sum;
}
