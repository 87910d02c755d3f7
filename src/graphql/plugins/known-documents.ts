import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  getOperationAST,
} from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { GraphqlContext } from '../context.ts';
import { maskError } from '../errors.ts';
import { executeOperation } from './executor.ts';
import { type Hook, runHooks } from './join-plugins.ts';

interface Options {
  readonly schema: GraphQLSchema;
  /** Yoga's own cache of parsed documents, by source. */
  readonly documents: { get(source: string): DocumentNode | undefined };
  /** All `onExecute` that run before the operation does, in their order. */
  readonly hooks: readonly Hook[];
  readonly createContext: (request: Request) => GraphqlContext;
}

/** What yoga answers a request of GraphQL by, once its parameters are known. */
type Handler = Parameters<NonNullable<Plugin['onParams']>>[0]['paramsHandler'];

/** What the hooks and the resolvers get. */
type Context = GraphqlContext & { readonly request: Request };

/** What the hooks read of an execution, and how they end it. */
interface Execution {
  readonly args: ExecutionArgs & { readonly contextValue: Context };
  readonly context: Context;
  result: ExecutionResult | null;
  hasEnded: boolean;
  readonly extendContext: (extension: object) => void;
  readonly setResultAndStopExecution: (result: ExecutionResult) => void;
}

/**
 * Runs an operation of a document that has run before: it is valid, so that what is left to do is to run the hooks and the operation.
 * Yoga's way there, which looks for the document and its errors in caches by hooks of its own, calls a hook by a dozen closures, and
 * binds all of them anew for every request, took a sixth of an `align` of embeddings. Every other request goes it: of a document that is
 * new, too long to be kept, not valid, or without the operation that is asked for.
 */
export function knownDocumentsPlugin({ schema, documents, hooks, createContext }: Options): Plugin {
  const known = new WeakSet<DocumentNode>();
  let answer: Handler | undefined;

  const answerBy =
    (yogaAnswer: Handler): Handler =>
    (payload) => {
      const { query, operationName } = payload.params;
      const document = query == null ? undefined : documents.get(query);
      const operation = document && known.has(document) ? getOperationAST(document, operationName) : null;
      if (!document || !operation) return yogaAnswer(payload);
      return run(document, operation, payload);
    };

  function run(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    { request, params }: { readonly request: Request; readonly params: GraphQLParams },
  ): ExecutionResult | Promise<ExecutionResult> {
    try {
      const contextValue: Context = Object.assign(createContext(request), { request });
      const { operationName, variables: variableValues } = params;
      const execution = executionOf({ schema, document, contextValue, variableValues, operationName });
      const waits = runHooks(hooks, execution);
      const result =
        waits === undefined ? finish(execution, operation) : waits.then(() => finish(execution, operation));
      return result instanceof Promise ? result.then(masked, failed) : masked(result);
    } catch (error) {
      return failed(error);
    }
  }

  return {
    onParams({ paramsHandler, setParamsHandler }) {
      // Yoga's is the same for every request.
      answer ??= answerBy(paramsHandler);
      setParamsHandler(answer);
    },
    onExecute({ args: { document } }) {
      // Yoga has more to say of mutations, by GET.
      if (document.definitions.every(isQuery)) known.add(document);
    },
  };
}

function isQuery(definition: DocumentNode['definitions'][number]): boolean {
  return definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === OperationTypeNode.QUERY;
}

function executionOf(args: Execution['args']): Execution {
  const context = args.contextValue;
  const execution: Execution = {
    args,
    context,
    result: null,
    hasEnded: false,
    extendContext: (extension) => void Object.assign(context, extension),
    setResultAndStopExecution(result) {
      execution.result = result;
      execution.hasEnded = true;
    },
  };
  return execution;
}

function finish(
  { args, result }: Execution,
  operation: OperationDefinitionNode,
): ExecutionResult | Promise<ExecutionResult> {
  return result ?? executeOperation(args, operation);
}

/** As yoga does it: nothing of an error leaves that is not for callers. */
function masked(result: ExecutionResult): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(maskError) } : result;
}

/** Of what a hook throws: a refusal, or a bug. */
function failed(error: unknown): ExecutionResult {
  return { errors: [maskError(error)] };
}
