import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type IntrospectionQuery,
  buildClientSchema,
  isObjectType,
  isScalarType,
} from 'graphql';

/**
 * The executable schema, as cheaply as it goes: every cold start pays for it. What `createSchema` would do (parse the SDL, merge,
 * validate, copy the schema to add the resolvers) took two thirds of one; here codegen has done it, and the tests compare.
 * @param introspection JSON of a full introspection, taken to be valid
 * @param resolvers by type name: a scalar, or functions by field; a field without one is a property of its parent
 * @throws Error when a resolver has no place in the schema
 */
export function buildExecutableSchema(
  introspection: string,
  resolvers: Readonly<Record<string, object>>,
): GraphQLSchema {
  const schema = buildClientSchema(JSON.parse(introspection) as IntrospectionQuery, { assumeValid: true });
  for (const [name, ofType] of Object.entries(resolvers)) {
    const type = schema.getType(name);
    if (isScalarType(type) && isScalarType(ofType)) adoptScalar(type, ofType);
    else if (isObjectType(type)) attachResolvers(type, ofType);
    else throw new Error(`Resolvers of ${name}: the schema has no such scalar or object type`);
  }
  return schema;
}

/** The schema's own scalar stays in its place, with its description. */
function adoptScalar(
  type: GraphQLScalarType,
  { serialize, parseValue, parseLiteral }: GraphQLScalarType,
): void {
  Object.assign(type, { serialize, parseValue, parseLiteral });
}

function attachResolvers(type: GraphQLObjectType, resolvers: object): void {
  const fields = type.getFields();
  for (const [name, resolve] of Object.entries(resolvers)) {
    if (!Object.hasOwn(fields, name) || typeof resolve !== 'function') {
      throw new Error(`Resolver ${type.name}.${name}: the schema has no such field, or it is no function`);
    }
    fields[name].resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
}
