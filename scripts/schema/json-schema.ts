import {
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** JSON Schema, draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Named schemas of an OpenAPI document, by name, as they are asked for. */
export type Components = Map<string, JsonSchema>;

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  String: { type: 'string' },
  ID: { type: 'string' },
  Boolean: { type: 'boolean' },
  Int: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
  Float: { type: 'number' },
  Vector: { type: 'string', contentEncoding: 'base64' },
  URL: { type: 'string', format: 'uri' },
  JSON: { type: 'object' },
};
/** Bytes of a picture in a part of a form. */
const FILE: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** What a field answers in JSON. Every field of an object is there; one that may be null says so. */
export function outputSchema(type: GraphQLOutputType, components: Components): JsonSchema {
  if (!isNonNullType(type)) return orNull(nonNullOutput(type, components));
  return nonNullOutput(type.ofType, components);
}

function nonNullOutput(type: GraphQLOutputType, components: Components): JsonSchema {
  if (isNonNullType(type)) return nonNullOutput(type.ofType, components);
  if (isListType(type)) return { type: 'array', items: outputSchema(type.ofType, components) };
  if (isObjectType(type)) return named(type, components, () => objectSchema(type, components));
  return leafSchema(type, components);
}

/** The members of a union but ItemError, which is a problem where it fails the whole request. */
export function answerSchema(type: GraphQLOutputType, components: Components): JsonSchema {
  const plain = isNonNullType(type) ? type.ofType : type;
  if (!isUnionType(plain)) return outputSchema(type, components);
  const members = plain.getTypes().filter(({ name }) => name !== 'ItemError');
  const schemas = members.map((member) => nonNullOutput(member, components));
  return schemas.length === 1 ? schemas[0] : { oneOf: schemas };
}

function objectSchema(type: GraphQLObjectType, components: Components): JsonSchema {
  const fields = Object.values(type.getFields());
  const properties = fields.map((field) => [
    field.name,
    described(outputSchema(field.type, components), field.description),
  ]);
  return closedObject(
    Object.fromEntries(properties),
    fields.map(({ name }) => name),
  );
}

/** What an argument or an input field takes in JSON. */
export function inputSchema(type: GraphQLInputType, components: Components): JsonSchema {
  if (!isNonNullType(type)) return orNull(nonNullInput(type, components));
  return nonNullInput(type.ofType, components);
}

function nonNullInput(type: GraphQLInputType, components: Components): JsonSchema {
  if (isNonNullType(type)) return nonNullInput(type.ofType, components);
  if (isListType(type)) return { type: 'array', items: inputSchema(type.ofType, components) };
  if (isInputObjectType(type)) return named(type, components, () => inputObjectSchema(type, components));
  return leafSchema(type, components);
}

function inputObjectSchema(type: GraphQLInputObjectType, components: Components): JsonSchema {
  // A file has no place in JSON.
  const fields = Object.values(type.getFields()).filter((field) => String(field.type) !== 'File');
  if (type.isOneOf) {
    const members = fields.map((field) =>
      closedObject({ [field.name]: described(nonNullInput(field.type, components), field.description) }, [
        field.name,
      ]),
    );
    return { oneOf: type.name === 'TextInput' ? [{ type: 'string' }, ...members] : members };
  }
  return closedObject(
    Object.fromEntries(
      fields.map((field) => [field.name, described(inputSchema(field.type, components), field.description)]),
    ),
    fields
      .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
      .map(({ name }) => name),
  );
}

/** The arguments of a field as a JSON body. */
export function argumentsSchema(args: readonly GraphQLArgument[], components: Components): JsonSchema {
  return argumentsObject(args, (argument) => inputSchema(argument.type, components));
}

/** The same as a form: a picture is a file, a text is a part, a list is a part an element. */
export function formSchema(args: readonly GraphQLArgument[], components: Components): JsonSchema {
  return argumentsObject(args, ({ type }) => formPart(type, components));
}

function formPart(type: GraphQLInputType, components: Components): JsonSchema {
  const plain = isNonNullType(type) ? type.ofType : type;
  if (isListType(plain)) return { type: 'array', items: formPart(plain.ofType, components) };
  if (!isInputObjectType(plain)) return nonNullInput(plain, components);
  if (plain.name === 'ImageInput') return FILE;
  return plain.name === 'TextInput' ? { type: 'string' } : nonNullInput(plain, components);
}

function argumentsObject(
  args: readonly GraphQLArgument[],
  schemaOf: (argument: GraphQLArgument) => JsonSchema,
): JsonSchema {
  const properties = args.map((argument) => {
    const schema = described(schemaOf(argument), argument.description);
    const withDefault =
      argument.defaultValue === undefined ? schema : { ...schema, default: argument.defaultValue };
    return [argument.name, withDefault];
  });
  const required = args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
  return closedObject(
    Object.fromEntries(properties),
    required.map(({ name }) => name),
  );
}

function leafSchema(type: GraphQLNamedType, components: Components): JsonSchema {
  if (isEnumType(type)) {
    return named(type, components, () => ({
      type: 'string',
      enum: type.getValues().map(({ name }) => name),
    }));
  }
  if (!Object.hasOwn(SCALARS, type.name)) throw new Error(`${type.name} has no form in JSON Schema`);
  return SCALARS[type.name];
}

/** Described once, by name; the name stands before its schema is made, for types that hold themselves. */
function named(type: GraphQLNamedType, components: Components, make: () => JsonSchema): JsonSchema {
  if (!components.has(type.name)) {
    components.set(type.name, {});
    components.set(type.name, described(make(), type.description));
  }
  return ref(type.name);
}

function closedObject(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema.type === 'string'
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  return description ? { description, ...schema } : schema;
}
