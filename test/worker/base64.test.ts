import { describe, expect, it } from 'vitest';
import { fromBase64 } from '../../src/clip/base64.ts';
import { BASE64_CASES } from '../clip/base64-cases.ts';

describe("fromBase64 by the runtime's own decoder", () => {
  it('has one to call', () => {
    expect(Uint8Array).toHaveProperty('fromBase64');
  });

  it.each(BASE64_CASES)('reads $text as $bytes', ({ text, bytes }) => {
    expect(fromBase64(text)).toEqual(bytes === null ? null : Uint8Array.from(bytes));
  });
});
