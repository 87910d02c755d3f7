import { type DocumentNode, GraphQLError, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const SUGGESTION = / Did you mean [^?]*\?/g;
const asksByDocument = new WeakMap<DocumentNode, boolean>();

/**
 * Where introspection is switched off, nothing tells the schema: no `__schema`, no `__type`, no suggestion of a name that is near.
 * `__typename` stays, which every client needs.
 * @param isOn for the deployment that a request came to
 */
export function introspectionPlugin(isOn: (request: Request) => boolean): Plugin<{ request: Request }> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { request } = args.contextValue as { readonly request: Request };
      if (isOn(request) || !asksForSchema(args.document)) return;
      const error = new GraphQLError('Introspection is switched off here.', {
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400, spec: true } },
      });
      setResultAndStopExecution({ errors: [error] });
    },
    onResultProcess({ request, result, setResult }) {
      if (isOn(request) || Array.isArray(result) || !('errors' in result) || !result.errors) return;
      setResult({ ...result, errors: result.errors.map(withoutSuggestion) });
    },
  };
}

function asksForSchema(document: DocumentNode): boolean {
  const known = asksByDocument.get(document);
  if (known !== undefined) return known;
  let asks = false;
  visit(document, {
    Field({ name: { value } }) {
      if (value === '__schema' || value === '__type') asks = true;
    },
  });
  asksByDocument.set(document, asks);
  return asks;
}

function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(SUGGESTION, '');
  if (message === error.message) return error;
  const { source, positions, path, extensions } = error;
  return new GraphQLError(message, { source, positions, path, extensions });
}
