import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What the operating system tells of the workerd behind a port. */
export interface ServerProcess {
  /** Ids of the workerd processes now. */
  readonly ids: () => string[];
  /** CPU so far of those, with all their threads, in milliseconds. */
  readonly cpuMs: () => number;
  /** MiB that they hold in memory. */
  readonly memoryMiB: () => number;
}

/**
 * Finds the processes that serve a port of this machine: who listens on it, and the workerd below. By /proc, so on Linux only.
 * @returns null where there is no /proc, or nobody is found
 */
export function findServerProcess(port: number): ServerProcess | null {
  const listener = listenerOf(port);
  if (listener === null) return null;
  let known: string[] = [];
  const ids = (): string[] => {
    known = [listener, ...descendants(listener)].filter((id) =>
      /(^|\/)workerd\0serve\0/.test(read(id, 'cmdline')),
    );
    return known;
  };
  if (ids().length === 0) return null;
  return {
    ids,
    cpuMs: () => known.reduce((sum, id) => sum + cpuOf(id), 0),
    memoryMiB: () =>
      known.reduce(
        (sum, id) => sum + Number(/^VmRSS:\s+(\d+)/m.exec(read(id, 'status'))?.[1] ?? 0) / 1024,
        0,
      ),
  };
}

/** /proc counts each thread's time on a processor in nanoseconds. */
function cpuOf(id: string): number {
  let nanoseconds = 0;
  for (const task of list(`/proc/${id}/task`)) {
    nanoseconds += Number(read(`${id}/task/${task}`, 'schedstat').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

function listenerOf(port: number): string | null {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of read('net', table).split('\n')) {
      const fields = line.trim().split(/\s+/);
      // 0A is LISTEN.
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A') inodes.add(`socket:[${fields[9]}]`);
    }
  }
  const holds = (id: string): boolean =>
    list(`/proc/${id}/fd`).some((fd) => inodes.has(link(`/proc/${id}/fd/${fd}`)));
  return list('/proc').find((id) => /^\d+$/.test(id) && holds(id)) ?? null;
}

function descendants(id: string): string[] {
  const children = list(`/proc/${id}/task`).flatMap((task) =>
    read(`${id}/task/${task}`, 'children').split(' ').filter(Boolean),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** A process may end while it is looked at; what is gone has nothing. */
function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
