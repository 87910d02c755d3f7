import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SAMPLE = join(ROOT, 'models/sample');
/** The photographs that the training and the sample take theirs from; not part of the repository. */
const PHOTOS = join(ROOT, '../shared/data/photos');
/** Licences that let anyone adapt and share for any purpose. */
const FREE = /^(Apache-2\.0|MIT|public domain|CC0 1\.0|CC BY(-SA)? [234]\.[05])$/;

interface SampleRow {
  readonly image: string;
  readonly caption: string;
  readonly split: string;
  readonly source: string;
  readonly licence: string;
  readonly kind: string;
}

interface PhotoRow {
  readonly file: string;
  readonly licence: string;
  readonly attribution: string;
  readonly url: string;
  readonly split: string;
  readonly concept: string;
}

interface NoticeEntry {
  readonly image: string;
  readonly attribution: string;
  readonly source: string;
  readonly licence: string;
}

const table = <Row>(path: string): Row[] => parse<Row>(readFileSync(path), { columns: true });
const rows = table<SampleRow>(join(SAMPLE, 'captions.csv'));
const photographs = rows.filter(({ kind }) => kind === 'photograph');
const committed = readdirSync(join(SAMPLE, 'images')).map((name) => `images/${name}`);
const entries = noticeEntries(readFileSync(join(SAMPLE, 'NOTICE'), 'utf8'));

const hasPython = spawnSync('python3', ['--version']).status === 0;

/** The photographs that the training folder's own code finds in a folder with photos.csv, as JSON, or its error. */
function photographsIn(folder: string): { readonly made: unknown; readonly stderr: string } {
  const code = `
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from sample_notice import photograph_entry
from sample_photographs import read_photographs
print(json.dumps([[p.image, p.caption, p.split, p.source, p.licence, photograph_entry(p)] for p in read_photographs(Path(sys.argv[2]))]))`;
  const training = join(ROOT, 'scripts/train-tiny-clip');
  const { status, stdout, stderr } = spawnSync('python3', ['-B', '-c', code, training, folder], {
    encoding: 'utf8',
  });
  return { made: status === 0 ? JSON.parse(stdout) : null, stderr };
}

/** One entry a picture; drawings of one set share what stands above their names. */
function noticeEntries(notice: string): NoticeEntry[] {
  return notice.split('\n\n').flatMap((paragraph) => {
    const field = (name: string): string => new RegExp(`^${name}: (.+)$`, 'm').exec(paragraph)?.[1] ?? '';
    const credit = {
      attribution: field('Attribution'),
      source: field('Source'),
      licence: field('Licence'),
    };
    return [...paragraph.matchAll(/^images\/\S+$/gm)].map(([image]) => ({ image, ...credit }));
  });
}

describe('the sample dataset', () => {
  it('has one picture a caption, of both kinds, in at most 5 MB', () => {
    expect(rows.length).toBeGreaterThanOrEqual(500);
    expect(photographs.length).toBeGreaterThanOrEqual(100);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['drawing', 'photograph']));
    expect(new Set(rows.map(({ caption }) => caption)).size).toBe(rows.length);
    expect(rows.map(({ image }) => image).sort()).toEqual([...committed].sort());
    const bytes = committed.reduce((sum, image) => sum + statSync(join(SAMPLE, image)).size, 0);
    expect(bytes).toBeLessThan(5_000_000);
  });

  it('has both kinds among any twenty rows that follow each other', () => {
    for (let start = 0; start + 20 <= rows.length; start++) {
      const kinds = new Set(rows.slice(start, start + 20).map(({ kind }) => kind));
      expect(kinds.size, `from row ${start}`).toBe(2);
    }
  });

  it('credits every picture once in NOTICE, with maker, origin and a free licence, and nothing else', () => {
    expect(entries.map(({ image }) => image).sort()).toEqual([...committed].sort());
    const byImage = new Map(entries.map((entry) => [entry.image, entry]));
    for (const { image, licence } of rows) {
      const entry = byImage.get(image);
      expect(licence, image).toMatch(FREE);
      expect(entry?.attribution, image).toMatch(/\S/);
      expect(entry?.source, image).toMatch(/^https:\/\/\S+$/);
      const mark = licence.includes('BY-SA') ? ', share-alike' : '';
      expect(entry?.licence.replace(/ \(https:\/\/\S+\)/, ''), image).toBe(licence + mark);
    }
  });

  it('has in its README every split and source with the number of its pictures', () => {
    const readme = readFileSync(join(SAMPLE, 'README.md'), 'utf8');
    const stated = [...readme.matchAll(/^\|(?: \w+ \|)? ([\w-]+) \| (\d+) \|/gm)].map(
      ([, name, count]) => [name, Number(count)] as const,
    );
    const counted = new Map<string, number>();
    for (const name of rows.flatMap(({ split, source }) => [split, source]))
      counted.set(name, (counted.get(name) ?? 0) + 1);
    expect([...stated].sort()).toEqual([...counted].sort());
  });

  it('takes its drawings from splits that the manifest holds out of training', () => {
    const manifest = readFileSync(join(ROOT, 'scripts/train-tiny-clip/splits.json'), 'utf8');
    const { held } = JSON.parse(manifest) as { held: Readonly<Record<string, readonly string[]>> };
    const counts = new Map<string, number>();
    for (const { split, kind } of rows)
      if (kind === 'drawing') counts.set(split, (counts.get(split) ?? 0) + 1);
    expect(counts.size).toBe(3);
    for (const [split, count] of counts) expect(held[split]?.length).toBeGreaterThanOrEqual(count);
  });
});

