import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDER = new URL('../../models/tiny-clip/', import.meta.url);
const CARD = new URL('README.md', FOLDER);
const MARKED = /(<!-- limit sentences -->\n)[\s\S]*?(\n<!-- end of limit sentences -->)/;

interface Limit {
  readonly name: string;
  readonly sentence: string;
}

const limits = JSON.parse(readFileSync(new URL('limits.json', FOLDER), 'utf8')) as readonly Limit[];

it('says of counting, text, names, rare things and night what the encoder cannot do, a short sentence each', () => {
  expect(limits.map(({ name }) => name)).toEqual([
    'Counting',
    'Text in pictures',
    'Faces and names',
    'Rare things',
    'Night and blur',
  ]);
  for (const { sentence } of limits) {
    expect(sentence).toMatch(/^[A-Z][^.]*\.$/);
    expect(sentence.length).toBeLessThanOrEqual(120);
  }
});

/** After a change of limits.json: ALIGNQL_WRITE_DOCS=1 npx vitest run --project node test/scripts/encoder-limits.test.ts */
it('says the same in the model card', () => {
  const card = readFileSync(CARD, 'utf8');
  const lines = limits.map(({ name, sentence }) => `- **${name}.** ${sentence}`).join('\n');
  const expected = card.replace(MARKED, (_, begin: string, end: string) => `${begin}\n${lines}\n${end}`);
  expect(expected).toContain(lines);
  if (process.env.ALIGNQL_WRITE_DOCS) writeFileSync(CARD, expected);
  else expect(card).toBe(expected);
});
