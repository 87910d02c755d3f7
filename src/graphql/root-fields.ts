import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  coerceInputValue,
  getNamedType,
  getNullableType,
  getOperationAST,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
} from 'graphql';
import { parseJson } from '../body/json-body.ts';
import type { ValueCount } from '../body/request-structure.ts';
import { AppError, quote, shorten, shortenMiddle } from '../errors.ts';
import type { RootFields, Values } from '../rest/root-fields.ts';
import { excessMessage } from '../use-cases/limits.ts';
import { operationCost } from './cost/operation-cost.ts';
import { operationScopes } from './operation-scopes.ts';
import { dearMessage, roundUp } from './plugins/cost.ts';
import { MAX_MESSAGE_CHARACTERS } from './plugins/variable-errors.ts';

interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/** @param schema executable */
export function createRootFields(schema: GraphQLSchema): RootFields {
  const operations = new Map<string, Operation>();
  const operationOf = (names: readonly string[]): Operation => {
    const key = names.join(' ');
    let operation = operations.get(key);
    if (operation === undefined) {
      operation = makeOperation(names.map((name) => rootField(schema, name)));
      operations.set(key, operation);
    }
    return operation;
  };
  return {
    readArguments: (field, given) => readArguments(rootField(schema, field).args, given),
    readForm: (field, form) => {
      const { args } = rootField(schema, field);
      return readArguments(args, formValues(args, form));
    },
    termsOf(asked, maxCost) {
      const { document, definition } = operationOf(asked.map(([name]) => name));
      const variables = Object.fromEntries(asked.flatMap(([, args]) => Object.entries(args)));
      const { cost, excess, textPasses, heats } = operationCost(schema, document, definition, variables);
      const price = roundUp(cost);
      const isDear = price > maxCost;
      const refusal = isDear
        ? dearMessage(price, maxCost)
        : excess && excessMessage(excess.what, excess.asked);
      const scopes = operationScopes(schema, document, definition, variables);
      return { cost: price, textPasses, heats, refusal, scopes };
    },
  };
}

function rootField(schema: GraphQLSchema, name: string): GraphQLField<unknown, unknown> {
  const field = schema.getQueryType()?.getFields()[name];
  if (field === undefined) throw new Error(`the schema has no root field ${name}`);
  return field;
}

/** Everything that the fields give; their arguments are variables of the same names, which are different from field to field. */
function makeOperation(fields: readonly GraphQLField<unknown, unknown>[]): Operation {
  const variables = fields.flatMap(({ args }) => args.map(({ name, type }) => `$${name}: ${String(type)}`));
  const selections = fields.map(({ name, args, type }) => {
    const given = args.map((argument) => `${argument.name}: $${argument.name}`).join(' ');
    return `${name}${given && `(${given})`} ${selectionOf(type)}`;
  });
  const head = variables.length === 0 ? 'query' : `query (${variables.join(' ')})`;
  const document = parse(`${head} { ${selections.join(' ')} }`);
  const definition = getOperationAST(document);
  if (!definition) throw new Error('a made document has no operation');
  return { document, definition };
}

function selectionOf(output: GraphQLOutputType): string {
  const type = getNamedType(output);
  if (isUnionType(type)) {
    return `{ ${type
      .getTypes()
      .map((member) => `... on ${member.name} ${selectionOf(member)}`)
      .join(' ')} }`;
  }
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).map((field) => `${field.name} ${selectionOf(field.type)}`);
  return `{ ${fields.join(' ')} }`;
}

function readArguments(args: readonly GraphQLArgument[], given: unknown): Values {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new AppError('BAD_INPUT', 'Expected a JSON object in the body.');
  const names = args.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new AppError('BAD_INPUT', `${quote(name)} is not known here: expected ${names.join(', ')}.`);
  }
  const values = given as Values;
  return Object.fromEntries(
    args.map((argument) => [
      argument.name,
      readArgument(argument, Object.hasOwn(values, argument.name) ? values[argument.name] : undefined),
    ]),
  );
}

