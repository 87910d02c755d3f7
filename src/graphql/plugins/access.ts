import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Admission, Caller, Refusal } from '../../access/caller.ts';
import { ledgerOf } from '../../access/counters.ts';
import type { Charged } from '../../access/ledger.ts';
import { lacksScopes } from '../../access/refusal.ts';
import { traceOf } from '../../telemetry/request-trace.ts';
import type { RequestNotes } from '../request-notes.ts';
import { operationScopes } from '../operation-scopes.ts';

/** A refusal in GraphQL's shape. Its status holds whatever the client accepts: it is HTTP's, not the query's. */
export function refusalError({ code, status, message, retryable, headers }: Refusal): GraphQLError {
  return new GraphQLError(message, { extensions: { code, retryable, http: { status, headers } } });
}

/** @throws GraphQLError where the admission is a refusal */
export function callerOf(admission: Admission): Caller {
  if (admission.kind === 'refused') throw refusalError(admission);
  return admission;
}

/** What is known of a request, and noted of it. */
type Notes = Pick<RequestNotes, 'env' | 'admission' | 'budgetHeaders'>;

/** What the plugin reads of the context. */
interface Asking {
  readonly request: Request;
  readonly caller: Caller;
  /** In units; see schema.graphql's `@cost`. */
  readonly cost: number;
}

/** Turns away who may not ask, before the body is read or parsed. Registered first. */
export function accessPlugin(notesOf: (request: Request) => Pick<Notes, 'admission'>): Plugin {
  return {
    onRequestParse({ request }) {
      callerOf(notesOf(request).admission);
    },
  };
}

/**
 * Turns away who lacks a scope, and who has used up what they may ask, before anything runs; tells what is left of a daily budget, and
 * notes what the operation costs that is let in.
 * Registered after the plugin that sums the cost.
 */
export function chargePlugin(notesOf: (request: Request) => Notes): Plugin<Asking> {
  const settle = (notes: Notes, { refusal, headers }: Charged): void => {
    if (Object.keys(headers).length > 0) notes.budgetHeaders = headers;
    if (refusal) throw refusalError(refusal);
  };
  return {
    onExecute({ args, context: { request, caller, cost } }) {
      const trace = traceOf(request);
      const letIn = (): void => {
        if (trace) trace.cost = cost;
      };
      if (caller.kind === 'open') return letIn();
      const { schema, document, operationName, variableValues } = args;
      assertScopes(caller, { schema, document, operationName }, variableValues ?? {});
      if (trace) trace.charged = true;
      const notes = notesOf(request);
      const charged = ledgerOf(notes.env).charge(caller, cost);
      if (charged instanceof Promise) {
        return charged.then((found) => {
          settle(notes, found);
          letIn();
        });
      }
      settle(notes, charged);
      return letIn();
    },
    onResponse({ request, response }) {
      const { budgetHeaders: headers } = notesOf(request);
      if (headers === null) return;
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      response.headers.append('access-control-expose-headers', 'RateLimit, RateLimit-Policy, Retry-After');
    },
  };
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
}

/** @throws GraphQLError FORBIDDEN */
function assertScopes(
  caller: Caller,
  { schema, document, operationName }: Asked,
  variables: Readonly<Record<string, unknown>>,
): void {
  // Nothing that an operation can need is missing.
  if (caller.scopes.has('read') && caller.scopes.has('encode')) return;
  const operation = getOperationAST(document, operationName);
  // That there is none is worded by what executes it.
  if (!operation) return;
  const refusal = lacksScopes(caller, operationScopes(schema, document, operation, variables));
  if (refusal) throw refusalError(refusal);
}
