import fc from 'fast-check';
import type { CaseRandom } from '../case-random.ts';

/** Names that mean something to an object of JavaScript, or to GraphQL. */
export const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupSetter__',
  'then',
  'length',
  '__typename',
  '__schema',
  'toJSON',
] as const;

/** Numbers as JSON may write them and no Int or Float of a limit expects. */
export const NUMBER_TEXTS = [
  '-1',
  '0',
  '-0',
  '1e999',
  '-1e999',
  '1e-400',
  '2147483648',
  '-2147483649',
  '9007199254740993',
  '1.5',
  '0.1e1',
  '123456789012345678901234567890',
  '5e-324',
  '1E400',
  '00',
  '1.',
  '.5',
  '+1',
  '0x10',
  'NaN',
  'Infinity',
] as const;

const STRINGS: readonly ((random: CaseRandom) => string)[] = [
  () => '',
  () => ' \t\n\u00a0\u200b\u2060\ufeff\u00ad',
  () => '\u0000',
  () => '\ud800',
  () => 'a\udc00\ud800b',
  () => '\u202e\u2066evil\u2069',
  () => '👩‍👩‍👧‍👦'.repeat(50),
  () => 'e\u0301'.repeat(300),
  () => 'ﷺ'.repeat(200),
  (random) => 'a'.repeat(random.skewed(1, 300_000)),
  (random) => '\n'.repeat(random.skewed(1, 200_000)),
  (random) => '\u{10ffff}'.repeat(random.skewed(1, 20_000)),
  (random) => '{}'.repeat(random.skewed(1, 4_000)),
  (random) => '"\\'.repeat(random.skewed(1, 20_000)),
  () => '{{{}}}$&$1$$',
  () => '../../../../etc/passwd',
  () => 'selection:v1:record:',
  () => "'; DROP TABLE kv; --",
  () => '<script>alert(1)</script>',
  (random) => random.pick(PROTOTYPE_NAMES),
  (random) => random.pick(NUMBER_TEXTS),
  (random) => fc.sample(fc.string({ unit: 'binary', maxLength: 200 }), fcOptions(random))[0],
  (random) => fc.sample(fc.string({ unit: 'grapheme', maxLength: 200 }), fcOptions(random))[0],
];

/** A text that some code takes for what it is not. */
export function hostileString(random: CaseRandom): string {
  return random.pick(STRINGS)(random);
}

/** JSON text of any value: well-formed but for some numbers. It goes into a request as it stands. */
export function hostileJson(random: CaseRandom): string {
  switch (random.nextInt(12)) {
    case 0:
      return random.pick(['null', 'true', 'false', '[]', '{}', '""', '[[]]', '[null]', '{"":{}}']);
    case 1:
      return random.pick(NUMBER_TEXTS);
    case 2:
      return nested('[', ']', random);
    case 3:
      return nested('{"a":', '}', random);
    case 4:
      return `[${Array(random.skewed(1, 20_000))
        .fill(random.pick(['null', '0', '{}', '"a"', '[]']))
        .join(',')}]`;
    case 5:
      return manyFields(random);
    case 6:
      return `{${random.pick(PROTOTYPE_NAMES.map((name) => JSON.stringify(name)))}:${random.pick(['{}', '{"text":"a"}', 'null', '{"code":"BAD_INPUT"}'])}}`;
    case 7:
      // The same key twice: the last one counts, or it is refused.
      return `{"text":"a","text":${JSON.stringify(hostileString(random))}}`;
    case 8:
    case 9:
      return JSON.stringify(hostileString(random));
    default:
      return JSON.stringify(
        fc.sample(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), fcOptions(random))[0],
      );
  }
}

function nested(open: string, close: string, random: CaseRandom): string {
  const depth = random.skewed(2, 50_000);
  return (
    open.repeat(depth) + (open === '[' ? '' : '0') + close.repeat(random.chance(0.9) ? depth : depth - 1)
  );
}

function manyFields(random: CaseRandom): string {
  const value = JSON.stringify(hostileString(random));
  const count = value.length > 5_000 ? random.skewed(1, 20) : random.skewed(1, 3_000);
  return `{${Array.from({ length: count }, (_, i) => `"f${i}":${value.length > 200 ? '""' : value}`).join(',')},"base64":${value}}`;
}

/** One sample of fast-check, by the case's own seed. */
export function fcOptions(random: CaseRandom): { readonly seed: number; readonly numRuns: 1 } {
  return { seed: random.nextInt(2 ** 31), numRuns: 1 };
}
