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

/**
 * What workerd and its runner say when an answer to the runner is lost: "Cannot perform I/O on behalf of a different request". The
 * test that it befalls waits for its deadline, and the run often never ends. Seen in one of eight runs.
 */
const LOST_ANSWER = /Error sending to pool|Promise will never complete/;

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
 * (github.com/cloudflare/workers-sdk/issues/15498), or fail a test whose answer it has lost: then the project is run once more,
 * all of it, and the second run counts.
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
  const { result, hasLostAnswer } = await watched(args, output);
  if (result === 0 || (result !== HUNG && !hasLostAnswer)) return result !== 0;
  const why =
    result === HUNG
      ? `said nothing for ${SILENCE_MS / 60_000} minutes and was ended: its runner hung`
      : 'failed, and its runner had lost an answer of workerd';
  process.stderr.write(`The project ${project} ${why}. It is run once more.\n`);
  return (await watched(args, output)).result !== 0;
}

async function watched(
  args: readonly string[],
  output: 'shown' | 'kept',
): Promise<{ readonly result: number | typeof HUNG; readonly hasLostAnswer: boolean }> {
  const kept: Buffer[] = [];
  let hasLostAnswer = false;
  const show = (chunk: Buffer): void => void process.stdout.write(chunk);
  const result = await runWatched(['node_modules/vitest/vitest.mjs', ...args], {
    onOutput: (chunk) => {
      hasLostAnswer ||= LOST_ANSWER.test(chunk.toString());
      if (output === 'shown') show(chunk);
      else kept.push(chunk);
    },
    silenceMs: SILENCE_MS,
    // Through a pipe it would not colour what is read on a terminal.
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  kept.forEach(show);
  return { result, hasLostAnswer };
}

/** One file or project, in front of the person who asked for it. */
function alone(): number {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options], {
    stdio: 'inherit',
  });
  return status ?? 1;
}
