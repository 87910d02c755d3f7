import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import type { AttackResult } from '../../scripts/attack/run-attack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const origin = inject('origin');

function attack(args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['scripts/attack.ts', ...args], { cwd: ROOT });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...output })));
}

it.skipIf(origin === '')('every class of the attack holds, 500 cases', async () => {
  const { status, stdout, stderr } = await attack([
    '--cases',
    '500',
    '--seed',
    '20261129',
    '--endpoint',
    origin,
  ]);
  expect(status, stderr).toBe(0);
  const { rows, cases, holds, seed } = JSON.parse(stdout) as AttackResult;
  expect({ cases, holds, seed }).toEqual({ cases: 500, holds: true, seed: 20261129 });
  for (const row of rows) {
    expect(row, row.class).toMatchObject({ faults: 0, restarts: 0, leaks: 0, holds: true });
    expect(row.tried).toBe(row.refused + row.answered);
    // Most of what is tried is hostile indeed.
    expect(row.refused, row.class).toBeGreaterThan(row.tried * 0.2);
  }
});

it.each([
  'https://example.com',
  'http://10.0.0.1:8787',
  'http://127.0.0.1.nip.io',
  'ftp://127.0.0.1',
  'nonsense',
])('an attack on another machine is refused: %s', async (endpoint) => {
  const { status, stdout, stderr } = await attack(['--endpoint', endpoint, '--cases', '1']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('expected a server of this machine');
});
