import {
  type GraphQLField,
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

/**
 * @param declared by argument, where schema.graphql has something on it
 * @param asked the names of the fields that are asked of what the field gives
 */
export function argumentsCost(
  { args }: GraphQLField<unknown, unknown>,
  values: ArgumentValues,
  declared: FieldCost['args'],
  asked: () => ReadonlySet<string>,
): number {
  let sum = 0;
  for (const { name, type } of args) {
    const costs = declared?.[name] ?? NONE;
    if (isUsed(costs, asked)) sum += inputCost(values[name], type, costs);
  }
  return sum;
}

function isUsed(costs: readonly Cost[], asked: () => ReadonlySet<string>): boolean {
  const users = costs.flatMap(({ ifAsked }) => ifAsked ?? []);
  return users.length === 0 || users.some((name) => asked().has(name));
}

/** @param costs of each element where the type is a list */
function inputCost(value: unknown, type: GraphQLInputType, costs: readonly Cost[]): number {
  if (value === undefined || value === null) return 0;
  if (isNonNullType(type)) return inputCost(value, type.ofType, costs);
  let sum = 0;
  if (isListType(type)) {
    if (!Array.isArray(value)) return inputCost(value, type.ofType, costs);
    for (const element of value) sum += inputCost(element, type.ofType, costs);
    return sum;
  }
  for (const cost of costs) sum += cost.weight + lengthCost(cost, lengthOf(value), 1);
  if (isEnumType(type) && typeof value === 'string') return sum + enumValueCost(type.name, value);
  if (!isInputObjectType(type) || typeof value !== 'object') return sum;
  const fields = type.getFields();
  for (const [name, given] of Object.entries(value)) {
    if (Object.hasOwn(fields, name))
      sum += inputCost(given, fields[name].type, declaredCost(type.name, name).costs);
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
