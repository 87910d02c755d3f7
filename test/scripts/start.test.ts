import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from '../format/selection-builder.ts';
import {
  type Started,
  ask,
  killLaunched,
  launch,
  leftBehind,
  newState,
  run,
  until,
  untilReady,
} from './start-setup.ts';

/** For what is waited for as a state: as long as a busy machine takes. */
const LONG_MS = 400_000;
const SAMPLE_SIZE = readdirSync(new URL('../../models/sample/images', import.meta.url)).length;
/** The Worker's cache holds a name for 10 s, then answers once more from it while it asks again. */
const TTL_MS = 120_000;

// Processes are counted in /proc.
describe.skipIf(platform() !== 'linux')('npm start', { timeout: LONG_MS }, () => {
  const state = newState();
  let first: Started;
  let seeded: unknown;
  const selections = (started: Started): Promise<unknown> =>
    ask(started.origin, '{ selections { name id k dim strategy encoder createdAt } }');

  beforeAll(async () => {
    first = await launch(state);
    await untilReady(first);
    seeded = await selections(first);
  }, LONG_MS);
  afterAll(killLaunched);

  it('prints both addresses on stdout and nothing else', () => {
    const { origin } = first;
    expect(first.stdout()).toBe(`alignql is ready\n  page  ${origin}/\n  API   ${origin}/graphql\n`);
  });

  it('has a page and an API', async () => {
    const page = await fetch(`${first.origin}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toMatch(/^<!doctype html>/i);
    expect(await ask(first.origin, '{ encoder { id } }')).toMatchObject({
      data: { encoder: { id: 'tiny-clip' } },
    });
  });

  it('has published the two samples', () => {
    expect(seeded).toMatchObject({
      data: {
        selections: [
          { name: 'default', strategy: 'full', encoder: 'tiny-clip' },
          { name: 'mi-50', strategy: 'mutual-information', k: 50, encoder: 'tiny-clip' },
        ],
      },
    });
  });

  it('has packed the sample pictures as a corpus that finds one by its name', async () => {
    const query =
      '{ corpora { name count } search(corpus: "samples", text: { text: "a rocket" }, first: 1) { edges { id } } }';
    expect(await ask(first.origin, query)).toMatchObject({
      data: {
        corpora: [{ name: 'samples', count: SAMPLE_SIZE }],
        search: { edges: [{ id: 'images/a-rocket.png' }] },
      },
    });
  });

  it('tells photographs from drawings in it', async () => {
    const query = `{ search(corpus: "samples", text: { text: "a dolphin" }, first: 50, filter: [{ field: "kind", eq: "photograph" }]) {
      edges { metadata }
    } }`;
    const { data } = (await ask(first.origin, query)) as {
      data: { search: { edges: { metadata: string }[] } };
    };
    const kinds = data.search.edges.map(({ metadata }) => (JSON.parse(metadata) as { kind: string }).kind);
    expect(kinds).toEqual(Array.from({ length: 50 }, () => 'photograph'));
  });

  it('follows a publish and a rollback by other processes while it runs', async () => {
    const folder = join(newState(), 'record');
    mkdirSync(folder);
    writeFileSync(join(folder, 'selection.bin'), encodeSelection(buildSelection(1)));
    const environment = { ALIGNQL_STATE: state };
    const query = '{ selection(name: "mi-50") { id encoder } }';
    const servedId = async (): Promise<unknown> => {
      const answer = (await ask(first.origin, query)) as { data: { selection: { id: string } } };
      return answer.data.selection.id;
    };
    const before = await servedId();

    const published = await run('scripts/publish.ts', [folder, '--name', 'mi-50'], environment);
    expect(published).toMatchObject({ status: 0, stderr: '' });
    const { id, previous, changed } = JSON.parse(published.stdout) as Record<string, unknown>;
    expect({ previous, changed }).toEqual({ previous: before, changed: true });
    await until(async () => (await servedId()) === id, TTL_MS);
    expect(await servedId()).toBe(id);

    const rolledBack = await run('scripts/rollback.ts', ['--name', 'mi-50'], environment);
    expect(JSON.parse(rolledBack.stdout)).toMatchObject({ name: 'mi-50', id: before, previous: id });
    await until(async () => (await servedId()) === before, TTL_MS);
    expect(await servedId()).toBe(before);
  });

  it('refuses a second server on its port in one line', async () => {
    const { port } = new URL(first.origin);
    expect(await run('scripts/start.ts', [], { PORT: port, ALIGNQL_STATE: state })).toEqual({
      status: 1,
      stdout: '',
      stderr: `start: port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm start\n`,
    });
  });

  it('tells that a first start takes long, and what it is at', () => {
    expect(first.stderr()).toMatch(/^The first start takes .*\n/);
    expect(first.stderr()).toContain('Making the sample selection "default" (once)…\n');
  });

  it('ends with all its processes on SIGTERM', async () => {
    expect(first.workerds()).toHaveLength(1);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(await leftBehind(first)).toEqual([]);
  });

  it(
    'started again by npm keeps what is published, and ends with npm',
    async () => {
      const second = await launch(state, ['npm', 'start']);
      await untilReady(second);
      expect(second.stderr()).not.toMatch(/Making|Packing|Building|Bundling|first start/);
      expect(await selections(second)).toEqual(seeded);
      second.child.kill('SIGTERM');
      await second.exited;
      expect(await leftBehind(second)).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'ends with all its processes on Ctrl-C, which reaches the whole process group',
    async () => {
      const third = await launch(state, ['npm', 'start']);
      await untilReady(third);
      process.kill(-(third.child.pid ?? NaN), 'SIGINT');
      await third.exited;
      expect(await leftBehind(third)).toEqual([]);
    },
    LONG_MS,
  );

  it.each(['script', 'npm'])(
    'leaves nothing behind when its %s is ended by SIGKILL',
    async (which) => {
      const fourth = await launch(state, which === 'npm' ? ['npm', 'start'] : undefined);
      await untilReady(fourth);
      expect(fourth.workerds()).toHaveLength(1);
      fourth.child.kill('SIGKILL');
      await fourth.exited;
      expect(await leftBehind(fourth)).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'ends with all its processes when told to before it is ready',
    async () => {
      const early = await launch(newState());
      await until(() => early.stderr().includes('Making the sample selection'), LONG_MS);
      early.child.kill('SIGTERM');
      expect(await early.exited).toBe(0);
      expect(early.stdout()).toBe('');
      expect(await leftBehind(early)).toEqual([]);
    },
    LONG_MS,
  );
});

describe('npm start refuses in one line', () => {
  const refusal = (environment: Record<string, string>): Promise<unknown> =>
    run('scripts/start.ts', [], environment);

  it('a port that another program has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await refusal({ PORT: String(port), ALIGNQL_STATE: newState() })).toEqual({
      status: 1,
      stdout: '',
      stderr: `start: port ${port} is in use. Choose another: PORT=${port + 1} npm start\n`,
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['0', '65536', 'http', '80.5', '-1'])('PORT=%s', async (port) => {
    expect(await refusal({ PORT: port, ALIGNQL_STATE: newState() })).toEqual({
      status: 1,
      stdout: '',
      stderr: `start: PORT is "${port}", expected a whole number from 1 to 65535\n`,
    });
  });

  it('a state folder under a file', async () => {
    const file = join(newState(), 'file');
    writeFileSync(file, '');
    expect(await refusal({ ALIGNQL_STATE: join(file, 'state') })).toEqual({
      status: 1,
      stdout: '',
      stderr: `start: cannot write the state folder ${file}/state (ENOTDIR). Choose another: ALIGNQL_STATE=<folder> npm start\n`,
    });
  });

  it.skipIf(platform() !== 'linux')('a state folder where nothing can be made', async () => {
    expect(await refusal({ ALIGNQL_STATE: '/proc/alignql/state' })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^start: cannot write the state folder \/proc\/alignql\/state \(ENOENT\)\. [^\n]*\n$/,
      ) as string,
    });
  });

  it('an encoder that is not there', async () => {
    const { status, stderr } = await run('scripts/start.ts', ['--model', '/nowhere/clip'], {
      ALIGNQL_STATE: newState(),
      PORT: '8797',
    });
    expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain('/nowhere/clip');
  });

  const oldNode = findOldNode();
  it.skipIf(oldNode === null)('a Node that cannot run it', () => {
    const args = ['--import', './scripts/node-version.js', 'scripts/start.ts'];
    const { status, stderr } = spawnSync(oldNode ?? '', args, {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../..'),
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^alignql needs Node 22\.18 or newer and this is v[0-9.]+\. [^\n]*\n$/,
      ) as string,
    });
  });
});

/** A Node of the machine before 22, beside the one that the project brings; null when there is none. */
function findOldNode(): string | null {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  for (const folder of [...folders, '/usr/local/bin', '/usr/bin']) {
    const node = join(folder, 'node');
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (/^v(1\d|20|21)\./.test(stdout ?? '')) return node;
  }
  return null;
}
