import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exp, log, log1p } from '../../src/core/exp-log.ts';
import { createRandom } from '../../src/core/random.ts';

const FUNCTIONS = { exp, log, log1p };
const NAMES = ['exp', 'log', 'log1p'] as const;
const EDGES = [
  ...[0, -0, 1, -1, 0.5, 2, 1e-9, -1e-9, 1e-300, 1e-320, -1e-320, 5e-324, 2 ** 53, 1e308],
  ...[709.78, 709.79, -708.4, -745.13, -745.14, Infinity, -Infinity, NaN],
];

/** Numbers of all magnitudes, and of those that occur. */
function manyNumbers(count: number): Float64Array {
  const random = createRandom(7);
  return Float64Array.from({ length: count }, (_, i) => {
    const spread = (random.next() - 0.5) * 60;
    return i % 2 === 0 ? spread : spread * 2 ** Math.floor((random.next() - 0.5) * 200);
  });
}

/** Floats between two of one sign: 0 for equal ones. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const [x, y] = new BigInt64Array(Float64Array.of(a, b).buffer);
  return Math.abs(Number(x - y));
}

describe.each(NAMES)('%s', (name) => {
  it('is within two units in the last place of what the engine has, each being within one', () => {
    const far = [...manyNumbers(20_000)].filter((x) => ulps(FUNCTIONS[name](x), Math[name](x)) > 2);
    expect(far).toEqual([]);
  });

  it('gives limits, infinities and NaN as the language defines them', () => {
    const found = EDGES.map((x) => ulps(FUNCTIONS[name](x), Math[name](x)) <= 1 || `${name}(${x})`);
    expect(found).toEqual(EDGES.map(() => true));
  });
});

it('gives the same bits on every engine', () => {
  const numbers = manyNumbers(20_000);
  const digests = NAMES.map((name) => {
    const values = numbers.map((x) => FUNCTIONS[name](x));
    // NaN has many bit patterns.
    return createHash('sha256')
      .update(values.map((value) => (Number.isNaN(value) ? 7 : value)))
      .digest('hex')
      .slice(0, 16);
  });
  expect(digests).toEqual(['0de0f300735e4ddc', 'bb16057db13f0293', '523e4b8b3f891956']);
});
