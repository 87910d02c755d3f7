import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { asCaption } from '../../scripts/train-tiny-clip/photographs/names.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');
const phrases = (await read('test/fixtures/words/articles.txt')).trimEnd().split('\n');

describe('a and an', () => {
  it.each(phrases)('go by sound: %s', (phrase) => {
    expect(asCaption(phrase.replace(/^an? /, ''))).toBe(phrase);
  });

  it('are right in every caption of the sample', async () => {
    const captions = parse<{ caption: string }>(await read('models/sample/captions.csv'), { columns: true });
    const found = captions.flatMap(({ caption }) =>
      [...caption.matchAll(/\b(an?) ([\p{L}\d]\S*)/giu)].map(([phrase, , noun]) => [phrase, asCaption(noun)]),
    );
    expect(found.length).toBeGreaterThan(500);
    expect(found.filter(([phrase, right]) => phrase !== right)).toEqual([]);
  });
});
