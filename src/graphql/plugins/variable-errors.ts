import {
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  getVariableValues,
} from 'graphql';
import { shorten } from '../../errors.ts';

/** GraphQL adds one that says that there are more. */
const MAX_ERRORS = 5;
/** GraphQL prints the value that does not fit in each error, whole. A message of GraphQL's that is longer loses its middle. */
export const MAX_MESSAGE_CHARACTERS = 200;
/** Of a text within a value: as any message repeats it, or less where the message would be too long. */
const TEXT_CHARACTERS = [100, 24];
/** No input type nests so deep, and no input object has so many fields: what is beyond is wrong whatever it holds. */
const MAX_DEPTH = 8;
const MAX_FIELDS = 200;

/**
 * What is wrong with the variables of an operation, in GraphQL's words and a few errors. They are made of a copy in which every text
 * is short.
 * @returns none where the variables fit
 */
export function variableErrors(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly GraphQLError[] {
  let errors: readonly GraphQLError[] = [];
  for (const most of TEXT_CHARACTERS) {
    const short = Object.fromEntries(
      variableDefinitions
        .map(({ variable }) => variable.name.value)
        .filter((name) => Object.hasOwn(variables, name))
        .map((name) => [name, withShortTexts(variables[name], most, 0)]),
    );
    errors = getVariableValues(schema, variableDefinitions, short, { maxErrors: MAX_ERRORS }).errors ?? [];
    if (errors.every(({ message }) => message.length <= MAX_MESSAGE_CHARACTERS)) break;
  }
  return errors;
}

/** O(size); uploaded files stay as they are. */
function withShortTexts(value: unknown, most: number, depth: number): unknown {
  if (typeof value === 'string') return shorten(value, most);
  if (Array.isArray(value)) {
    return depth < MAX_DEPTH ? value.map((item) => withShortTexts(item, most, depth + 1)) : [];
  }
  if (!isRecord(value)) return value;
  const fields = depth < MAX_DEPTH ? Object.entries(value).slice(0, MAX_FIELDS) : [];
  return Object.fromEntries(
    fields.map(([name, field]) => [shorten(name, most), withShortTexts(field, most, depth + 1)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Blob);
}
