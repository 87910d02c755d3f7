import { spawnSync } from 'node:child_process';
import { buildPageIfStale } from '../scripts/start/page.ts';
import { HUNG, runWatched } from './watched-process.ts';

/**
 * `npm test`: every project of vitest.config.ts, in a third less time than Vitest takes that runs one after the other.
 * The node project fills all cores. Each of the other two is a chain, a file at a time, that leaves half of two cores
 * idle: they run side by side. Options of reporters are handed on, `{project}` in them standing for the project; with
 * any other option, or a file's name, Vitest runs as it would by itself.
 */
const options = process.argv.slice(2);
const everything = options.every((option) => /^--(reporter|outputFile)\b/.test(option));

/** A test that hangs is ended by Vitest after ten minutes (vitest.config.ts), and says so: nothing of ours is silent for longer. */
const SILENCE_MS = 13 * 60_000;

if (everything) {
  const failures = [await vitest('node', 'shown')];
  // Both need it, and each would build it.
  await buildPageIfStale((line) => process.stderr.write(`${line}\n`));
  failures.push(...(await Promise.all([vitest('worker', 'kept'), vitest('served', 'shown')])));
  process.exitCode = failures.some(Boolean) ? 1 : 0;
} else {
  process.exitCode = alone();
}

/**
 * The runner itself may stop for good, in the midst of a run or after its last test, and say nothing
 * (github.com/cloudflare/workers-sdk/issues/15498): then the project is run once more, all of it.
 * @param output `kept` until the end, so that two reports do not mix
 * @returns true where a test failed
 */
async function vitest(project: string, output: 'shown' | 'kept'): Promise<boolean> {
  const args = [
    'run',
    '--project',
    project,
    ...options.map((option) => option.replaceAll('{project}', project)),
  ];
  const first = await watched(args, output);
  if (first !== HUNG) return first !== 0;
  process.stderr.write(
    `The project ${project} said nothing for ${SILENCE_MS / 60_000} minutes and was ended: its runner hung. It is run once more.\n`,
  );
  return (await watched(args, output)) !== 0;
}

async function watched(args: readonly string[], output: 'shown' | 'kept'): Promise<number | typeof HUNG> {
  const kept: Buffer[] = [];
  const show = (chunk: Buffer): void => void process.stdout.write(chunk);
  const result = await runWatched(['node_modules/vitest/vitest.mjs', ...args], {
    onOutput: output === 'shown' ? show : (chunk) => void kept.push(chunk),
    silenceMs: SILENCE_MS,
    // Through a pipe it would not colour what is read on a terminal.
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  kept.forEach(show);
  return result;
}

/** One file or project, in front of the person who asked for it. */
function alone(): number {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options], {
    stdio: 'inherit',
  });
  return status ?? 1;
}
