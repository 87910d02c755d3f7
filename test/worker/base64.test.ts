import { describe, expect, it } from 'vitest';
import { decodeBase64Into, fromBase64 } from '../../src/clip/base64.ts';
import { BASE64_CASES } from '../clip/base64-cases.ts';

describe("fromBase64 by the runtime's own decoder", () => {
  it('has one to call', () => {
    expect(Uint8Array).toHaveProperty('fromBase64');
  });

  it.each(BASE64_CASES)('reads $text as $bytes', ({ text, bytes }) => {
    expect(fromBase64(text)).toEqual(bytes === null ? null : Uint8Array.from(bytes));
  });
});

describe('decodeBase64Into', () => {
  it.each(BASE64_CASES)('fills memory of the very length from $text, and no other', ({ text, bytes }) => {
    const isStandard = bytes !== null && /^[A-Za-z0-9+/=\s]*$/.test(text) && !text.includes('\u00a0');
    const length = bytes?.length ?? 3;
    const memory = new Uint8Array(length);
    expect(decodeBase64Into(memory, text)).toBe(isStandard);
    if (isStandard) expect(memory).toEqual(Uint8Array.from(bytes));
    expect(decodeBase64Into(new Uint8Array(length + 1), text)).toBe(false);
    if (length > 0) expect(decodeBase64Into(new Uint8Array(length - 1), text)).toBe(false);
  });
});
