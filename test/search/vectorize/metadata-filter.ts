import { CODES, VectorizeRefusal } from './refusal.ts';

/** What a metadata index holds of one vector. */
export type IndexedValue = string | number | boolean;

const MAX_FILTER_BYTES = 2048;
const MAX_KEY_CHARACTERS = 512;
const LOWER = ['$gt', '$gte'];
const UPPER = ['$lt', '$lte'];

/**
 * A filter, checked by the rules of https://developers.cloudflare.com/vectorize/reference/metadata-filtering/.
 * @returns whether a vector with these indexed values is among the candidates
 * @throws VectorizeRefusal
 */
export function readFilter(filter: unknown): (indexed: ReadonlyMap<string, IndexedValue>) => boolean {
  if (typeof filter !== 'object' || filter === null || Object.keys(filter).length === 0) {
    throw refused('filter must be a non-empty object');
  }
  const bytes = new TextEncoder().encode(JSON.stringify(filter)).length;
  if (bytes >= MAX_FILTER_BYTES)
    throw refused(`filter must take less than ${MAX_FILTER_BYTES} bytes, got ${bytes}`);
  const conditions = Object.entries(filter).map(
    ([key, condition]) => [key, readCondition(key, condition)] as const,
  );
  return (indexed) => conditions.every(([key, isMet]) => isMet(indexed.get(key)));
}

type Condition = (value: IndexedValue | undefined) => boolean;

function readCondition(key: string, condition: unknown): Condition {
  if (key === '' || key.includes('"') || key.startsWith('$') || key.length > MAX_KEY_CHARACTERS) {
    throw refused(`invalid filter key ${JSON.stringify(key)}`);
  }
  if (isScalar(condition)) return (value) => value === (condition ?? undefined);
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) {
    throw refused(`invalid condition on ${key}`);
  }
  const operators = Object.entries(condition);
  const names = operators.map(([name]) => name);
  const isRange = names.every((name) => [...LOWER, ...UPPER].includes(name));
  const pairs =
    names.filter((name) => LOWER.includes(name)).length <= 1 &&
    names.filter((name) => UPPER.includes(name)).length <= 1;
  if (operators.length === 0 || (operators.length > 1 && !(isRange && pairs))) {
    throw refused(`invalid combination of operators on ${key}: ${names.join(', ') || 'none'}`);
  }
  const read = operators.map(([name, operand]) => readOperator(key, name, operand));
  return (value) => read.every((isMet) => isMet(value));
}

function readOperator(key: string, name: string, operand: unknown): Condition {
  if (name === '$eq' || name === '$ne') {
    if (!isScalar(operand)) throw refused(`${name} on ${key} takes a string, number, boolean or null`);
    const isEqual: Condition = (value) => value === (operand ?? undefined);
    return name === '$eq' ? isEqual : (value) => !isEqual(value);
  }
  if (name === '$in' || name === '$nin') {
    if (!Array.isArray(operand) || !operand.every(isScalar)) throw refused(`${name} on ${key} takes a list`);
    const isListed: Condition = (value) => operand.some((one: unknown) => value === (one ?? undefined));
    return name === '$in' ? isListed : (value) => !isListed(value);
  }
  if (![...LOWER, ...UPPER].includes(name)) throw refused(`unknown operator ${name} on ${key}`);
  if (typeof operand !== 'string' && typeof operand !== 'number') {
    throw refused(`${name} on ${key} takes a string or a number`);
  }
  return (value) => typeof value === typeof operand && value !== undefined && compares(name, value, operand);
}

function compares(name: string, value: IndexedValue, operand: string | number): boolean {
  if (name === '$lt') return value < operand;
  if (name === '$lte') return value <= operand;
  return name === '$gt' ? value > operand : value >= operand;
}

function isScalar(value: unknown): value is IndexedValue | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function refused(message: string): VectorizeRefusal {
  return new VectorizeRefusal(CODES.assumed, message);
}