function readArgument({ name, type, defaultValue }: GraphQLArgument, value: unknown): unknown {
  if (value === undefined) {
    if (defaultValue !== undefined) return defaultValue;
    if (isNonNullType(type)) throw new AppError('BAD_INPUT', `Expected ${name}, got none.`);
    return undefined;
  }
  assertWritten(name, value, type);
  return coerceInputValue(withTextObjects(value, type), type, (path, _value, error) => {
    throw wrongValue([name, ...path], error);
  });
}

function wrongValue(path: readonly (string | number)[], { message }: GraphQLError): AppError {
  const words = shortenMiddle(`${path.join('.')}: ${message}`, MAX_MESSAGE_CHARACTERS);
  return new AppError('BAD_INPUT', words);
}

/** How the two inputs are written here, which GraphQL's words for its own types would not tell. */
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ['ImageInput', '{"base64": …}, {"url": …} or {"embedding": …}'],
  ['TextInput', 'a text, or {"embedding": …}'],
]);

/** @throws AppError BAD_INPUT for an image or a text that is neither an object nor, of a text, a string */
function assertWritten(name: string, value: unknown, type: GraphQLInputType): void {
  const named = getNamedType(type).name;
  const expected = WRITTEN.get(named);
  if (expected === undefined) return;
  const isList = Array.isArray(value) && isListType(getNullableType(type));
  for (const [i, item] of (isList ? value : [value]).entries()) {
    if (typeof item === 'string' ? named === 'TextInput' : typeof item === 'object' && !Array.isArray(item))
      continue;
    throw new AppError(
      'BAD_INPUT',
      `Expected ${isList ? `${name}[${i}]` : name} as ${expected}, got ${sayGiven(item)}.`,
    );
  }
}

function sayGiven(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return Array.isArray(value) ? `a list of ${value.length}` : shorten(String(value));
}

/** A text in place of a `TextInput` becomes one; all else stays. */
function withTextObjects(value: unknown, type: GraphQLInputType): unknown {
  if (getNamedType(type).name !== 'TextInput') return value;
  if (typeof value === 'string') return { text: value };
  return Array.isArray(value)
    ? value.map((item) => (typeof item === 'string' ? { text: item } : item))
    : value;
}

/** Names come from outside: `__proto__` is a part like any other. */
function formValues(args: readonly GraphQLArgument[], form: FormData): Values {
  const names = [...new Set(form.keys())];
  // A form has many parts, and one limit for the values of all.
  const count = { values: 0 };
  return Object.fromEntries(names.map((name) => [name, partsOf(name, form.getAll(name), args, count)]));
}

function partsOf(
  name: string,
  parts: (File | string)[],
  args: readonly GraphQLArgument[],
  count: ValueCount,
): unknown {
  const argument = args.find((candidate) => candidate.name === name);
  // Refused by its name.
  if (argument === undefined) return parts;
  const read = parts.map((part) => formValue(name, part, argument.type, count));
  const isList = isListType(getNullableType(argument.type));
  if (isList) return read;
  if (read.length === 1) return read[0];
  throw new AppError('BAD_INPUT', `Expected ${name} once, got it ${read.length} times.`);
}

function formValue(name: string, part: File | string, type: GraphQLInputType, count: ValueCount): unknown {
  const named = getNamedType(type).name;
  if (typeof part !== 'string') {
    if (named === 'ImageInput') return { upload: part };
    throw new AppError('BAD_INPUT', `Expected ${name} as text, got a file.`);
  }
  switch (named) {
    case 'Int':
    case 'Float':
      // What is no number is worded where its type is read.
      return part.trim() === '' || Number.isNaN(Number(part)) ? part : Number(part);
    case 'ImageInput':
      if (!/^\s*[[{]/.test(part)) throw noFile(name, part);
      return parseJson(part, `The part ${quote(name)}`, count);
    case 'CorpusFilter':
      return parseJson(part, `The part ${quote(name)}`, count);
    default:
      return part;
  }
}

function noFile(name: string, part: string): AppError {
  return new AppError(
    'BAD_INPUT',
    `Expected ${name} as a file, or as JSON such as {"url": "https://…"}, got the text ${quote(part)}. With curl a file has an @ before it: -F ${name}=@FILE.`,
  );
}
