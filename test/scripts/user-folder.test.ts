import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { goToUserFolder } from '../../scripts/cli/user-folder.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { unitRows } from '../search/made-corpus.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const place = temporaryFolder();

/** A program with the node of this run in front, as npm scripts find it, and nothing of the npm that runs the tests. */
function run(program: string, args: readonly string[], cwd: string): ReturnType<typeof spawnSync> {
  const { INIT_CWD, npm_lifecycle_script, ...env } = process.env;
  void [INIT_CWD, npm_lifecycle_script];
  return spawnSync(program, args, { cwd, env, encoding: 'utf8' });
}

function writeMatrices(): void {
  for (const [name, seed] of [
    ['I.npy', 1],
    ['T.npy', 2],
  ] as const) {
    place.put(`here/${name}`, encodeNpy(unitRows(40, 8, seed), [40, 8]));
  }
}
const COMPUTE = ['--image-embeddings', 'I.npy', '--text-embeddings', './T.npy', '--encoder-id', 'mine'];
const QUICK = ['--strategy', 'variance', '--strategies', 'variance', '--k', '4', '--fusion', 'identity'];
const ARGUMENTS = [...COMPUTE, ...QUICK, '--out', 'out'];

describe('paths on the command line', { timeout: 120_000 }, () => {
  it.each([
    ['npm --prefix', 'npm', ['--prefix', ROOT, 'run', '-s', 'precompute', '--', ...ARGUMENTS]],
    ['node', process.execPath, [join(ROOT, 'scripts/precompute.ts'), ...ARGUMENTS]],
  ])('are taken from where the user stands: %s', (_, program, args) => {
    writeMatrices();
    const here = join(place.path(), 'here');
    const { status, stdout, stderr } = run(program, args, here);
    expect(stderr).not.toContain('bug');
    expect(status).toBe(0);
    expect(JSON.parse(String(stdout))).toMatchObject({ out: 'out' });
    expect(existsSync(join(here, 'out/selection.bin'))).toBe(true);
    expect(existsSync(join(ROOT, 'out/selection.bin'))).toBe(false);
  });

  it('are taken from a folder of the project that npm is called in', () => {
    const { status, stderr } = run(
      'npm',
      ['run', '-s', 'select', '--', '--features', 'X.npy', '--labels', 'y.npy', '--strategy', 'variance'],
      join(ROOT, 'models/sample'),
    );
    expect(stderr).toContain(
      `cannot read --features X.npy: no such file. Check the path; it is taken from ${ROOT}models/sample`,
    );
    expect(status).toBe(1);
  });
});

describe('goToUserFolder', () => {
  it('stays where it is when npm runs something else, or nothing', () => {
    const before = process.cwd();
    const script = join(ROOT, 'scripts/score.ts');
    mkdirSync(join(place.path(), 'there'));
    const there = join(place.path(), 'there');
    goToUserFolder({ INIT_CWD: there, npm_lifecycle_script: 'vitest run' }, script);
    goToUserFolder({ INIT_CWD: there }, script);
    goToUserFolder({ npm_lifecycle_script: 'node scripts/score.ts' }, script);
    expect(process.cwd()).toBe(before);
  });

  it('says so when the folder is gone', () => {
    const environment = {
      INIT_CWD: join(place.path(), 'gone'),
      npm_lifecycle_script: 'node scripts/score.ts',
    };
    expect(() => goToUserFolder(environment, '/project/scripts/score.ts')).toThrow(/cannot go to .*gone/);
  });
});
