import { spawn } from 'node:child_process';
import { buildPageIfStale } from '../scripts/start/page.ts';

/**
 * `npm test`: every project of vitest.config.ts, in a third less time than Vitest takes that runs one after the other.
 * The node project fills all cores. Each of the other two is a chain, a file at a time, that leaves half of two cores
 * idle: they run side by side. Options of reporters are handed on, `{project}` in them standing for the project; with
 * any other option, or a file's name, Vitest runs as it would by itself.
 */
const options = process.argv.slice(2);
const everything = options.every((option) => /^--(reporter|outputFile)\b/.test(option));

if (everything) {
  const failures = [await vitest('node', 'shown')];
  // Both need it, and each would build it.
  await buildPageIfStale((line) => process.stderr.write(`${line}\n`));
  failures.push(...(await Promise.all([vitest('worker', 'kept'), vitest('served', 'shown')])));
  process.exitCode = failures.some(Boolean) ? 1 : 0;
} else {
  process.exitCode = await run(['run', ...options], 'shown');
}

/** @returns true where a test failed */
async function vitest(project: string, output: 'shown' | 'kept'): Promise<boolean> {
  const named = options.map((option) => option.replaceAll('{project}', project));
  return (await run(['run', '--project', project, ...named], output)) !== 0;
}

/**
 * @param output `kept` until the end, so that two reports do not mix
 * @returns its exit code; 1 where a signal ended it
 */
function run(args: readonly string[], output: 'shown' | 'kept'): Promise<number> {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    stdio: ['inherit', output === 'shown' ? 'inherit' : 'pipe', output === 'shown' ? 'inherit' : 'pipe'],
  });
  const kept: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => kept.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(kept));
      resolve(code ?? 1);
    });
  });
}
