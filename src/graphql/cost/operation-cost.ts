import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  BREAK,
  getNamedType,
  isInterfaceType,
  isObjectType,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { COSTS } from '../generated/costs.ts';
import { askedFields } from '../asked-fields.ts';
import { fragmentsOf } from '../fragments.ts';
import { isLeftOut } from '../left-out.ts';
import { type ArgumentValues, argumentsCost, combinationsCost, sizeOf } from './argument-cost.ts';
import type { Cost } from './cost-table.ts';
import { declaredCost } from './declared-cost.ts';
import { type Excess, RequestTotals } from './request-totals.ts';

type Variables = Readonly<Record<string, unknown>>;

interface Walk {
  readonly schema: GraphQLSchema;
  readonly totals: RequestTotals;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** With the defaults of the operation. */
  readonly variables: Variables;
}

const QUERY = 'Query';

/** Of the fields below a field, worked out once a document; null where a variable decides. */
const fixedCosts = new WeakMap<SelectionSetNode, number | null>();

/** The fields of every query type, which no type declares. */
const META_TYPES: ReadonlyMap<string, string> = new Map([
  ['__schema', '__Schema'],
  ['__type', '__Type'],
]);

/** How long the lists are that a field's parent has sized. */
interface Sized {
  readonly fields: readonly string[];
  readonly size: number;
}

export interface OperationCost {
  /** In the units of `@cost` in schema.graphql. */
  readonly cost: number;
  /** A limit of the whole request that its arguments exceed. */
  readonly excess: Excess | null;
  /** What its texts take to encode, in pixel passes. */
  readonly textPasses: number;
}

/**
 * What an operation costs and asks for, before any of it runs.
 * @param document validated, so that fragments are there and not inside themselves
 * @param given variables as they came; what does not fit its type costs as far as it is understood
 * O(root fields and elements of the arguments), and the first time a document is seen O(fields, fragments expanded); nothing is
 * coerced or copied.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Variables,
): OperationCost {
  const walk = {
    schema,
    totals: new RequestTotals(),
    fragments: fragmentsOf(document),
    variables: withDefaults(operation, given),
  };
  const cost = COSTS.operation + costOfSelections(operation.selectionSet, QUERY, null, walk);
  return { cost, excess: walk.totals.excess, textPasses: walk.totals.textPasses };
}

function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  const defaults = variableDefinitions.filter(
    ({ defaultValue, variable }) => defaultValue && given[variable.name.value] === undefined,
  );
  if (defaults.length === 0) return given;
  const variables = { ...given };
  for (const { variable, defaultValue } of defaults) {
    if (defaultValue) variables[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return variables;
}

function costOfSelections(
  { selections }: SelectionSetNode,
  type: string,
  sized: Sized | null,
  walk: Walk,
): number {
  let sum = 0;
  for (const selection of selections) {
    if (isLeftOut(selection, walk.variables)) continue;
    switch (selection.kind) {
      case Kind.FIELD:
        sum += costOfField(selection, type, sized, walk);
        break;
      case Kind.INLINE_FRAGMENT: {
        const of = selection.typeCondition?.name.value ?? type;
        sum += costOfSelections(selection.selectionSet, of, sized, walk);
        break;
      }
      case Kind.FRAGMENT_SPREAD: {
        const fragment = walk.fragments.get(selection.name.value);
        if (!fragment) break;
        sum += costOfSelections(fragment.selectionSet, fragment.typeCondition.name.value, sized, walk);
        break;
      }
    }
  }
  return sum;
}

/** Of a field's own fields: most ask for the same whatever the variables are. */
function costOfChildren(selections: SelectionSetNode, type: string, sized: Sized | null, walk: Walk): number {
  if (sized) return costOfSelections(selections, type, sized, walk);
  const fixed = fixedCosts.get(selections);
  if (typeof fixed === 'number') return fixed;
  const cost = costOfSelections(selections, type, null, walk);
  if (fixed === undefined) fixedCosts.set(selections, readsVariable(selections, walk) ? null : cost);
  return cost;
}

function readsVariable(selections: SelectionSetNode, walk: Walk): boolean {
  let reads = false;
  visit(selections, {
    Variable() {
      reads = true;
      return BREAK;
    },
    FragmentSpread({ name }) {
      const fragment = walk.fragments.get(name.value);
      if (fragment) reads ||= readsVariable(fragment.selectionSet, walk);
      return reads ? BREAK : undefined;
    },
  });
  return reads;
}

function costOfField(node: FieldNode, type: string, sized: Sized | null, walk: Walk): number {
  const name = node.name.value;
  const { costs, args: ofArguments, listSize } = declaredCost(type, name);
  const field = fieldOf(walk.schema, type, name);
  const args = field && field.args.length > 0 ? readArguments(node, field, walk.variables) : {};
  const asked = (): ReadonlySet<string> =>
    askedFields([node], (name) => walk.fragments.get(name), walk.variables);
  if (type === QUERY) walk.totals.count(name, node.alias?.value ?? name, args, asked);
  const size = listSize ? sizeOf(listSize, args) : 1;
  const sizedFields = listSize?.sizedFields;
  const ownSize = (sizedFields ? 1 : size) * (sized?.fields.includes(name) ? sized.size : 1);
  const childType = field ? getNamedType(field.type).name : META_TYPES.get(name);
  const children =
    node.selectionSet && childType !== undefined
      ? costOfChildren(node.selectionSet, childType, sizedFields ? { fields: sizedFields, size } : null, walk)
      : 0;
  const ofGiven = field ? argumentsCost(field, args, ofArguments, asked) : 0;
  return ownSize * children + ownCost(costs, ownSize, args) + ofGiven;
}

function fieldOf(
  schema: GraphQLSchema,
  type: string,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  const parent = schema.getType(type);
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

function readArguments(
  { arguments: nodes = [] }: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: Variables,
): ArgumentValues {
  const values: Record<string, unknown> = {};
  for (const { name, defaultValue } of field.args) {
    const node = nodes.find((argument) => argument.name.value === name);
    const value = node === undefined ? undefined : valueFromASTUntyped(node.value, variables);
    values[name] = value === undefined ? defaultValue : value;
  }
  return values;
}

function ownCost(costs: readonly Cost[], size: number, args: ArgumentValues): number {
  let sum = 0;
  for (const cost of costs) {
    sum += cost.times ? combinationsCost(cost, cost.times, args) : size * cost.weight;
  }
  return sum;
}
