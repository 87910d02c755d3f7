import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type MadePicture,
  PICTURE_FAMILIES,
  makePictures,
} from '../../../src/core/outliers/made-pictures.ts';
import { TEXT_FAMILIES, makeTexts } from '../../../src/core/outliers/made-texts.ts';

function hashOf({ width, data }: MadePicture): string {
  return createHash('sha256').update(`${width} `).update(data).digest('hex');
}

describe('made pictures', () => {
  it.each(PICTURE_FAMILIES)('are whole, differ, and are the same for the same seed: %s', (family) => {
    const pictures = makePictures(family, 3, 5);
    for (const { width, height, data } of pictures) expect(data.length).toBe(3 * width * height);
    const hashes = pictures.map(hashOf);
    expect(new Set(hashes).size).toBe(3);
    expect(makePictures(family, 3, 5).map(hashOf)).toEqual(hashes);
    expect(makePictures(family, 3, 6).map(hashOf)).not.toContain(hashes[0]);
  });
});

describe('made texts', () => {
  it.each(TEXT_FAMILIES)(
    'say something, as Unicode has it, and are the same for the same seed: %s',
    (family) => {
      const texts = makeTexts(family, 20, 5);
      expect(texts.every((text) => text.trim() !== '' && text.isWellFormed())).toBe(true);
      expect(new Set(texts).size).toBeGreaterThan(10);
      expect(makeTexts(family, 20, 5)).toEqual(texts);
    },
  );

  it.each([
    ['cyrillic', /^[\p{Script=Cyrillic} ]+$/u],
    ['devanagari', /^[\p{Script=Devanagari} ]+$/u],
    ['tamil', /^[\p{Script=Tamil} ]+$/u],
    ['hangul', /^[\p{Script=Hangul} ]+$/u],
    ['kana', /^[\p{Script=Hiragana}\p{Script=Katakana} ]+$/u],
    ['han', /^[\p{Script=Han} ]+$/u],
    ['digits', /^[\d ]+$/],
  ])('are of their script: %s', (family, pattern) => {
    for (const text of makeTexts(family, 20, 1)) expect(text).toMatch(pattern);
  });

  it('are refused for a family that is none', () => {
    expect(() => makeTexts('klingon', 1, 0)).toThrow(/expected one of cyrillic, .* got klingon/);
  });
});
