import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { findFreePort } from '../../scripts/start/free-port.ts';
import { unitRows } from '../search/made-corpus.ts';
import type { CommandResult } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIM = 256;
const PAIRS = 3000;
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 50 });
const place = temporaryFolder();

/** Whether a disk of a few kilobytes can be mounted: as root, or where users may make namespaces. */
const canMount = bash('/', 'unshare -rm mount -t tmpfs -o size=16k tmpfs /mnt').status === 0;
const NO_MOUNT = 'mounting a small disk needs root or user namespaces';

function bash(cwd: string, script: string): CommandResult {
  const path = `${join(process.execPath, '..')}:${process.env.PATH}`;
  const env = { ...process.env, PATH: path, SCRIPTS: join(ROOT, 'scripts'), ID: record.encoder.id };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const VECTORS = '--image-embeddings I.npy --text-embeddings T.npy --encoder-id $ID';
const COMMANDS = {
  start: `export ALIGNQL_STATE=$PWD/disk PORT=${await findFreePort()}; node $SCRIPTS/start.ts`,
  publish: 'export ALIGNQL_STATE=$PWD/disk; node $SCRIPTS/publish.ts sel --name x',
  index:
    'export ALIGNQL_STATE=$PWD/disk; node $SCRIPTS/publish.ts sel --name x >&2; node $SCRIPTS/index-corpus.ts --corpus c --selection x --image-embeddings I.npy',
  'score to CSV': `node $SCRIPTS/score.ts ${VECTORS} --selection ./sel --out disk/s.csv`,
  'score to Parquet': `node $SCRIPTS/score.ts ${VECTORS} --selection ./sel --out disk/s.parquet`,
  precompute: `node $SCRIPTS/precompute.ts --image-embeddings few.npy --text-embeddings few.npy --encoder-id $ID --strategy full --strategies variance --fusion identity --out disk/out`,
};

beforeEach(() => {
  place.put('I.npy', encodeNpy(unitRows(PAIRS, DIM, 1), [PAIRS, DIM]));
  place.put('T.npy', encodeNpy(unitRows(PAIRS, DIM, 2), [PAIRS, DIM]));
  place.put('few.npy', encodeNpy(unitRows(40, DIM, 3), [40, DIM]));
  place.put('sel/selection.bin', encodeSelection(record));
  mkdirSync(join(place.path(), 'disk'));
});

/** It may be SQLite in workerd that meets the full disk first: it ends with words of its own. */
const OF_WORKERD = /^(?:\*\*\* Fatal uncaught kj::Exception|stack: )/;

function expectNamed({ status, stdout, stderr }: CommandResult, reason: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  expect(lines.at(-1)).toMatch(reason);
  const ours = lines.filter((line) => !OF_WORKERD.test(line)).join('\n');
  expect(ours).not.toMatch(/bug in alignql|stack|\n {4}at /);
  expect(stdout).toBe('');
  expect(status).toBe(1);
}

describe('a command that the disk refuses', { timeout: 120_000 }, () => {
  it.for([
    ['start', '40k'],
    ['start', '400k'],
    ['publish', '40k'],
    ['publish', '100k'],
    ['index', '700k'],
    ['score to CSV', '48k'],
    ['score to Parquet', '300k'],
    ['precompute', '60k'],
  ] as const)('names a full disk: %s with %s', ([name, size], { skip }) => {
    skip(!canMount, NO_MOUNT);
    const mount = `mount -t tmpfs -o size=${size} tmpfs disk; ${COMMANDS[name]}`;
    expectNamed(bash(place.path(), `unshare -rm bash -c '${mount}'`), /disk.*(disk is full|no space left)/);
  });

  it.for(['publish', 'score to CSV', 'precompute'] as const)(
    'names a read-only one: %s',
    (name, { skip }) => {
      skip(!canMount, NO_MOUNT);
      const mount = `mount -t tmpfs -o ro tmpfs disk; ${COMMANDS[name]}`;
      expectNamed(bash(place.path(), `unshare -rm bash -c '${mount}'`), /disk.*(EROFS|read-only)/);
    },
  );

  it('names a limit on the size of files', () => {
    expectNamed(bash(place.path(), `ulimit -f 8; ${COMMANDS['score to CSV']}`), /s\.csv.*file too large/);
  });

  it('names a full disk behind stdout', ({ skip }) => {
    skip(process.platform !== 'linux', '/dev/full is of Linux');
    const select = 'node $SCRIPTS/select.ts --features few.npy --labels y.npy --strategy variance --k 4';
    place.put(
      'y.npy',
      encodeNpy(
        Float64Array.from({ length: 40 }, (_, i) => i % 2),
        [40],
      ),
    );
    expectNamed(bash(place.path(), `${select} > /dev/full`), /the disk is full.*ENOSPC/);
  });

  it('does its work when only stderr is full', ({ skip }) => {
    skip(process.platform !== 'linux', '/dev/full is of Linux');
    const { status } = bash(place.path(), `${COMMANDS['score to CSV']} 2> /dev/full`);
    expect(status).toBe(0);
  });
});
