import { readFileSync } from 'node:fs';

/** In megabytes. */
export interface ProcessMemory {
  readonly resident: number;
  readonly peak: number;
  /** Without the pages of the executable, a dozen megabytes of which compiling and searching touch first. */
  readonly own: number;
}

/** Linux only. */
export function memoryOf(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM'), own: megabytes('RssAnon') };
}
