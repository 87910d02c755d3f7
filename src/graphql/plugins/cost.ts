import { GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { AppError, type ErrorCode } from '../../errors.ts';
import { operationCost } from '../cost/operation-cost.ts';
import type { Excess } from '../cost/request-totals.ts';
import type { GraphqlContext } from '../context.ts';
import type { RequestNotes } from '../request-notes.ts';
import { LIMITS, excessMessage } from '../../use-cases/limits.ts';

/** What the answer of a request tells in `extensions.cost`. */
interface Told {
  /** 0 of a request of which nothing could run: its document is not valid. */
  readonly asked: number;
  readonly allowed: number;
}

/**
 * Sums what an operation costs before anything runs, refuses one that costs too much, and tells asked and allowed in
 * `extensions.cost`. Other plugins and resolvers find the sum on the context. Registered before every plugin that charges by it.
 * @param maxCost of the deployment that a request came to; an error where its variable is wrong
 */
export function costPlugin(
  maxCost: (request: Request) => number | AppError,
  notesOf: (request: Request) => Pick<RequestNotes, 'asked'>,
): Plugin<GraphqlContext & { request: Request }> {
  return {
    onExecute({ args, context, extendContext, setResultAndStopExecution }) {
      const { schema, document, operationName, variableValues } = args;
      const operation = getOperationAST(document, operationName);
      // That there is none is worded by what executes it.
      if (!operation) return;
      const { cost, excess, textPasses, heats } = operationCost(
        schema,
        document,
        operation,
        variableValues ?? {},
      );
      const asked = roundUp(cost);
      const allowed = maxCost(context.request);
      if (allowed instanceof AppError) throw allowed;
      notesOf(context.request).asked = asked;
      extendContext({ cost: asked });
      context.budget.textPasses = textPasses;
      context.budget.heats = heats;
      if (asked > allowed) setResultAndStopExecution({ errors: [tooDear(asked, allowed)] });
      else if (excess) setResultAndStopExecution({ data: null, errors: [tooMany(excess)] });
    },
    onResultProcess({ request, result, setResult }) {
      if (Array.isArray(result) || !('errors' in result || 'data' in result)) return;
      const allowed = maxCost(request);
      if (allowed instanceof AppError) return;
      const cost: Told = { asked: notesOf(request).asked, allowed };
      setResult({ ...result, extensions: { ...result.extensions, cost } });
    },
  };
}

/** To hundredths: what is told is what is compared and charged. */
export function roundUp(cost: number): number {
  return Math.ceil(cost * 100) / 100;
}

function tooDear(asked: number, allowed: number): GraphQLError {
  return refused(dearMessage(asked, allowed), { asked, allowed });
}

/** @param asked more than is allowed */
export function dearMessage(asked: number, allowed: number): string {
  return `Expected an operation of at most ${allowed} units of cost, got one of ${asked}.`;
}

/** As the field would say it when its turn came. */
function tooMany({ what, asked, key }: Excess): GraphQLError {
  return refused(excessMessage(what, asked), { asked, allowed: LIMITS[what] }, [key]);
}

function refused(
  message: string,
  { asked, allowed }: Told,
  path: readonly string[] | null = null,
): GraphQLError {
  const code: ErrorCode = 'LIMIT_EXCEEDED';
  return new GraphQLError(message, {
    path,
    extensions: { code, asked, allowed, retryable: false, http: { status: 400, spec: true } },
  });
}
