import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  BREAK,
  getNamedType,
  isInterfaceType,
  isObjectType,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { askedFields } from '../asked-fields.ts';
import { isLeftOut } from '../left-out.ts';
import { type ArgumentValues, argumentsPrice, combinationsCost, sizeOf } from './argument-cost.ts';
import type { Cost } from './cost-table.ts';
import { declaredCost } from './declared-cost.ts';
import { RequestTotals } from './request-totals.ts';

/** By name, with the defaults of the operation. */
export type Variables = Readonly<Record<string, unknown>>;

/** What an operation is priced by: what it came with, and what it asks for together. */
interface Asked {
  readonly variables: Variables;
  readonly totals: RequestTotals;
}

/**
 * What a part of a document costs: a number, where that is the same whatever the variables are, or what tells it for those of a request.
 * Most of what a document says is the former, so that a request's price is worked out from its arguments alone.
 * @param size of the lists that the part's parent has sized; 1 where it has sized none
 */
export type Price = number | ((asked: Asked, size: number) => number);

/** What the parts of a document are read by. */
interface Reading {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

const QUERY = 'Query';
const NONE: readonly string[] = [];
/** The fields of every query type, which no type declares. */
const META_TYPES: ReadonlyMap<string, string> = new Map([
  ['__schema', '__Schema'],
  ['__type', '__Type'],
]);

/** Of all that an operation selects, beside what every operation costs. O(its fields), and O(those of a fragment) once a document. */
export function priceOfOperation(reading: Reading, { selectionSet }: OperationDefinitionNode): Price {
  return priceOfSelections(reading, selectionSet, QUERY, NONE);
}

/** @param sized fields of the type that are lists whose size the parent tells */
function priceOfSelections(
  reading: Reading,
  { selections }: SelectionSetNode,
  type: string,
  sized: readonly string[],
): Price {
  const prices = selections.map((selection) => priceOfSelection(reading, selection, type, sized));
  if (prices.every((price) => typeof price === 'number'))
    return prices.reduce((sum, price) => sum + price, 0);
  return (asked, size) => {
    let sum = 0;
    for (const price of prices) sum += typeof price === 'number' ? price : price(asked, size);
    return sum;
  };
}

function priceOfSelection(
  reading: Reading,
  selection: SelectionNode,
  type: string,
  sized: readonly string[],
): Price {
  const price = priceOfContent(reading, selection, type, sized);
  if (!selection.directives || selection.directives.length === 0) return price;
  return (asked, size) => {
    if (isLeftOut(selection, asked.variables)) return 0;
    return typeof price === 'number' ? price : price(asked, size);
  };
}

function priceOfContent(
  reading: Reading,
  selection: SelectionNode,
  type: string,
  sized: readonly string[],
): Price {
  switch (selection.kind) {
    case Kind.FIELD:
      return priceOfField(reading, selection, type, sized.includes(selection.name.value));
    case Kind.INLINE_FRAGMENT:
      return priceOfSelections(
        reading,
        selection.selectionSet,
        selection.typeCondition?.name.value ?? type,
        sized,
      );
    case Kind.FRAGMENT_SPREAD: {
      const fragment = reading.fragments.get(selection.name.value);
      return fragment ? priceOfFragment(reading, fragment, sized) : 0;
    }
  }
}

/** By the sized fields of where a fragment is spread. */
const pricesOfFragments = new WeakMap<FragmentDefinitionNode, Map<readonly string[], Price>>();

/** Made once, however often it is spread, and by however many operations: a document may have hundreds that spread it hundreds of times. */
function priceOfFragment(
  reading: Reading,
  fragment: FragmentDefinitionNode,
  sized: readonly string[],
): Price {
  let prices = pricesOfFragments.get(fragment);
  if (prices === undefined) {
    prices = new Map();
    pricesOfFragments.set(fragment, prices);
  }
  let price = prices.get(sized);
  if (price === undefined) {
    price = priceOfSelections(reading, fragment.selectionSet, fragment.typeCondition.name.value, sized);
    prices.set(sized, price);
  }
  return price;
}

/** @param isSized whether its parent tells how long its list is */
function priceOfField(reading: Reading, node: FieldNode, type: string, isSized: boolean): Price {
  const name = node.name.value;
  const { costs, args: ofArguments, listSize } = declaredCost(type, name);
  const field = fieldOf(reading.schema, type, name);
  const isOfQuery = type === QUERY;
  const sizedFields = listSize?.sizedFields;
  const children = priceOfChildren(reading, node, field, sizedFields ?? NONE);
  const readArguments = argumentReader(node, field);
  const priceOfArguments = field && argumentsPrice(field, ofArguments);
  const key = node.alias?.value ?? name;

  const price = (asked: Asked, given: number): number => {
    const { variables, totals } = asked;
    const args = readArguments(variables);
    const askedOf = (): ReadonlySet<string> =>
      askedFields([node], (of) => reading.fragments.get(of), variables);
    if (isOfQuery) totals.count(name, key, args, askedOf);
    const size = listSize ? sizeOf(listSize, args) : 1;
    const ownSize = (sizedFields ? 1 : size) * (isSized ? given : 1);
    const ofChildren = typeof children === 'number' ? children : children(asked, sizedFields ? size : 1);
    const ofArguments = priceOfArguments ? priceOfArguments(args, askedOf) : 0;
    return ownSize * ofChildren + ownCost(costs, ownSize, args) + ofArguments;
  };
  const isFixed =
    !isOfQuery &&
    !isSized &&
    typeof children === 'number' &&
    !node.arguments?.some(({ value }) => readsVariable(value));
  return isFixed ? price({ variables: {}, totals: new RequestTotals() }, 1) : price;
}

/** Of the fields below a field. */
function priceOfChildren(
  reading: Reading,
  { name, selectionSet }: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
  sized: readonly string[],
): Price {
  const type = field ? getNamedType(field.type).name : META_TYPES.get(name.value);
  return selectionSet && type !== undefined ? priceOfSelections(reading, selectionSet, type, sized) : 0;
}

function fieldOf(
  schema: GraphQLSchema,
  type: string,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  const parent = schema.getType(type);
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

/** What gives the arguments of a field for the variables of a request; those in the document are read once. */
function argumentReader(
  { arguments: nodes = [] }: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
): (variables: Variables) => ArgumentValues {
  const readers = (field?.args ?? []).map(({ name, defaultValue }) => ({
    name,
    defaultValue,
    read: valueReader(nodes.find((argument) => argument.name.value === name)?.value),
  }));
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const { name, defaultValue, read } of readers) {
      const value = read(variables);
      values[name] = value === undefined ? defaultValue : value;
    }
    return values;
  };
}

function valueReader(node: ValueNode | undefined): (variables: Variables) => unknown {
  if (node?.kind === Kind.VARIABLE) {
    const name = node.name.value;
    return (variables) => variables[name];
  }
  if (node !== undefined && readsVariable(node)) return (variables) => valueFromASTUntyped(node, variables);
  const value = node && valueFromASTUntyped(node);
  return () => value;
}

function readsVariable(node: ValueNode): boolean {
  let reads = false;
  visit(node, {
    Variable() {
      reads = true;
      return BREAK;
    },
  });
  return reads;
}

function ownCost(costs: readonly Cost[], size: number, args: ArgumentValues): number {
  let sum = 0;
  for (const cost of costs) {
    sum += cost.times ? combinationsCost(cost, cost.times, args) : size * cost.weight;
  }
  return sum;
}
