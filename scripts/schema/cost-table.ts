import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  buildSchema,
  getDirectiveValues,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import type { Cost, CostTable, FieldCost, ListSize, TypeCosts } from '../../src/graphql/cost/cost-table.ts';

interface Declared {
  readonly directives?: readonly ConstDirectiveNode[];
}

/**
 * What an SDL's fields declare to cost by `@cost` and `@listSize`.
 * @throws Error when a field of an object type or an input type declares nothing (a value of an enum may), or what is declared makes no sense
 */
export function costTableOf(sdl: string): CostTable {
  const schema = buildSchema(sdl);
  const field = Number(schema.getDirective('cost')?.args.find(({ name }) => name === 'weight')?.defaultValue);
  const types: Record<string, TypeCosts> = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (isEnumType(type)) {
      const dear = type.getValues().flatMap(({ name, astNode }) => {
        const costs = costsOf(schema, `${type.name}.${name}`, astNode ?? {});
        return costs.length === 0 ? [] : [[name, { costs }] as const];
      });
      if (dear.length > 0) types[type.name] = Object.fromEntries(dear);
    }
    if (type.name.startsWith('__') || !(isObjectType(type) || isInputObjectType(type))) continue;
    const fields = Object.values(type.getFields()).map(({ name, astNode }) => {
      const at = `${type.name}.${name}`;
      if (!astNode) throw new Error(`${at} has no definition`);
      return [name, readField(schema, at, astNode)] as const;
    });
    const dearer = fields.filter(
      ([, declared]) => JSON.stringify(declared) !== JSON.stringify({ costs: [{ weight: field }] }),
    );
    if (dearer.length > 0) types[type.name] = Object.fromEntries(dearer);
  }
  const [operation] = costsOf(schema, 'Query', schema.getQueryType()?.astNode ?? {});
  return { operation: operation?.weight ?? 0, field, types };
}

function readField(
  schema: GraphQLSchema,
  at: string,
  node: FieldDefinitionNode | InputValueDefinitionNode,
): FieldCost {
  const costs = costsOf(schema, at, node);
  if (costs.length === 0) throw new Error(`${at}: expected a @cost, got none`);
  const args = Object.fromEntries(
    ('arguments' in node ? (node.arguments ?? []) : [])
      .map(
        (argument) =>
          [argument.name.value, costsOf(schema, `${at}(${argument.name.value})`, argument)] as const,
      )
      .filter(([, ofArgument]) => ofArgument.length > 0),
  );
  const listSize = listSizeOf(schema, node);
  assertNamed(at, node, [
    ...costs.flatMap(({ times }) => times ?? []),
    ...(listSize?.slicingArguments ?? []),
  ]);
  return {
    costs,
    ...(Object.keys(args).length === 0 ? {} : { args }),
    ...(listSize === undefined ? {} : { listSize }),
  };
}

function costsOf(schema: GraphQLSchema, at: string, node: Declared): Cost[] {
  const definition = schema.getDirective('cost');
  if (!definition) throw new Error('the schema has no directive @cost');
  return (node.directives ?? [])
    .filter(({ name }) => name.value === 'cost')
    .map((directive) => {
      const values = getDirectiveValues(definition, { directives: [directive] }) ?? {};
      const { weight, perKilobyte, upTo, times, ifAsked } = values as Record<string, unknown>;
      const perKilobyteNumber = readWeight(at, perKilobyte);
      return {
        weight: readWeight(at, weight),
        ...(perKilobyteNumber === 0 ? {} : { perKilobyte: perKilobyteNumber }),
        ...(upTo == null ? {} : { upTo: upTo as number }),
        ...(times == null ? {} : { times: times as readonly string[] }),
        ...(ifAsked == null ? {} : { ifAsked: ifAsked as readonly string[] }),
      };
    });
}

function readWeight(at: string, text: unknown): number {
  const weight = Number(text);
  if (typeof text === 'string' && text.trim() !== '' && weight >= 0 && Number.isFinite(weight)) return weight;
  throw new Error(`${at}: expected a weight of at least 0, got ${JSON.stringify(text)}`);
}

function listSizeOf(schema: GraphQLSchema, node: Declared): ListSize | undefined {
  const definition = schema.getDirective('listSize');
  if (!definition) throw new Error('the schema has no directive @listSize');
  return getDirectiveValues(definition, node) as ListSize | undefined;
}

function assertNamed(
  at: string,
  node: FieldDefinitionNode | InputValueDefinitionNode,
  names: readonly string[],
): void {
  const known = 'arguments' in node ? (node.arguments ?? []).map(({ name }) => name.value) : [];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${at}: it has no argument ${unknown}`);
}
