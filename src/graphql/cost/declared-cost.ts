import { COSTS } from '../generated/costs.ts';
import type { FieldCost, TypeCosts } from './cost-table.ts';

/** Of a field that declares nothing: introspection's, `__typename`, and those that cost what `@cost` says by default. */
const DEFAULT_COST: FieldCost = { costs: [{ weight: COSTS.field }] };

function list(assumedSize: number): FieldCost {
  return { costs: DEFAULT_COST.costs, listSize: { assumedSize } };
}

/**
 * Of introspection, which schema.graphql cannot declare: fields that give lists, by type, at the lengths that they have in this
 * schema on the average (`__Type` counts only types that have them). Every other field costs as `@cost` does by default.
 */
const INTROSPECTION_COSTS: Readonly<Record<string, TypeCosts | undefined>> = {
  __Schema: { types: list(60), directives: list(8) },
  __Type: {
    fields: list(8),
    interfaces: list(0),
    possibleTypes: list(2),
    enumValues: list(6),
    inputFields: list(4),
    // Every other type is inside a list or not null.
    ofType: list(0.5),
  },
  __Directive: { args: list(2), locations: list(3) },
  __Field: { args: list(1) },
};

/** What a field of an object type or an input type declares, or costs by default. */
export function declaredCost(type: string, field: string): FieldCost {
  const fields = ownOf(COSTS.types, type) ?? ownOf(INTROSPECTION_COSTS, type);
  return (fields && ownOf(fields, field)) ?? DEFAULT_COST;
}

/** What a value of an enum costs wherever it is given; nothing unless it is declared. */
export function enumValueCost(type: string, value: string): number {
  const values = ownOf(COSTS.types, type);
  const costs = (values && ownOf(values, value))?.costs ?? [];
  return costs.reduce((sum, { weight }) => sum + weight, 0);
}

/** Names come from a document that may be of another operation than a query, which has no type to check them: `valueOf` is one. */
function ownOf<Value>(record: Readonly<Record<string, Value | undefined>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
