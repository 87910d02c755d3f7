import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  buildASTSchema,
  isObjectType,
  isScalarType,
  parse,
} from 'graphql';

/**
 * The executable schema, as cheaply as it goes: every cold start pays for it. What `createSchema` does beside this (merging
 * definitions, validation, a second schema to carry the resolvers) took half of a cold start; the tests validate the one SDL there is.
 * @param sdl taken to be valid
 * @param resolvers by type name: a scalar, or functions by field; a field without one is a property of its parent
 * @throws Error when a resolver has no place in the SDL
 */
export function buildExecutableSchema(
  sdl: string,
  resolvers: Readonly<Record<string, object>>,
): GraphQLSchema {
  const document = parse(sdl, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  for (const [name, ofType] of Object.entries(resolvers)) {
    const type = schema.getType(name);
    if (isScalarType(type) && isScalarType(ofType)) adoptScalar(type, ofType);
    else if (isObjectType(type)) attachResolvers(type, ofType);
    else throw new Error(`Resolvers of ${name}: the SDL has no such scalar or object type`);
  }
  return schema;
}

/** The SDL's own scalar stays in its place, with its description. */
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
      throw new Error(`Resolver ${type.name}.${name}: the SDL has no such field, or it is no function`);
    }
    fields[name].resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
}
