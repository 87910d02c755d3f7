import { type GraphQLSchema, isObjectType } from 'graphql';
import { countCode, traceOf } from '../telemetry/request-trace.ts';

/**
 * Has every ItemError that an answer holds counted in the trace of its request: graphql asks a type, once a value, whether the value is
 * one of it.
 */
export function countItemErrors(schema: GraphQLSchema): GraphQLSchema {
  const type = schema.getType('ItemError');
  if (!isObjectType(type)) throw new Error('the schema has no type ItemError');
  type.isTypeOf = ({ code }: { readonly code: string }, { request }: { readonly request?: Request }) => {
    const trace = request && traceOf(request);
    if (trace) countCode(trace, code);
    return true;
  };
  return schema;
}
