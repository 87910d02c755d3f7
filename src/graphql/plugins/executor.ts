import {
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
  execute,
  getOperationAST,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { shorten } from '../../errors.ts';
import { variableErrors } from './variable-errors.ts';

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** The first value that does not fit ends it: `variableErrors` words what is wrong. */
const OPTIONS = { maxCoercionErrors: 0 };

/**
 * Runs queries by graphql's own `execute`. Yoga's executor copies all variables before it coerces them, which took a quarter of a
 * matrix of given embeddings; what it can do beside that, streams and aborts, no field here needs.
 */
export const executorPlugin: Plugin = {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs) => {
      const { document, operationName } = args;
      const operation = getOperationAST(document, operationName);
      if (operation) return executeOperation(args, operation);
      // That the document has no such operation, or several, is worded by yoga's executor, with its code.
      return (executeFn as Execute)({ ...args, operationName: operationName && shorten(operationName) });
    });
  },
};

/** @param operation which of the document's it is */
export function executeOperation(
  { schema, document, contextValue, variableValues, operationName }: ExecutionArgs,
  operation: OperationDefinitionNode,
): ExecutionResult | Promise<ExecutionResult> {
  const result = execute({
    schema,
    document,
    contextValue,
    variableValues,
    operationName,
    hideSuggestions: true,
    options: OPTIONS,
  });
  if (result instanceof Promise || result.data !== undefined) return result;
  // Nothing has run.
  const errors = variableErrors(schema, operation, variableValues ?? {});
  return errors.length > 0 ? { errors } : result;
}
