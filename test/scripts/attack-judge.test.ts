import { describe, expect, it } from 'vitest';
import type { AttackRequest } from '../../scripts/attack/attack-request.ts';
import { caseRandom } from '../../scripts/attack/case-random.ts';
import { CLASSES, planCases } from '../../scripts/attack/classes.ts';
import { judgeAnswer } from '../../scripts/attack/judge-answer.ts';
import { markerOf, secretsOf } from '../../scripts/attack/leaks.ts';
import { BOUNDS, type Outcome, addOutcome, emptyRow } from '../../scripts/attack/outcome.ts';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

const request: AttackRequest = {
  method: 'POST',
  path: '/graphql',
  headers: {},
  body: new TextEncoder().encode('{"query":"{ a }"}'),
};
const secrets = secretsOf(['/tmp/alignql-attack-x']);

function judge(
  body: unknown,
  { status = 200, cpuMs = 1, changes = {} }: { status?: number; cpuMs?: number; changes?: object } = {},
): Outcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, headers: {}, text, bytes: Buffer.byteLength(text) };
  return judgeAnswer({ ...request, ...changes }, answer, { cpuMs, secrets, marker: markerOf(1, 2) });
}

const error = (message: string, code: unknown = 'BAD_INPUT') => ({
  errors: [{ message, extensions: { code } }],
});

describe('what the attack takes for a fault', () => {
  it.each<[string, unknown, Parameters<typeof judge>[1]?]>([
    ['a page', '<html>'],
    ['a cut answer', '{"data":{'],
    ['a list', []],
    ['nothing of GraphQL', {}],
    ['no errors in errors', { errors: [] }],
    ['an error without a code', { errors: [{ message: 'no' }] }],
    ['a bug', error('Unexpected error.', 'INTERNAL')],
    ["the blame on the encoder for a caller's picture", error('no', 'ENCODER_FAILED')],
    ['a bug in the place of an item', { data: { a: [{ code: 'INTERNAL', message: 'no' }] } }],
    ['status 500', error('no'), { status: 500 }],
    ['status 400 without an error', { data: {} }, { status: 400 }],
    ['a long refusal', error('a'.repeat(BOUNDS.refusalBytes))],
    ['a dear refusal', error('no'), { cpuMs: BOUNDS.refusedCpuMs + 1 }],
    ['a dear answer', { data: {} }, { cpuMs: BOUNDS.answeredCpuMs + 1 }],
    ['a cosine out of its range', { data: { align: { cosine: 1.5 } } }],
    ['another code than the right ones', error('no'), { changes: { codes: ['URL_REFUSED'] } }],
    ['data where only a refusal is right', { data: {} }, { changes: { codes: ['URL_REFUSED'] } }],
    ['wrong data', { data: {} }, { changes: { checkData: () => 'wrong' } }],
  ])('is %s', (_name, body, options) => {
    const outcome = judge(body, options);
    expect(outcome).toMatchObject({ verdict: 'fault', why: expect.any(String) });
    expect(addOutcome(emptyRow('a'), outcome, 0)).toMatchObject({ tried: 1, faults: 1, holds: false });
  });

  it.each([
    ['a stack', 'no\n    at decode (decode.ts:1:2)'],
    ["an engine's words", "Cannot read properties of undefined (reading 'x')"],
    ['a class of errors', 'RuntimeError: unreachable'],
    ['a path of this project', `no ${PROJECT_ROOT}src/index.ts`],
    ['the state folder', 'no /tmp/alignql-attack-x/worker'],
    ['a variable', 'set IMAGE_HOSTS'],
    ['a variable of the encoder', 'MAX_IMAGE_PIXELS is 5'],
    ["another caller's marker", `got ${markerOf(1, 1)}`],
  ])('is a leak: %s', (_name, message) => {
    const outcome = judge(error(message));
    expect(outcome).toMatchObject({ verdict: 'refused', leak: expect.any(String) });
    expect(addOutcome(emptyRow('a'), outcome, 0)).toMatchObject({ leaks: 1, holds: false });
  });

  it('is a restart, whatever was answered', () => {
    expect(addOutcome(emptyRow('a'), judge({ data: {} }), 1)).toMatchObject({ restarts: 1, holds: false });
  });
});

describe('what holds', () => {
  it.each<[string, unknown, object?]>([
    ['a refusal', error('no')],
    ['a refusal of GraphQL', error('Syntax Error', 'GRAPHQL_PARSE_FAILED')],
    ['a refusal in the place of an item', { data: { a: [{ code: 'BAD_IMAGE', message: 'no' }] } }],
    ['the right code', error('no', 'URL_REFUSED'), { codes: ['URL_REFUSED'] }],
    [
      'what was sent, sent back',
      error('got RuntimeError: x'),
      { body: new TextEncoder().encode('RuntimeError') },
    ],
    ["the case's own marker", error(`got ${markerOf(1, 2)}`)],
  ])('is %s', (_name, body, changes = {}) => {
    expect(judge(body, { changes })).toMatchObject({ verdict: 'refused' });
    expect(judge(body, { changes })).not.toHaveProperty('leak');
  });

  it('is an answer to what is valid', () => {
    expect(judge({ data: { align: { cosine: 0.5, probability: 0.1 } } })).toMatchObject({
      verdict: 'answered',
    });
  });
});

describe('the cases', () => {
  it('are the same for the same seed, class and number', () => {
    const draw = (seed: number, name: string, number: number): number =>
      caseRandom(seed, name, number).next();
    expect(draw(1, 'a', 2)).toBe(draw(1, 'a', 2));
    expect(new Set([draw(1, 'a', 2), draw(2, 'a', 2), draw(1, 'b', 2), draw(1, 'a', 3)]).size).toBe(4);
  });

  it('come to the number asked for, each class with one at least', () => {
    for (const total of [500, 20_000]) {
      const counts = [...planCases(CLASSES, total).values()];
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    }
  });
});
