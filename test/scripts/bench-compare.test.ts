import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoppedError } from '../../bench/bench-process.ts';
import { type CompareOptions, compareRefs, comparisonTable } from '../../bench/compare.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Says in LOG where it ran; knows the benchmarks of rows.json. */
const FAKE_BENCH = `
import { appendFileSync, readFileSync } from 'node:fs';
const name = process.argv[2];
const rows = JSON.parse(readFileSync('rows.json', 'utf8'))[name];
appendFileSync(process.env.LOG, process.cwd() + '\\n');
if (rows === undefined) {
  process.stderr.write('error: Allowed choices are ...');
  process.exit(1);
}
if (rows === 'hang') setInterval(() => undefined, 1000);
else if (rows === 'fail') process.exit(2);
else process.stdout.write(JSON.stringify({ rows }));
`;

const row = (name: string, median: number, unit = 'ms') => ({
  name,
  metric: 'time',
  unit,
  ours: { median, min: median, max: median },
  rival: null,
  ratio: null,
  target: null,
  met: null,
});

describe('compareRefs', () => {
  const folder = temporaryFolder();
  let root = '';
  let log = '';
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  /** @returns the short hash */
  const commit = (files: Readonly<Record<string, unknown>>): string => {
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(join(root, name), text);
    }
    git('add', '-A');
    git('commit', '--quiet', '--message', 'made');
    return git('rev-parse', '--short', 'HEAD');
  };
  const compare = (options: Partial<CompareOptions>) =>
    compareRefs({
      root,
      old: 'HEAD~1',
      current: null,
      names: ['sum'],
      rounds: 3,
      signal: new AbortController().signal,
      tell: () => undefined,
      ...options,
    });
  const placesOfRuns = (): string[] =>
    readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((place) => (place === root ? 'new' : 'old'));

  beforeEach(() => {
    root = join(realpathSync(folder.path()), 'made');
    log = folder.put('log', '');
    mkdirSync(join(folder.path(), 'tmp'));
    mkdirSync(join(root, 'bench'), { recursive: true });
    vi.stubEnv('TMPDIR', join(folder.path(), 'tmp'));
    vi.stubEnv('LOG', log);
    git('init', '--quiet');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    // npm keeps its compiled code there, too.
    const left = readdirSync(join(folder.path(), 'tmp')).filter((name) => name.startsWith('alignql-'));
    expect(left).toEqual([]);
  });

  it('runs a commit and the files as they are in turn, the order reversed every other round', async () => {
    const old = commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: [row('ten', 10)] } });
    commit({ 'rows.json': {} });
    writeFileSync(join(root, 'rows.json'), JSON.stringify({ sum: [row('ten', 5)] }));
    const comparison = await compare({});
    expect(placesOfRuns()).toEqual(['old', 'new', 'new', 'old', 'old', 'new']);
    const [same, half] = [10, 5].map((median) => ({ median, min: median, max: median }));
    expect(comparison).toEqual({
      old,
      new: 'working tree',
      rounds: 3,
      rows: [
        {
          name: 'ten',
          metric: 'time',
          unit: 'ms',
          rival: null,
          old: same,
          new: half,
          ratio: { median: 0.5, min: 0.5, max: 0.5 },
          noise: 0,
          verdict: 'faster',
        },
      ],
      missing: [],
      missingBenches: [],
    });
  });

  it('compares two commits, whatever the files are now', async () => {
    const old = commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: [row('ten', 10)] } });
    const current = commit({ 'rows.json': { sum: [row('ten', 30)] } });
    writeFileSync(join(root, 'rows.json'), '{}');
    expect(await compare({ old, current })).toMatchObject({
      old,
      new: current,
      rows: [{ ratio: { median: 3 }, verdict: 'slower' }],
    });
  });

  it('keeps rows of two rivals apart, in the table too', async () => {
    const beside = (rival: string, median: number) => ({
      ...row('search', median),
      rival: { name: rival, median: 1, min: 1, max: 1 },
    });
    commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: [beside('twin', 4), beside('usearch', 8)] } });
    commit({ 'rows.json': { sum: [beside('twin', 4), beside('usearch', 2), beside('yoga', 1)] } });
    const comparison = await compare({ rounds: 2 });
    expect(comparison).toMatchObject({
      rows: [
        { rival: 'twin', ratio: { median: 1 }, verdict: 'within noise' },
        { rival: 'usearch', ratio: { median: 0.25 }, verdict: 'faster' },
      ],
      missing: [{ name: 'search', rival: 'yoga', side: 'old' }],
    });
    const [head, twin, usearch, note] = comparisonTable(comparison).split('\n');
    expect(head).toMatch(/^name +metric +unit +beside /);
    expect(twin).toMatch(/^search +time +ms +twin .* within noise$/);
    expect(usearch).toMatch(/^search +time +ms +usearch .* faster$/);
    expect(note).toBe(`${comparison.old} has no row "search" (time, yoga)`);
  });

  it('says which benchmarks and rows one side lacks, and compares the others', async () => {
    commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: [row('ten', 1), row('gone', 1)] } });
    commit({ 'rows.json': { sum: [row('ten', 1), row('fresh', 1)], search: [row('scan', 1)] } });
    const comparison = await compare({ names: ['search', 'sum'] });
    expect(comparison).toMatchObject({
      rows: [{ name: 'ten', verdict: 'within noise' }],
      missing: [
        { name: 'gone', side: 'new' },
        { name: 'fresh', side: 'old' },
      ],
      missingBenches: [{ name: 'search', side: 'old' }],
    });
    expect(comparisonTable(comparison).split('\n').slice(2)).toEqual([
      `${comparison.old} has no benchmark search`,
      'working tree has no row "gone" (time)',
      `${comparison.old} has no row "fresh" (time)`,
      '',
    ]);
  });

  it('refuses a commit that is none, and one without benchmarks', async () => {
    const old = commit({ 'rows.json': {} });
    commit({ 'bench/run.ts': FAKE_BENCH });
    await expect(compare({ old: '--all' })).rejects.toThrow(
      /^"--all" names no commit of .*; git log lists them\.$/,
    );
    await expect(compare({ old })).rejects.toThrow(
      `${old} has no bench/run.ts, so there is nothing to compare.`,
    );
  });

  it('shares the packages while the lockfiles are equal, and installs them where not', async () => {
    const look = `${FAKE_BENCH}
      import { existsSync, lstatSync } from 'node:fs';
      const isLink = existsSync('node_modules') && lstatSync('node_modules').isSymbolicLink();
      appendFileSync(process.env.LOG, (isLink ? 'linked' : 'not linked') + '\\n');`;
    const lockfile = { name: 'made', version: '1.0.0', lockfileVersion: 3, requires: true };
    const packages = { '': { name: 'made', version: '1.0.0' } };
    commit({
      '.gitignore': 'node_modules',
      'bench/run.ts': look,
      'rows.json': { sum: [] },
      'package.json': { name: 'made', version: '1.0.0' },
      'package-lock.json': { ...lockfile, packages },
    });
    mkdirSync(join(root, 'node_modules'));
    const lines: string[] = [];
    const run = () => compare({ old: 'HEAD', rounds: 2, tell: (line) => lines.push(line) });
    await run();
    expect(readFileSync(log, 'utf8').match(/^(not )?linked$/gm)).toEqual([
      'linked',
      'not linked',
      'not linked',
      'linked',
    ]);
    expect(lines.join()).not.toContain('npm ci');
    expect(existsSync(join(root, 'node_modules'))).toBe(true);
    writeFileSync(log, '');
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ ...lockfile, packages: { ...packages, x: {} } }),
    );
    await run();
    expect(readFileSync(log, 'utf8')).not.toMatch(/^linked$/m);
    expect(lines.join()).toContain('the lockfiles differ, so npm ci installs');
  });

  it('ends what it has started and removes the worktree when told to stop', async () => {
    commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: 'hang' } });
    commit({ 'rows.json': { sum: [] } });
    const controller = new AbortController();
    const watcher = watch(log, () => {
      controller.abort();
    });
    await expect(compare({ signal: controller.signal })).rejects.toThrow(StoppedError);
    watcher.close();
    expect(placesOfRuns()).toEqual(['old']);
  });

  it('says which benchmark failed, and removes the worktree', async () => {
    commit({ 'bench/run.ts': FAKE_BENCH, 'rows.json': { sum: 'fail' } });
    commit({ 'rows.json': { sum: [] } });
    await expect(compare({})).rejects.toThrow(/^benchmark sum in .* ended with 2$/);
  });
});
