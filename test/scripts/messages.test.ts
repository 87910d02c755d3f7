import { describe, expect, it } from 'vitest';
import { escapeControls, escapeLines } from '../../scripts/cli/messages.ts';

describe('escapeControls', () => {
  it.each([
    ['a colour', '\u001b[31mred', '\\u001b[31mred'],
    ['a title set through C1', '\u009d0;title\u009c', '\\u009d0;title\\u009c'],
    ['a line that is overwritten', 'good\rbad', 'good\\rbad'],
    ['a line that is added', 'one\ntwo\tthree', 'one\\ntwo\\tthree'],
    ['NUL, backspace and DEL', '\0\b\u007f', '\\u0000\\u0008\\u007f'],
    ['a turned direction', 'gpj.\u202eexe\u2066x\u2069', 'gpj.\\u202eexe\\u2066x\\u2069'],
    ['marks of direction', '\u061c\u200e\u200f', '\\u061c\\u200e\\u200f'],
    ['separators of lines', '\u2028\u2029', '\\u2028\\u2029'],
  ])('shows %s', (_, text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it('leaves every other character alone, and every control none', () => {
    const kept = 'Ünïcödé 漢字 😀 ‍ "quoted" \\u001b';
    expect(escapeControls(kept)).toBe(kept);
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
    expect(escapeControls(all)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    const spared = all.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '');
    expect(escapeControls(all).endsWith(spared.slice(-1000))).toBe(true);
  });
});

describe('escapeLines', () => {
  it('keeps line feeds and nothing else', () => {
    expect(escapeLines('one\r\ntwo\u001b')).toBe('one\\r\ntwo\\u001b');
  });
});
