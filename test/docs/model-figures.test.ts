import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Committed } from '../../scripts/train-tiny-clip/photographs/committed-metrics.ts';
import { toMarkdown } from '../../scripts/train-tiny-clip/photographs/report.ts';
import { ROOT } from './read-docs.ts';
import { isWriting, writeDocument } from './write-docs.ts';

const MODEL = 'models/tiny-clip';

interface DrawingSplit {
  readonly captions: number;
  readonly textToImage: { readonly recall: Readonly<Record<string, number>> };
  readonly imageToText: { readonly recall: Readonly<Record<string, number>> };
}

interface Metrics {
  readonly splits: Readonly<Record<string, DrawingSplit>>;
  readonly photographs: Committed;
  readonly limits: Committed;
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(`${ROOT}${MODEL}/${file}`, 'utf8')) as T;
}

const metrics = await readJson<Metrics>('metrics.json');

function topOf(split: string, task: string): [first: number, five: number] {
  const found = metrics.photographs.measures.find(
    (measure) => measure.split === split && measure.task === task,
  );
  const { 1: first, 5: five } = found?.top ?? {};
  if (first === undefined || five === undefined) throw new Error(`metrics.json has no ${split}, ${task}`);
  return [first, five];
}

const style = metrics.splits['unseen-style-without-flags'];
/** Shares that the README states, whole per cents. */
const STATED: readonly { readonly pattern: RegExp; readonly shares: readonly number[] }[] = [
  {
    pattern: /(30 labels +\| the right label first for )(\d+)(%, among the first five for )(\d+)(%)/,
    shares: topOf('labelled-photos', 'their labels'),
  },
  {
    pattern:
      /(held-out photographs, 245 names +\| the right name first for )(\d+)(%, among the first five for )(\d+)(%)/,
    shares: topOf('known concepts', 'names of 10 pictures or more'),
  },
  {
    pattern: /(1413 captions +\| recall@1 )(\d+)(% text to image, )(\d+)(% image to text)/,
    shares: [style.textToImage.recall['1'], style.imageToText.recall['1']],
  },
];

describe('the figures of the embedded model', () => {
  it.each(STATED)('stand in the README as metrics.json has them: $pattern', async ({ pattern, shares }) => {
    const percents = shares.map((share) => String(Math.round(100 * share)));
    if (isWriting) {
      await writeDocument('README.md', (text) =>
        text.replace(
          pattern,
          (_, a: string, _b, c: string, _d, e: string) => a + percents[0] + c + percents[1] + e,
        ),
      );
    }
    const found = pattern.exec(await readFile(`${ROOT}README.md`, 'utf8'));
    expect(found && [found[2], found[4]]).toEqual(percents);
  });

  it.each(['photographs', 'limits'] as const)(
    'are of the committed weights and stand in the card: %s',
    async (part) => {
      const { fingerprint } = await readJson<{ fingerprint: string }>('encoder.json');
      expect(metrics[part].fingerprint).toBe(fingerprint);
      const card = await readFile(`${ROOT}${MODEL}/README.md`, 'utf8');
      expect(card).toContain(
        `<!-- ${part} -->\n\n${toMarkdown(metrics[part].measures)}\n\n<!-- end of ${part} -->`,
      );
    },
  );
});
