import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type ValueNode,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Scope } from '../access/caller.ts';

/** Where pixels or text stand that the encoder gets: input fields, and arguments of root fields. */
export const ENCODED: ReadonlySet<string> = new Set([
  'ImageInput.url',
  'ImageInput.base64',
  'ImageInput.upload',
  'TextInput.text',
  'embedTexts.texts',
  'classify.labels',
  'classify.templates',
]);
/** Root fields that tell nothing of what is stored: any caller may ask them. */
const FOR_ALL: ReadonlySet<string> = new Set(['limits', '__typename', '__schema', '__type']);
/** They do not score: with something to encode in them, `encode` is enough. */
const EMBEDS: ReadonlySet<string> = new Set(['embedTexts', 'embedImages']);

/** What the document says, whatever the variables are. */
interface Needs {
  readonly read: boolean;
  /** `read` too, unless something is to be encoded. */
  readonly embeds: boolean;
  readonly encode: boolean;
  readonly variables: readonly Use[];
}

/** A variable from which something may be encoded. */
interface Use {
  readonly name: string;
  /** Null: whatever it holds is encoded. */
  readonly type: GraphQLInputType | null;
  readonly byDefault: unknown;
}

const needsByOperation = new WeakMap<OperationDefinitionNode, Needs>();

/**
 * The scopes that an operation needs: `encode` where pixels or text are given, in the document or by variables; `read` for all that
 * scores, searches or describes. Fields that `@skip` and `@include` leave out count as well.
 * @param variables as they came: not coerced
 * O(document) once a document, then O(variables).
 */
export function operationScopes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Set<Scope> {
  let needs = needsByOperation.get(operation);
  if (needs === undefined) {
    needs = readNeeds(schema, document, operation);
    needsByOperation.set(operation, needs);
  }
  const encodes = needs.encode || needs.variables.some((use) => isEncoded(variables, use));
  const scopes = new Set<Scope>();
  if (needs.read || (needs.embeds && !encodes)) scopes.add('read');
  if (encodes) scopes.add('encode');
  return scopes;
}

function isEncoded(variables: Readonly<Record<string, unknown>>, { name, type, byDefault }: Use): boolean {
  const value = Object.hasOwn(variables, name) ? variables[name] : byDefault;
  return type === null ? isGiven(value) : holdsEncoded(value, type);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function holdsEncoded(value: unknown, type: GraphQLInputType): boolean {
  if (value === undefined || value === null) return false;
  if (isNonNullType(type)) return holdsEncoded(value, type.ofType);
  if (Array.isArray(value)) {
    const element = isListType(type) ? type.ofType : type;
    return value.some((item) => holdsEncoded(item, element));
  }
  if (isListType(type)) return holdsEncoded(value, type.ofType);
  if (!isInputObjectType(type) || typeof value !== 'object') return false;
  const fields = type.getFields();
  return Object.entries(value).some(([name, given]) =>
    ENCODED.has(`${type.name}.${name}`)
      ? isGiven(given)
      : Object.hasOwn(fields, name) && holdsEncoded(given, fields[name].type),
  );
}

/** One walk over the operation and all fragments of the document. */
function readNeeds(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Needs {
  const needs = { read: false, embeds: false, encode: false, variables: new Array<Use>() };
  const typeInfo = new TypeInfo(schema);
  const root = schema.getQueryType();
  const definitions = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  const note = (place: string, value: ValueNode): void => {
    if (!ENCODED.has(place) || value.kind === Kind.NULL) return;
    if (value.kind === Kind.VARIABLE) needs.variables.push(useOf(operation, value.name.value, null));
    else if (value.kind !== Kind.LIST || value.values.length > 0) needs.encode = true;
  };
  const visitor = visitWithTypeInfo(typeInfo, {
    Field({ name: { value: name } }) {
      if (typeInfo.getParentType() !== root) return;
      if (EMBEDS.has(name)) needs.embeds = true;
      else if (!FOR_ALL.has(name)) needs.read = true;
    },
    Argument({ name, value }) {
      note(`${typeInfo.getFieldDef()?.name}.${name.value}`, value);
    },
    ObjectField({ name, value }) {
      note(`${getNamedType(typeInfo.getParentInputType())?.name}.${name.value}`, value);
    },
    // Their types and defaults are read where they are used.
    VariableDefinition: () => false,
    Variable({ name }) {
      const type = typeInfo.getInputType();
      if (type) needs.variables.push(useOf(operation, name.value, type));
    },
  });
  visit({ ...document, definitions }, visitor);
  return needs;
}

function useOf(operation: OperationDefinitionNode, name: string, type: GraphQLInputType | null): Use {
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const given = definition?.defaultValue;
  if (given === undefined || given.kind === Kind.NULL) return { name, type, byDefault: undefined };
  return { name, type, byDefault: type === null ? given : valueFromAST(given, type) };
}
