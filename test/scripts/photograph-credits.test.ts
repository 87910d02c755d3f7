import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'models/tiny-clip');
const CREDITS = join(MODEL, 'PHOTOGRAPHS.csv');
const PHOTOS = join(ROOT, '../shared/data/photos');
/** It has no "or a later version", as the licence of the weights needs. */
const NOT_TRAINED = 'CC BY-SA 1.0';

interface Credit {
  readonly file: string;
  readonly pictures: string;
  readonly source: string;
  readonly licence: string;
  readonly attribution: string;
  readonly url: string;
}

const table = <Row>(path: string): Row[] => parse<Row>(readFileSync(path), { columns: true });
const folder = temporaryFolder();
const credits = table<Credit>(CREDITS);
const notice = readFileSync(join(MODEL, 'NOTICE'), 'utf8');
const sources = new Map<string, number>();
for (const { source, pictures } of credits)
  sources.set(source, (sources.get(source) ?? 0) + Number(pictures));

describe('the credits of the photographs trained on', () => {
  it('name maker, origin and licence in every row, each file once, in less than 400 KB', () => {
    expect(new Set(credits.map(({ file }) => file)).size).toBe(credits.length);
    for (const { file, attribution, url, licence } of credits) {
      expect(attribution, file).toMatch(/\S/);
      expect(url, file).toMatch(/^https:\/\/\S+$/);
      expect(licence, file).toMatch(
        /^(CC BY(-SA)? [234]\.[05]|CC0 1\.0|MIT|Apache-2\.0|public domain|no known copyright restrictions)$/,
      );
    }
    expect(statSync(CREDITS).size).toBeLessThan(400_000);
  });

  it('are those of the sources that the card counts and NOTICE names', () => {
    const card = readFileSync(join(MODEL, 'README.md'), 'utf8');
    const [, photographs] = /\| source \| photographs \|.*\n.*\n((?:\|.*\n)+)/.exec(card) ?? [];
    const stated = [...(photographs ?? '').matchAll(/^\| ([\w-]+) \| (\d+) \|/gm)];
    expect(new Map(stated.map(([, source, count]) => [source, Number(count)]))).toEqual(sources);
    const named = [...notice.matchAll(/^([\w-]+): .*(?:https:|PHOTOGRAPHS\.csv)/gm)].map(
      ([, source]) => source,
    );
    expect(named.sort()).toEqual([...sources.keys()].sort());
  });
});

describe.skipIf(!existsSync(PHOTOS))(`the credits, made again (skipped without ${PHOTOS})`, () => {
  it('cover every training photograph with its own credit, but those left out, which NOTICE names', () => {
    const byFile = new Map(credits.map((credit) => [credit.file, credit]));
    const photos = table<Credit & { readonly split: string }>(join(PHOTOS, 'photos.csv'));
    const trained = photos.filter(({ split }) => split === 'train');
    const left = trained.filter(({ licence }) => licence === NOT_TRAINED);
    const used = trained.filter(({ licence }) => licence !== NOT_TRAINED);
    const creditOf = ({ file }: Credit): Credit | undefined =>
      byFile.get(file) ?? byFile.get(file.replace(/[^/]+(?=\.webp$)/, '*'));
    const wrong = used.filter((photo) => {
      const credit = creditOf(photo);
      return (['source', 'licence', 'attribution', 'url'] as const).some(
        (key) => photo[key] !== credit?.[key],
      );
    });
    expect(wrong).toEqual([]);
    expect([...sources.values()].reduce((sum, count) => sum + count)).toBe(used.length);
    expect(left.filter(creditOf)).toEqual([]);
    for (const { file } of left) expect(notice).toContain(file);
  });

  it('come out the same by the command, and not without photos.csv', ({ skip }) => {
    const script = join(ROOT, 'scripts/train-tiny-clip/photograph_credits.py');
    const python = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync('python3', ['-B', script, ...args], { encoding: 'utf8' });
    skip(spawnSync('python3', ['--version']).status !== 0, 'python3 is not here');
    const made = folder.put('credits.csv', '');
    const { status, stderr } = python(PHOTOS, made);
    expect(status, String(stderr)).toBe(0);
    expect(readFileSync(made).equals(readFileSync(CREDITS))).toBe(true);
    const refused = python(folder.path(), made);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('DIR holds photos.csv');
  });
});
