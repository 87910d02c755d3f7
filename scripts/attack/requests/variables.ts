import { type AttackRequest, type RequestTools, jsonRequest } from '../attack-request.ts';
import type { CaseRandom } from '../case-random.ts';
import { hostileJson, hostileString } from './hostile-values.ts';
import { operations } from './operations.ts';

const HOLE = '\u0001hole\u0001';
const MAX_BODY_CHARACTERS = 2_000_000;

/** A valid operation with one or two values of its variables replaced by hostile ones, or with variables that are none. */
export function variablesRequest(tools: RequestTools): AttackRequest {
  const { random, marker } = tools;
  const operation = random.pick(operations(tools, random));
  const variables = random.chance(0.1)
    ? random.pick([hostileJson(random), '[]', '"{}"', '1', 'null'])
    : withHoles(operation.variables, random);
  const extra = random.chance(0.1) ? `,"extensions":${hostileJson(random)}` : '';
  const name = random.chance(0.1) ? `,"operationName":${JSON.stringify(hostileString(random))}` : '';
  const label = `query A_${marker.replaceAll('-', '_')}`;
  const query = operation.query.replace('query A', label);
  const body = `{"query":${JSON.stringify(query)},"variables":${variables}${name}${extra}}`;
  return jsonRequest(body.slice(0, MAX_BODY_CHARACTERS), { random });
}

/** JSON of the value with one or two hostile values somewhere in it. */
export function withHoles(value: Readonly<Record<string, unknown>>, random: CaseRandom): string {
  const copy = structuredClone(value);
  for (let times = 1 + random.nextInt(2); times > 0; times--) dig(copy, random);
  return JSON.stringify(copy)
    .split(JSON.stringify(HOLE))
    .reduce((text, rest) => text + hostileJson(random) + rest);
}

/** Puts a hole somewhere in a value: in place of a part, beside its parts, or as one part many times. */
function dig(container: Record<string, unknown> | unknown[], random: CaseRandom): void {
  const keys = Object.keys(container);
  const key = keys.length === 0 || random.chance(0.1) ? `k${random.nextInt(9)}` : random.pick(keys);
  const value = (container as Record<string, unknown>)[key];
  if (typeof value === 'object' && value !== null && random.chance(0.7)) {
    return dig(value as Record<string, unknown>, random);
  }
  if (Array.isArray(value) && random.chance(0.5)) {
    const item: unknown = value[0] ?? HOLE;
    for (let times = random.skewed(1, 2_000); times > 0; times--) value.push(item);
    return;
  }
  (container as Record<string, unknown>)[key] = HOLE;
}
