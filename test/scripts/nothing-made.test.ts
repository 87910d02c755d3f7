import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { openLocalNamespaces } from '../../scripts/kv/local-kv.ts';
import { walkStorage } from '../../scripts/doctor/walk-storage.ts';
import { run } from './start-setup.ts';

const nowhere = (): string => join(tmpdir(), `alignql-nowhere-${randomUUID()}`);

it('KV that is only read is empty where there is none, and nothing is made', async () => {
  const state = nowhere();
  const { kvs, close } = await openLocalNamespaces(state, ['a', 'b'], { readsOnly: true });
  const { report } = await walkStorage({ selections: kvs[0], corpora: kvs[1] }, Date.now());
  await close();
  expect(report).toMatchObject({ values: 0, problems: [] });
  expect(existsSync(state)).toBe(false);
});

// Processes: each command opens KV by itself.
it.each([
  ['doctor', ['--storage'], 1, /nothing is published\nlooked in .* in STATE\n/],
  ['selections', [], 0, /^0 in .* in STATE\n$/],
  ['corpora', [], 0, /^0 in .* in STATE\n$/],
  ['history', [], 1, /^looked in .* in STATE\nhistory: No selection is published/],
  ['keys', ['list'], 0, /^0 in .* in STATE\n$/],
  ['owners', ['list'], 0, /^0 in .* in STATE\n$/],
  ['pipeline', ['status'], 1, /^pipeline: nothing was run in STATE/],
])('%s says where it looked, and makes nothing there', async (name, args, exitCode, told) => {
  const state = nowhere();
  const { status, stderr } = await run(`scripts/${name}.ts`, args, { ALIGNQL_STATE: state });
  expect(stderr.replaceAll(state, 'STATE')).toMatch(told);
  expect([status, existsSync(state)]).toEqual([exitCode, false]);
});
