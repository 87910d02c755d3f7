import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Admission, Caller, Refusal } from '../../access/caller.ts';

/** A refusal in GraphQL's shape. Its status holds whatever the client accepts: it is HTTP's, not the query's. */
export function refusalError({ code, status, message, retryable, headers }: Refusal): GraphQLError {
  return new GraphQLError(message, { extensions: { code, retryable, http: { status, headers } } });
}

/**
 * Turns away who may not ask, before the body is read or parsed.
 * @param admissionOf what the Worker's entry has found out about the request
 */
export function accessPlugin(admissionOf: (request: Request) => Admission): Plugin {
  return {
    onRequestParse({ request }) {
      callerOf(admissionOf(request));
    },
  };
}

/** @throws GraphQLError where the admission is a refusal */
export function callerOf(admission: Admission): Caller {
  if (admission.kind === 'refused') throw refusalError(admission);
  return admission;
}
