import { readFileSync } from 'node:fs';

const PARENT_CHECK_MS = 300;

/**
 * Under npm, takes the end of npm for SIGTERM. npm passes that signal to its shell only, which ends without telling this
 * process; ended by SIGKILL it tells nobody, and its shell goes on waiting. Both are seen by who the parents are: this one's,
 * and where /proc tells it, the shell's.
 */
export function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  // Where no shell stands between, the grandparent is the user's terminal, which may be closed.
  const npm = grandparent !== null && !isNpm(parent) && isNpm(grandparent) ? grandparent : null;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === null || parentOf(parent) === npm)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** npm's title is `npm start`, and the path of its script before it has set that. */
function isNpm(pid: number): boolean {
  return /(^|[/\\])npm(-cli\.js)?(\0| |$)/.test(readProcess(pid, 'cmdline') ?? '');
}

function parentOf(pid: number): number | null {
  // "pid (name) state ppid": a name may hold parentheses and spaces.
  const fields = readProcess(pid, 'stat')?.split(') ').at(-1)?.split(' ');
  return fields === undefined ? null : Number(fields[1]);
}

/** Null where there is no /proc, or no such process. */
function readProcess(pid: number, file: 'cmdline' | 'stat'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
