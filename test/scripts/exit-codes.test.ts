import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runScript } from './run-command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A command whose action is the given code, run as a process of its own. */
function runAction(action: string): { status: number | null; stdout: string; stderr: string } {
  const program = `
    import { Command } from 'commander';
    import { AppError } from './src/errors.ts';
    import { printJson, tell } from './scripts/cli/messages.ts';
    import { runCommand } from './scripts/cli/run.ts';
    import { UserError } from './scripts/cli/user-error.ts';
    void [AppError, UserError, printJson, tell];
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

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'the disk quota is used up'],
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
  ])("exits with 1 when the system refuses for the machine's reasons: %s", (code, words) => {
    const refusal = `Object.assign(new Error('${code}: refused, write'), { code: '${code}', syscall: 'write', path: '/a/b' })`;
    for (const thrown of [refusal, `new AppError('STORAGE_FAILED', 'no write', { cause: ${refusal} })`]) {
      const { status, stderr } = runAction(`throw ${thrown}`);
      expect(stderr).toContain(`demo: /a/b: ${words}`);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(status).toBe(1);
    }
  });

  it('exits with 2 for what only looks like a refusal', () => {
    expect(runAction(`throw Object.assign(new Error('x'), { code: 'ENOSPC' })`).status).toBe(2);
  });
});

const HOSTILE = "'a\\x1b[31m\\x9b2J\\u202eb'";
const SHOWN = 'a\\u001b[31m\\u009b2J\\u202eb';

describe('messages of a command', () => {
  it.each([
    ['an error', `throw new UserError(${HOSTILE})`, 1],
    ['a note', `tell(${HOSTILE})`, 0],
    ['the stack of a bug', `throw new Error(${HOSTILE})`, 2],
    ["a library's log", `console.log('%s', ${HOSTILE})`, 0],
    ["a library's warning", `console.warn(${HOSTILE})`, 0],
  ])('shows control characters in place of sending them: %s', (_, action, expected) => {
    const { status, stdout, stderr } = runAction(action);
    expect(stderr).toContain(SHOWN);
    // eslint-disable-next-line no-control-regex
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(stdout).toBe('');
    expect(status).toBe(expected);
  });

  it('shows them in what commander refuses', () => {
    const { status, stderr } = runScript('rollback', ['--\u001b[31m', '--\u009b2J']);
    expect(stderr).toContain("error: unknown option '--\\u001b[31m'");
    expect(status).toBe(1);
  });

  it('prints JSON that reads back the same, without a control character', () => {
    const { stdout } = runAction(`printJson({ ['\\x9b']: ${HOSTILE} })`);
    expect(stdout).toBe(`{"\\u009b":"${SHOWN}"}\n`);
    expect(JSON.parse(stdout)).toEqual({ '\u009b': 'a\u001b[31m\u009b2J\u202eb' });
  });
});
