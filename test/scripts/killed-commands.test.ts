import { mkdirSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { ROOT, killLaunched, launch, leftBehind, newState, run, until } from './start-setup.ts';

const LONG_MS = 300_000;

// Processes are found in /proc.
describe.skipIf(platform() !== 'linux')('a command that is killed', { timeout: LONG_MS }, () => {
  const state = newState();
  const folder = join(newState(), 'record');
  const arguments_: Readonly<Record<string, readonly string[]>> = {
    publish: [folder, '--name', 'mine'],
    rollback: ['--name', 'mine'],
    index: ['--corpus', 'mine', join(ROOT, 'models/sample/captions.csv')],
  };
  const file: Readonly<Record<string, string>> = { index: 'index-corpus' };

  beforeAll(async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'selection.bin'), encodeSelection(buildSelection(1)));
    const published = await run('scripts/publish.ts', arguments_.publish, { ALIGNQL_STATE: state });
    expect(published.status).toBe(0);
  }, LONG_MS);
  afterAll(killLaunched);

  it.each([
    ['publish', 'SIGTERM'],
    ['publish', 'SIGINT'],
    ['publish', 'SIGKILL'],
    ['rollback', 'SIGKILL'],
    ['index', 'SIGTERM'],
    ['index', 'SIGKILL'],
  ] as const)('%s by %s leaves no workerd behind', async (name, signal) => {
    const script = join(ROOT, `scripts/${file[name] ?? name}.ts`);
    const command = await launch(state, [process.execPath, script, ...arguments_[name]]);
    await until(() => command.workerds().length > 0 || command.child.exitCode !== null, LONG_MS);
    expect(command.workerds()).toHaveLength(1);
    command.child.kill(signal);
    await command.exited;
    expect(await leftBehind(command)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'publish under npm, which ends by %s, ends too',
    async (signal) => {
      const command = await launch(state, ['npm', 'run', '-s', 'publish', '--', ...arguments_.publish]);
      await until(() => command.workerds().length > 0 || command.child.exitCode !== null, LONG_MS);
      expect(command.workerds()).toHaveLength(1);
      command.child.kill(signal);
      await command.exited;
      expect(await leftBehind(command)).toEqual([]);
    },
  );
});
