import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { shorten } from '../../errors.ts';
import { variableErrors } from './variable-errors.ts';

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** The first value that does not fit ends it: `variableErrors` words what is wrong. */
const WITHOUT_WORDS = { hideSuggestions: true, options: { maxCoercionErrors: 0 } } as const;

/**
 * Runs queries by graphql's own `execute`. Yoga's executor copies all variables before it coerces them, which took a quarter of a
 * matrix of given embeddings; what it can do beside that, streams and aborts, no field here needs.
 */
export const executorPlugin: Plugin = {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs) => executeBy(executeFn as Execute, args));
  },
};

function executeBy(yogaExecute: Execute, args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const result = execute({ ...args, ...WITHOUT_WORDS });
  if (result instanceof Promise || result.data !== undefined) return result;
  // Nothing has run.
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  // That the document has no such operation, or several, is worded by yoga's executor, with its code.
  if (!operation) return yogaExecute({ ...args, operationName: operationName && shorten(operationName) });
  const errors = variableErrors(schema, operation, variableValues ?? {});
  return errors.length > 0 ? { errors } : result;
}
