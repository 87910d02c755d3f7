import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A command whose action is the given code, run as a process of its own. */
function runAction(action: string): { status: number | null; stdout: string; stderr: string } {
  const program = `
    import { Command } from 'commander';
    import { AppError } from './src/errors.ts';
    import { runCommand } from './scripts/cli/run.ts';
    import { UserError } from './scripts/cli/user-error.ts';
    void [AppError, UserError];
    await runCommand(new Command('demo').action(async () => { ${action} }), process.argv);
  `;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '-e', program],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

describe('runCommand', () => {
  it('exits with 0 and lets stdout drain when all went well', () => {
    const { status, stdout } = runAction(`process.stdout.write('x'.repeat(300_000));`);
    expect(stdout).toHaveLength(300_000);
    expect(status).toBe(0);
  });

  it.each([
    ['UserError', `throw new UserError('no such thing. Bring one.')`],
    ['AppError', `throw new AppError('BAD_INPUT', 'no such thing. Bring one.')`],
  ])("exits with 1 and one line for the user's mistake (%s)", (_, action) => {
    expect(runAction(action)).toEqual({ status: 1, stdout: '', stderr: 'demo: no such thing. Bring one.\n' });
  });

  it.each([
    ['an error thrown', `throw new RangeError('off by one')`],
    ['an internal AppError', `throw new AppError('INTERNAL', 'off by one')`],
    ['an error thrown later', `setTimeout(() => { throw new Error('off by one') }, 1)`],
    ['a promise nobody awaits', `void Promise.reject(new Error('off by one'))`],
  ])('exits with 2 and the stack for a bug: %s', (_, action) => {
    const { status, stderr } = runAction(action);
    expect(stderr).toContain('this is a bug in alignql');
    expect(stderr).toContain('off by one');
    expect(stderr).toMatch(/\n {4}at /);
    expect(status).toBe(2);
  });
});
