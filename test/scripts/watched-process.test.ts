import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HUNG, runWatched } from '../watched-process.ts';

const NEVER_MS = 600_000;

/** What was left behind is connected here for as long as it lives. */
let server: Server;

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => server.close());

async function run(program: string, silenceMs = NEVER_MS): Promise<{ result: unknown; output: string }> {
  let output = '';
  const onOutput = (chunk: Buffer): void => void (output += chunk.toString());
  return { result: await runWatched(['-e', program], { onOutput, silenceMs }), output };
}

/** Goes on with `then` once a process that holds the output open, and never ends, is connected. */
function leavingOneBehind(then: string): string {
  const { port } = server.address() as AddressInfo;
  const left = `require('node:net').connect(${port}, '127.0.0.1', () => process.send('connected'))`;
  return `
    const left = require('node:child_process').spawn(
      process.execPath, ['-e', ${JSON.stringify(left)}], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    left.once('message', () => { left.disconnect(); left.unref(); ${then} });
  `;
}

/** Resolves when the one left behind has ended. */
async function untilGone(): Promise<void> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined).resume();
  await once(socket, 'close');
}

test('tells the exit code and all that was said, to either stream', async () => {
  const { result, output } = await run(`console.log('out'); console.error('err'); process.exitCode = 3`);
  expect(result).toBe(3);
  expect(output).toContain('out');
  expect(output).toContain('err');
});

test('is not kept waiting by a process that was left behind, and ends it', async () => {
  const gone = untilGone();
  const { result } = await run(leavingOneBehind('process.exitCode = 0'));
  expect(result).toBe(0);
  await gone;
});

test('ends what says nothing any more, with all that it started', async () => {
  const gone = untilGone();
  const { result } = await run(leavingOneBehind('setInterval(() => {}, 1e6)'), 10_000);
  expect(result).toBe(HUNG);
  await gone;
});

test('takes an end by a signal for a failure', async () => {
  expect((await run('process.kill(process.pid, "SIGKILL")')).result).toBe(1);
});

test('goes when it is told to, with the program that it runs', async () => {
  const gone = untilGone();
  const watched = JSON.stringify(new URL('../watched-process.ts', import.meta.url).href);
  const never = JSON.stringify(leavingOneBehind('console.log("started"); setInterval(() => {}, 1e6)'));
  const watcher = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { runWatched } from ${watched};
       await runWatched(['-e', ${never}], { onOutput: (chunk) => process.stdout.write(chunk), silenceMs: ${NEVER_MS} });
       console.log('went on');`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  watcher.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('started')) watcher.kill('SIGTERM');
  });
  const [, signal] = (await once(watcher, 'exit')) as [number | null, string | null];
  expect([signal, output]).toEqual(['SIGTERM', 'started\n']);
  await gone;
});
