import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openingProblems } from '../../scripts/opening/check-opening.ts';
import { type SampleRow, chooseOpening } from '../../scripts/opening/choose-opening.ts';
import type { OpeningFile } from '../../scripts/opening/opening-file.ts';
import { runScript } from './run-command.ts';

const MODEL = fileURLToPath(new URL('../../models/tiny-clip', import.meta.url));

/** Rows by turns photograph and drawing from two sources each, with captions of no common word. */
const rows: SampleRow[] = Array.from({ length: 24 }, (_, i) => ({
  image: `images/${i}.png`,
  caption: `a thing${String.fromCharCode(97 + i)}x`,
  kind: i % 2 === 0 ? 'photograph' : 'drawing',
  source: `source ${i % 4}`,
}));

/** Own captions at 0.55, others at 0.1, but for what is given. */
function cosinesWith(
  changes: readonly (readonly [picture: number, caption: number, cosine: number])[],
): Float32Array {
  const cosines = new Float32Array(rows.length ** 2).fill(0.1);
  rows.forEach((_, i) => (cosines[i * rows.length + i] = 0.55));
  for (const [picture, caption, cosine] of changes) cosines[picture * rows.length + caption] = cosine;
  return cosines;
}

const imagesOf = (chosen: readonly { readonly image: string }[]): string[] =>
  chosen.map(({ image }) => image);
const kindsOf = (images: readonly string[]): string[] =>
  images.map((image) => rows.find((row) => row.image === image)?.kind ?? '');

describe('what the page opens with', () => {
  it('is what the encoder gets right among itself, kinds and sources by turns, the surest first', () => {
    // Pictures 0 and 5 are taken for 2 and 7; 4 is surer than all others.
    const cosines = cosinesWith([
      [0, 2, 0.6],
      [5, 7, 0.5],
      [4, 4, 0.9],
    ]);
    const { right: pictures, margin } = chooseOpening(rows, cosines, 12);
    const right = imagesOf(pictures);
    for (const { others } of pictures) expect(new Set(others).size).toBe(5);
    expect(right).toHaveLength(12);
    // So many are further apart than this.
    expect(margin).toBe(0.4);
    expect(right[0]).toBe('images/4.png');
    expect(kindsOf(right)).toEqual(right.map((_, i) => (i % 2 === 0 ? 'photograph' : 'drawing')));
    expect(new Set(right.map((image) => rows.find((row) => row.image === image)?.source)).size).toBe(4);
    // Each alone would do; together they are not told apart.
    for (const [wrong, other] of [
      ['images/0.png', 'images/2.png'],
      ['images/5.png', 'images/7.png'],
    ]) {
      const all = imagesOf(chooseOpening(rows, cosines, 24).right);
      expect(all.includes(wrong) && all.includes(other)).toBe(false);
    }
  });

  it('has as hard ones those that other captions beat, the worst first, with these captions', () => {
    const cosines = cosinesWith([
      [0, 2, 0.7],
      [0, 3, 0.6],
      [6, 8, 0.9],
      [5, 7, 0.8],
      [8, 9, 0.6],
    ]);
    const { right, hard } = chooseOpening(rows, cosines, 12);
    expect(hard.map(({ image, rivals }) => ({ image, rivals }))).toEqual([
      { image: 'images/6.png', rivals: [rows[8].caption] },
      { image: 'images/5.png', rivals: [rows[7].caption] },
      { image: 'images/0.png', rivals: [rows[2].caption, rows[3].caption] },
    ]);
    expect(imagesOf(right).filter((image) => imagesOf(hard).includes(image))).toEqual([]);
  });

  it('takes no caption that shares a word for a rival: it may be true as well', () => {
    const related = rows.map((row, i) =>
      i === 2 ? { ...row, caption: `two ${rows[0].caption.slice(2)}s` } : row,
    );
    expect(chooseOpening(related, cosinesWith([[0, 2, 0.9]]), 12).hard).toEqual([]);
  });

  it('is told false when a picture is not right, a hard one not hard, or a file gone', () => {
    const opening: OpeningFile = {
      fingerprint: 'f',
      margin: 0.2,
      right: ['images/0.png', 'images/1.png'].map((image) => ({ image, others: [] })),
      hard: [{ image: 'images/2.png', rivals: [rows[3].caption], others: [] }],
    };
    const check = (cosines: Float32Array, file = opening): string[] =>
      openingProblems(file, rows, (image, caption) => {
        const place = (of: (row: SampleRow) => boolean): number => rows.findIndex(of);
        return cosines[
          place((row) => row.image === image) * rows.length + place((row) => row.caption === caption)
        ];
      });
    expect(check(cosinesWith([[2, 3, 0.7]]))).toEqual([]);
    expect(check(cosinesWith([]))).toEqual([expect.stringContaining('images/2.png')]);
    const near = cosinesWith([
      [2, 3, 0.7],
      [1, 0, 0.45],
    ]);
    expect(check(near)).toEqual([expect.stringContaining('images/1.png')]);
    expect(check(near, { ...opening, right: [{ image: 'images/gone.png', others: [] }] })).toEqual([
      'images/gone.png is not in the sample',
    ]);
  });

  it('holds for the committed weights', () => {
    const { status, stderr } = runScript('opening', ['--check']);
    expect(stderr).toMatch(/all \d+ pictures are right and all \d+ hard ones are hard/);
    expect(status).toBe(0);
  });

  it('does not hold for other weights, and the command says what to run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alignql-opening-'));
    try {
      await cp(MODEL, folder, { recursive: true });
      const path = join(folder, 'opening.json');
      const opening = JSON.parse(await readFile(path, 'utf8')) as OpeningFile;
      await writeFile(path, JSON.stringify({ ...opening, fingerprint: '0'.repeat(64) }));
      const { status, stderr } = runScript('opening', ['--check', '--model', folder]);
      expect(status).toBe(1);
      expect(stderr).toMatch(/was chosen by the weights 0{64}.*npm run -s opening/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
