import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Runs queries by graphql's own `execute`. Yoga's executor copies all variables before it coerces them, which took a quarter of a
 * matrix of given embeddings; what it can do beside that, streams and aborts, no field here needs.
 */
export const executorPlugin: Plugin = {
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs) => executeBy(executeFn as Execute, args));
  },
};

/** What fails before any resolver has run (variables, the operation's name) is worded by yoga's executor, with its HTTP status. */
function executeBy(yogaExecute: Execute, args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const result = execute(args);
  return result instanceof Promise || result.data !== undefined ? result : yogaExecute(args);
}
