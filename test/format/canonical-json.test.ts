import { describe, expect, it } from 'vitest';
import { type JsonValue, canonicalJson } from '../../src/format/canonical-json.ts';

describe('canonicalJson', () => {
  it('writes the example of RFC 8785, section 3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((match) => match[1]);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('writes numbers as RFC 8785, section 3.2.2 does', () => {
    expect(
      canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0]),
    ).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0]');
  });

  it('survives reading and writing again', () => {
    const value: JsonValue = { b: [1, 'x', null, { d: false, c: '\u2028"\\' }], a: -1.5e-7 };
    const text = canonicalJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
  });

  it.each([
    [NaN, 'JSON holds no NaN; use null'],
    [-Infinity, 'JSON holds no -Infinity; use null'],
    [undefined, 'JSON holds no undefined'],
    [new Float32Array(1), 'JSON holds no Float32Array'],
    [new Date(0), 'JSON holds no Date'],
  ])('refuses %s', (value, message) => {
    expect(() => canonicalJson({ value } as unknown as JsonValue)).toThrow(new RangeError(message));
  });

  it('refuses data nested so deep that a stack could run out', () => {
    let deep: JsonValue = 0;
    for (let i = 0; i < 40; i++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow(new RangeError('JSON nests deeper than 32 levels'));
  });
});
