import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

/** The parts of V8's .cpuprofile that count here; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

const IDLE = '(idle)';
const ATTEMPTS = 10;

/**
 * Active milliseconds of a Worker's startup by `wrangler check startup`: sampled time in anything but V8's `(idle)`, garbage
 * collection and native code included, as wrangler itself reports it.
 * @param bundle what `wrangler deploy --dry-run --outfile` wrote
 * @param outfile gets the profile
 */
export function startupActiveMs(bundle: string, outfile: string): number {
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    execFileSync(process.execPath, [wrangler, 'check', 'startup', '--worker', bundle, '--outfile', outfile], {
      cwd: PROJECT_ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, WRANGLER_LOG: 'error', WRANGLER_SEND_METRICS: 'false' },
    });
    const profile = JSON.parse(readFileSync(outfile, 'utf8')) as CpuProfile;
    if (isWhole(profile)) return activeMs(profile);
  }
  throw new Error(`${bundle}: ${ATTEMPTS} profiles in a row missed the startup`);
}

/**
 * Wrangler does not wait until the profiler runs: a profile that does not begin with waiting for the Worker missed some of
 * it, and on a busy machine one of nothing but waiting missed all.
 */
export function isWhole({ nodes, samples = [] }: CpuProfile): boolean {
  const isIdle = (sample: number): boolean =>
    nodes.find(({ id }) => id === sample)?.callFrame.functionName === IDLE;
  return samples.length > 0 && isIdle(samples[0]) && !samples.every(isIdle);
}

/** Sampled time outside `(idle)`. */
export function activeMs({ nodes, samples = [], timeDeltas = [] }: CpuProfile): number {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === IDLE).map(({ id }) => id));
  let microseconds = 0;
  for (const [i, delta] of timeDeltas.entries()) if (!idle.has(samples[i])) microseconds += delta;
  return microseconds / 1000;
}
