import {
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Cost, FieldCost, ListSize } from './cost-table.ts';
import { declaredCost, enumValueCost } from './declared-cost.ts';

/** Of one field, by name, as they came: not coerced. */
export type ArgumentValues = Readonly<Record<string, unknown>>;

const NONE: readonly Cost[] = [];
const THOUSAND = 1_000;

/** What a value costs as an argument or as a part of one; nothing where it is left out. */
type ValuePrice = (value: unknown) => number;

/**
 * What the arguments of a field cost, read from its declaration once.
 * @param declared by argument, where schema.graphql has something on it
 */
export function argumentsPrice(
  { args }: GraphQLField<unknown, unknown>,
  declared: FieldCost['args'],
): (values: ArgumentValues, asked: () => ReadonlySet<string>) => number {
  const priced = args.map(({ name, type }) => {
    const costs = declared?.[name] ?? NONE;
    return { name, users: costs.flatMap(({ ifAsked }) => ifAsked ?? []), price: valuePrice(type, costs) };
  });
  // asked: the names of the fields that are asked of what the field gives.
  return (values, asked) => {
    let sum = 0;
    for (const { name, users, price } of priced) {
      if (users.length === 0 || users.some((user) => asked().has(user))) sum += price(values[name]);
    }
    return sum;
  };
}

/** @param costs of each element where the type is a list */
function valuePrice(type: GraphQLInputType, costs: readonly Cost[]): ValuePrice {
  if (isNonNullType(type)) return valuePrice(type.ofType, costs);
  if (isListType(type)) {
    const element = valuePrice(type.ofType, costs);
    return (value) => (Array.isArray(value) ? sumOf(value, element) : element(value));
  }
  const own = ownPrice(costs);
  if (isEnumType(type)) {
    return (value) => own(value) + (typeof value === 'string' ? enumValueCost(type.name, value) : 0);
  }
  if (isInputObjectType(type)) return (value) => withFields(own(value), value, type);
  return own;
}

function sumOf(values: readonly unknown[], price: ValuePrice): number {
  let sum = 0;
  for (const value of values) sum += price(value);
  return sum;
}

function ownPrice(costs: readonly Cost[]): ValuePrice {
  return (value) => {
    if (value === undefined || value === null) return 0;
    let sum = 0;
    for (const cost of costs) {
      sum += cost.weight + (cost.perKilobyte === undefined ? 0 : lengthCost(cost, lengthOf(value), 1));
    }
    return sum;
  };
}

/** By field; made when one of the type is first given, since types may hold themselves. */
const fieldPrices = new WeakMap<GraphQLInputObjectType, ReadonlyMap<string, ValuePrice>>();

/** @param own what the value costs by itself */
function withFields(own: number, value: unknown, type: GraphQLInputObjectType): number {
  if (typeof value !== 'object' || value === null) return own;
  let prices = fieldPrices.get(type);
  if (prices === undefined) {
    const fields = Object.values(type.getFields());
    prices = new Map(
      fields.map((field) => [field.name, valuePrice(field.type, declaredCost(type.name, field.name).costs)]),
    );
    fieldPrices.set(type, prices);
  }
  let sum = own;
  for (const name of Object.keys(value)) {
    sum += prices.get(name)?.((value as Readonly<Record<string, unknown>>)[name]) ?? 0;
  }
  return sum;
}

/** UTF-16 units of a text, bytes of a file; 0 of anything else. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return value instanceof Blob ? value.size : 0;
}

/** @param length of `count` values together, which are taken to be of one length */
function lengthCost({ perKilobyte, upTo = Infinity }: Cost, length: number, count: number): number {
  return perKilobyte === undefined ? 0 : (perKilobyte * Math.min(length, upTo * count)) / THOUSAND;
}

/**
 * Of a cost that counts once for every combination of elements.
 * @param times list arguments, or numbers; one that is left out counts as one element, whose length is not known
 */
export function combinationsCost(cost: Cost, times: readonly string[], args: ArgumentValues): number {
  // A number that is left out is in what the field costs by itself.
  if (times.every((name) => args[name] === undefined || args[name] === null)) return 0;
  const counts = times.map((name) => countOf(args[name]) ?? 1);
  const combinations = counts.reduce((product, count) => product * count, 1);
  if (combinations === 0) return 0;
  const characters = times.reduce(
    (sum, name, i) => sum + (totalLength(args[name]) * combinations) / counts[i],
    0,
  );
  return cost.weight * combinations + lengthCost(cost, characters, combinations);
}

function totalLength(value: unknown): number {
  if (!Array.isArray(value)) return lengthOf(value);
  return value.reduce<number>((sum, element) => sum + lengthOf(element), 0);
}

/** Elements of a list argument, where a single value is a list of one, or what a number says; null where it is left out. */
function countOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Math.max(0, value);
  return Array.isArray(value) ? value.length : 1;
}

/** At least 0. */
export function sizeOf({ assumedSize, slicingArguments = [] }: ListSize, args: ArgumentValues): number {
  let product: number | null = null;
  let most = Infinity;
  for (const name of slicingArguments) {
    const value = args[name];
    if (typeof value === 'number') most = Math.min(most, Math.max(0, value));
    else product = (product ?? 1) * (countOf(value) ?? 1);
  }
  if (product !== null) return Math.min(product, most);
  return most === Infinity ? (assumedSize ?? 1) : most;
}
