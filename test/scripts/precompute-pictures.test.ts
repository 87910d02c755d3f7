import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import { ROOT, SCRIPT, type Workplace, createWorkplace, readJson } from './precompute-setup.ts';

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

describe('precompute on pictures', () => {
  const sample = join(ROOT, 'models/sample/captions.csv');

  it('encodes a dataset once, skips what it cannot read, and knows everything the second time', () => {
    const rows = readFileSync(sample, 'utf8')
      .split('\n')
      .slice(1, 41)
      .map((line) => join(ROOT, 'models/sample', line));
    place.put('set/broken.png', 'no picture');
    const path = place.put(
      'set/pairs.csv',
      [
        readFileSync(sample, 'utf8').split('\n', 1)[0],
        ...rows,
        'broken.png,a broken picture,,,,',
        'gone.png,a lost picture,,,,',
      ].join('\n'),
    );
    const strategy = ['--strategy', 'mutual-information', '--strategies', 'mutual-information'];
    const flags = [path, '--cache', 'cache', '--k', '16', ...strategy];
    const first = place.run(...flags, '--out', 'pictures');
    expect({ status: first.status, stderr: first.stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(first.stdout)).toMatchObject({ pairs: 40, skipped: 2, encoder: 'tiny-clip' });
    expect(first.stderr).toMatch(/pictures: 42 of 42 .*, 0 of them known/);
    const { dataset } = readJson<{
      dataset: { skipped: { where: string; reason: string }[] };
    }>(place.folder, 'pictures/report.json');
    expect(dataset.skipped.map(({ where }) => where)).toEqual(['pairs.csv line 42', 'pairs.csv line 43']);

    const vocabulary =
      'animal,plant,food,tool,toy,vehicle,clothes,furniture,building,person,red,green,blue,yellow,round,small bird,large,old,wooden,metal';
    place.put('words.txt', vocabulary.replaceAll(',', '\n'));
    const chosen = ['--vocabulary', 'words.txt', '--regions'];
    const second = place.run(...flags, ...chosen, '--out', 'pictures-again');
    expect(second.stderr).toMatch(/pictures: 42 of 42 .*, 40 of them known/);
    expect(second.stderr).toMatch(/captions: 40 of 40 .*, 40 of them known/);
    const bin = (out: string): Buffer => readFileSync(join(place.folder, out, 'selection.bin'));
    expect(bin('pictures').equals(bin('pictures-again'))).toBe(true);
    // Meanings are told in the words of the file, else in those of the captions.
    const wordsOf = (out: string): string[] =>
      readJson<{ coordinates: Record<'high' | 'low', { words: string[] }>[] }>(
        place.folder,
        `${out}/meanings.json`,
      ).coordinates.flatMap(({ high, low }) => [...high.words, ...low.words]);
    const told = wordsOf('pictures-again');
    expect(told.length).toBeGreaterThan(16);
    expect(told.filter((word) => !vocabulary.split(',').includes(word))).toEqual([]);
    expect(wordsOf('pictures').some((word) => !vocabulary.split(',').includes(word))).toBe(true);
    // Regions are reported, and change nothing else.
    const { regions } = readJson<Pick<PrecomputeReport, 'regions'>>(
      place.folder,
      'pictures-again/report.json',
    );
    expect(regions?.choices).toContainEqual({ map: 'centre', share: 0.25 });
    const compared = regions?.rows ?? [];
    expect(compared.map(({ strategy, k }) => `${strategy} ${k}`)).toEqual(
      expect.arrayContaining(['mutual-information 16', 'pca 16', 'random 16', 'full 256']),
    );
    expect(compared.every(({ gains }) => gains.length === regions?.choices.length)).toBe(true);
    // Half of the patches are other vectors, not the same ones again.
    expect(compared.some(({ gains }) => gains.some(({ mean }) => mean !== 0))).toBe(true);
    expect(readFileSync(join(place.folder, 'pictures-again/report.html'), 'utf8')).toContain('id="regions"');
  });

  it('trains on marked mismatches of pictures without a match, and says how many there are', () => {
    const rows = readFileSync(sample, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .filter((line) => !line.includes('"'))
      .map((line) => line.split(','))
      .filter(([image], i, all) => all.findIndex(([other]) => other === image) === i)
      .map(([image, caption]) => [join(ROOT, 'models/sample', image), caption]);
    const matches = rows.slice(0, 40).map(([image, caption]) => `${image},${caption},1`);
    const mismatches = rows.slice(40, 60).map(([image], i) => `${image},${rows[80 + i][1]},0`);
    const make = (out: string, lines: readonly string[]): { stderr: string; bytes: Buffer } => {
      const path = place.put(`${out}.csv`, ['image,caption,label', ...lines].join('\n'));
      const quick = [
        '--strategies',
        'variance',
        '--strategy',
        'mutual-information',
        '--folds',
        '2',
        '--k',
        '16',
      ];
      const ran = place.run(path, '--cache', 'cache', ...quick, '--fusion', 'identity', '--out', out);
      expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
      return { stderr: ran.stderr, bytes: readFileSync(join(place.folder, out, 'selection.bin')) };
    };
    const [with20, without] = [make('marked', [...matches, ...mismatches]), make('unmarked', matches)];
    expect(with20.stderr).toContain('\n20 marked mismatches are used as negatives\n');
    expect(without.stderr).not.toContain('marked mismatches');
    expect(with20.bytes.equals(without.bytes)).toBe(false);
  });

  it('leaves no half-written selection on Ctrl-C, and the next run goes on from the cache', async () => {
    const cache = join(place.folder, 'cache-cut');
    const child = spawn(process.execPath, [SCRIPT, sample, '--out', 'cut', '--cache', cache], {
      cwd: place.folder,
      stdio: 'ignore',
    });
    const exited = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    const segments = (): number =>
      existsSync(cache)
        ? readdirSync(cache, { recursive: true }).filter((name) => String(name).endsWith('.embeddings'))
            .length
        : 0;
    while (segments() === 0) await new Promise((tick) => setTimeout(tick, 20));
    child.kill('SIGINT');
    expect(await exited).toBe('SIGINT');
    expect(readdirSync(join(place.folder, 'cut'))).toEqual([]);
    expect(segments()).toBeGreaterThan(0);
  });
});
