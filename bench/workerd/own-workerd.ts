import { readFileSync, readdirSync } from 'node:fs';

/** The processes of workerd that this one has started. Linux only. */
export function ownWorkerds(): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && isOwnWorkerd(pid))
    .map(Number);
}

function isOwnWorkerd(pid: string): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return status.startsWith('Name:\tworkerd') && status.includes(`\nPPid:\t${process.pid}\n`);
  } catch {
    return false; // it has ended meanwhile
  }
}