describe('the documents', () => {
  it('state the number of sample pictures that there are', () => {
    const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    const stated = ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((file) =>
      [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(
          /([\d,]+) sample pictures|`samples` has ([\d,]+)/g,
        ),
      ].map(([, count, ofCorpus]) => ({ file, count: Number((count ?? ofCorpus).replace(',', '')) })),
    );
    expect(stated.length).toBeGreaterThan(0);
    for (const { file, count } of stated) expect(count, file).toBe(rows.length);
  });
});

describe.skipIf(!existsSync(PHOTOS))(`the sample's photographs (skipped without ${PHOTOS})`, () => {
  const photos = existsSync(PHOTOS) ? table<PhotoRow>(join(PHOTOS, 'photos.csv')) : [];
  const byFile = new Map(photos.map((row) => [row.file, row]));
  const chosen = table<{ file: string; caption: string }>(
    join(ROOT, 'scripts/train-tiny-clip/sample-photographs.csv'),
  );

  it('are the listed ones byte for byte, kept back from training, with their own credit', () => {
    expect(photographs.map(({ caption }) => caption)).toEqual(chosen.map(({ caption }) => caption));
    photographs.forEach(({ image, licence }, i) => {
      const photo = byFile.get(chosen[i].file);
      expect(photo?.split, image).toMatch(/^(test|val)$/);
      expect(photo?.licence, image).toBe(licence);
      const bytes = readFileSync(join(PHOTOS, chosen[i].file));
      expect(readFileSync(join(SAMPLE, image)).equals(bytes), image).toBe(true);
      const entry = entries.find((one) => one.image === image);
      expect({ attribution: entry?.attribution, url: entry?.source }, image).toEqual({
        attribution: photo?.attribution,
        url: photo?.url,
      });
    });
  });

  it('are unseen where no photograph of their concept is for training', () => {
    const trained = new Set(photos.filter(({ split }) => split === 'train').map(({ concept }) => concept));
    photographs.forEach(({ image, split }, i) => {
      const known = trained.has(byFile.get(chosen[i].file)?.concept ?? '');
      expect(split, image).toBe(known ? 'known-photograph' : 'unseen-photograph');
    });
  });

  it('come out the same from the list and photos.csv, NOTICE included', ({ skip }) => {
    skip(!hasPython, 'python3 is not here');
    const notice = readFileSync(join(SAMPLE, 'NOTICE'), 'utf8').split('\n\n');
    const committedRows = photographs.map((row) => [
      ...[row.image, row.caption, row.split, row.source, row.licence],
      notice.find((paragraph) => paragraph.startsWith(`${row.image}\n`)),
    ]);
    expect(photographsIn(PHOTOS).made).toEqual(committedRows);
  });
});

describe.skipIf(!hasPython)('photographs of another folder (skipped without python3)', () => {
  const folder = temporaryFolder();
  const header = 'file,concept,captions,source,licence,attribution,url,split';
  const [first] = table<{ file: string }>(join(ROOT, 'scripts/train-tiny-clip/sample-photographs.csv'));
  const refusal = (...lines: string[]): string => {
    folder.put('photos.csv', [header, ...lines, ''].join('\n'));
    return photographsIn(folder.path()).stderr;
  };

  it('leave those of the sample alone when none is listed', () => {
    folder.put('photos.csv', `${header}\nmine.webp,cat,a cat,mine,MIT,me,https://example.org,train\n`);
    expect(photographsIn(folder.path()).made).toEqual([]);
  });

  it('are refused when one is for training, or missing beside others, or photos.csv is not there', () => {
    expect(photographsIn(folder.path()).stderr).toMatch(/ValueError: .*photos\.csv does not exist/);
    const cells = `${first.file},dolphin,a dolphin,caltech101,MIT,me,https://example.org`;
    expect(refusal(`${cells},train`)).toContain(
      `ValueError: sample-photographs.csv: ${first.file} is for training`,
    );
    folder.put(first.file, 'a picture');
    expect(refusal(`${cells},test`)).toMatch(
      /ValueError: sample-photographs\.csv: \S+ is not in .*photos\.csv/,
    );
  });
});
