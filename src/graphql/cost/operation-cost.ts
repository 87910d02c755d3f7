import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { COSTS } from '../generated/costs.ts';
import { fragmentsOf } from '../fragments.ts';
import type { AskedHeat } from '../../use-cases/heat-passes.ts';
import { type Price, type Variables, priceOfOperation } from './operation-price.ts';
import { type Excess, RequestTotals } from './request-totals.ts';

export interface OperationCost {
  /** In the units of `@cost` in schema.graphql. */
  readonly cost: number;
  /** A limit of the whole request that its arguments exceed. */
  readonly excess: Excess | null;
  /** What its texts take to encode, in pixel passes. */
  readonly textPasses: number;
  readonly heats: readonly AskedHeat[];
}

/** What is worked out once an operation. */
interface Known {
  readonly price: Price;
  /** Of its variables, by name, where one is declared. */
  readonly defaults: readonly (readonly [name: string, value: unknown])[];
  /** Whether one is called as what every object has (`constructor`): an object of variables then seems to have it. */
  readonly hasInherited: boolean;
}

const knownByOperation = new WeakMap<OperationDefinitionNode, Known>();

/**
 * What an operation costs and asks for, before any of it runs.
 * @param document validated, so that fragments are there and not inside themselves
 * @param given variables as they came; what does not fit its type costs as far as it is understood
 * O(root fields and elements of the arguments), of fields whose price a variable decides as often as fragments spread them, and O(fields) the
 * first time; nothing is coerced or copied.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Variables,
): OperationCost {
  let known = knownByOperation.get(operation);
  if (known === undefined) {
    known = {
      price: priceOfOperation({ schema, fragments: fragmentsOf(document) }, operation),
      defaults: defaultsOf(operation),
      hasInherited: hasInherited(operation),
    };
    knownByOperation.set(operation, known);
  }
  const { price, defaults } = known;
  const totals = new RequestTotals();
  const own = known.hasInherited ? withoutPrototype(given) : given;
  const asked = { variables: withDefaults(defaults, own), totals };
  const cost = COSTS.operation + (typeof price === 'number' ? price : price(asked, 1));
  return { cost, excess: totals.excess, textPasses: totals.textPasses, heats: totals.heats };
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Known['defaults'] {
  return variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
}

function hasInherited({ variableDefinitions = [] }: OperationDefinitionNode): boolean {
  return variableDefinitions.some(({ variable }) => variable.name.value in Object.prototype);
}

function withoutPrototype(given: Variables): Variables {
  return Object.assign(Object.create(null) as Record<string, unknown>, given);
}

function withDefaults(defaults: Known['defaults'], given: Variables): Variables {
  const missing = defaults.filter(([name]) => given[name] === undefined);
  return missing.length === 0 ? given : Object.assign(withoutPrototype(given), Object.fromEntries(missing));
}
