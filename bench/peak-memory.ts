import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Loaded into a command by --import: what it has taken is written to PEAK_FILE when it ends. */
export interface CommandUsage {
  /** Peak resident memory, threads included, in units of 10^6 bytes. */
  readonly megabytes: number;
  /** User and system, threads included. */
  readonly cpuSeconds: number;
}

const { PEAK_FILE } = process.env;
if (isMainThread && PEAK_FILE !== undefined) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    // maxRSS is in kilobytes of 1,024.
    const usage: CommandUsage = {
      megabytes: (maxRSS * 1024) / 1e6,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    };
    writeFileSync(PEAK_FILE, JSON.stringify(usage));
  });
}
