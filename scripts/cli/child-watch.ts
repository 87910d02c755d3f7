import { type ChildProcess, spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';

/**
 * A shell that reads, a line each time it changes, which children run. Its input ends with this process, however that is
 * ended; then it ends the children of the last line.
 */
const WATCHDOG = 'while read -r line; do ids=$line; done; [ -z "$ids" ] || kill -KILL $ids 2>/dev/null';

let isWatching = false;

/**
 * From now on no process that this one starts outlives it, not even when it is ended by SIGKILL: workerd would run on
 * for good, for nothing tells it that nobody asks it any more. What Miniflare and others start is seen too: Node
 * announces every process on a channel. Not on Windows, which has no shell for it.
 */
export function endChildrenWithThisProcess(): void {
  if (isWatching || process.platform === 'win32') return;
  isWatching = true;
  // In a session of its own: a signal for the whole group, as by Ctrl-C, must not end it before the others.
  const watchdog = spawn('sh', ['-c', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ignore = (): void => undefined; // without the watchdog everything else still works
  watchdog.on('error', ignore);
  watchdog.stdin.on('error', ignore);
  watchdog.unref();
  if ('unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref();
  const running = new Set<number>();
  const tell = (): void => void watchdog.stdin.write(`${[...running].join(' ')}\n`);
  channel('child_process').subscribe((message) => {
    const child = (message as { process: ChildProcess }).process;
    let id: number | undefined;
    child.once('spawn', () => {
      id = child.pid;
      if (id === undefined) return;
      running.add(id);
      tell();
    });
    child.once('exit', () => {
      if (id !== undefined && running.delete(id)) tell();
    });
  });
}
