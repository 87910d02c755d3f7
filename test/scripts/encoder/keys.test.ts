import { expect, it } from 'vitest';
import { isLoopback, readKeys } from '../../../scripts/encoder/keys.ts';

const FIRST = 'a'.repeat(16);
const SECOND = `sk-${'b'.repeat(40)}`;

it('opens for any of its keys behind Bearer, and for nothing else', () => {
  const isKey = readKeys({ ENCODER_KEYS: `${FIRST}, ${SECOND}` });
  const headers = [`Bearer ${FIRST}`, `bearer  ${SECOND}`];
  const others = [
    undefined,
    '',
    FIRST,
    'Bearer ',
    `Bearer ${FIRST}a`,
    `Bearer ${FIRST},${SECOND}`,
    `Basic ${FIRST}`,
  ];
  expect(headers.map((header) => isKey?.(header))).toEqual([true, true]);
  expect(others.map((header) => isKey?.(header))).toEqual(others.map(() => false));
});

it('asks no key where none is set', () => {
  expect(readKeys({})).toBeNull();
  expect(readKeys({ ENCODER_KEYS: ' ' })).toBeNull();
});

it.each(['short', `${FIRST},`, `${FIRST} ${FIRST}`, 'ä'.repeat(20)])('refuses the keys %j', (text) => {
  expect(() => readKeys({ ENCODER_KEYS: text })).toThrow(/^ENCODER_KEYS: /);
});

it('knows the addresses that only this machine reaches', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '192.168.1.2', '127.evil.example', '128.0.0.1'].map(isLoopback)).toEqual(
    new Array(5).fill(false),
  );
});
