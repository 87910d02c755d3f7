import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { expect, inject, it } from 'vitest';
import { ROOT } from './read-docs.ts';
import { isWriting, writeDocument } from './write-docs.ts';

interface Sample {
  readonly image: string;
  readonly caption: string;
}

const CHOICES = 10;
/** Steps through the list that no run of neighbouring pictures (animals, flags) follows; 47 divides no likely length. */
const STRIDE = 47;
const PICTURES_A_REQUEST = 16;
/** In points of a hundred: other kernels than those of the machine that wrote the README may turn a near tie. */
const TOLERANCE = 1;
const STATED = /right caption of ten first for (\d+)% under `default` and (\d+)% under `mi-50`/;

const origin = inject('origin');
const samples = parse<Sample>(await readFile(`${ROOT}models/sample/captions.csv`), { columns: true });

it('ranks the right caption of ten first as often as the README says', async () => {
  const readme = await readFile(`${ROOT}README.md`, 'utf8');
  const stated = STATED.exec(readme);
  if (stated === null) throw new Error('the README states no share of sample pictures ranked first');
  const shares = [await shareFirst('default'), await shareFirst('mi-50')];
  console.info(`right caption of ten first: default ${shares[0]}%, mi-50 ${shares[1]}% of ${samples.length}`);
  if (isWriting) {
    const [first, second] = shares.map(Math.round);
    const sentence = `right caption of ten first for ${first}% under \`default\` and ${second}% under \`mi-50\``;
    return writeDocument('README.md', (text) => text.replace(STATED, sentence));
  }
  shares.forEach((share, i) =>
    expect(Math.abs(share - Number(stated[i + 1]))).toBeLessThanOrEqual(TOLERANCE),
  );
});

/** Percent of the sample pictures whose own caption is ranked above nine others of the set. */
async function shareFirst(selection: string): Promise<number> {
  let first = 0;
  for (let start = 0; start < samples.length; start += PICTURES_A_REQUEST) {
    first += await countFirst(start, Math.min(start + PICTURES_A_REQUEST, samples.length), selection);
  }
  return Math.round((1000 * first) / samples.length) / 10;
}

async function countFirst(start: number, end: number, selection: string): Promise<number> {
  const numbers = Array.from({ length: end - start }, (_, i) => start + i);
  const pictures = await Promise.all(
    numbers.map((n) => readFile(`${ROOT}models/sample/${samples[n].image}`, 'base64')),
  );
  const variables = Object.fromEntries(
    numbers.flatMap((n, i): [string, unknown][] => [
      [`image${n}`, { base64: pictures[i] }],
      [`texts${n}`, choicesFor(n).map((text) => ({ text }))],
    ]),
  );
  const declared = numbers.map((n) => `$image${n}: ImageInput!, $texts${n}: [TextInput!]!`).join(', ');
  const fields = numbers.map(
    (n) =>
      `r${n}: rankTexts(image: $image${n}, texts: $texts${n}, selection: "${selection}", first: 1) { ... on Ranking { items { index } } }`,
  );
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `query (${declared}) { ${fields.join(' ')} }`, variables }),
  });
  const { data } = (await response.json()) as { data: Record<string, { items: { index: number }[] }> };
  return numbers.filter((n) => data[`r${n}`].items[0].index === n % CHOICES).length;
}

/** The picture's own caption at place n % 10, so that no fixed place wins, among nine others. */
function choicesFor(n: number): string[] {
  const others = Array.from(
    { length: CHOICES - 1 },
    (_, i) => samples[(n + STRIDE * (i + 1)) % samples.length].caption,
  );
  return others.toSpliced(n % CHOICES, 0, samples[n].caption);
}
