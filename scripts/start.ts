import { join } from 'node:path';
import { Command } from 'commander';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { persistFolder, stateFolder } from './kv/project.ts';
import { makeWritableFolder } from './kv/writable-folder.ts';
import { checkPortIsFree, findFreePort } from './start/free-port.ts';
import { openFront } from './start/front.ts';
import { buildPageIfStale } from './start/page.ts';
import { untilReady } from './start/ready.ts';
import { type Server, startServer } from './start/server.ts';
import { type StopRequest, listenForStop } from './start/stop-request.ts';

interface Options {
  readonly model?: string;
  readonly verbose: boolean;
}

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;

const program = new Command('start')
  .description(
    'Run everything locally and offline: the API Worker, the encoder behind its AI binding, KV and the page.',
  )
  .option(
    '--model <DIR>',
    'another encoder: a folder in the Hugging Face layout, or a fetched hub id (default: models/tiny-clip)',
  )
  .option('--verbose', "the server's log: every request", false)
  .addHelpText(
    'after',
    `\nEnvironment:\n  PORT            port on ${HOST} (default: ${DEFAULT_PORT})\n  ALIGNQL_STATE   folder for KV and caches, kept between starts (default: .alignql in the project)\n\n` +
      'The first start makes the selections "default" and "mi-50" and the corpus "samples" from models/sample; names that exist are left alone.\n' +
      '`npm run -s publish -- DIR` publishes to the running server. Ctrl-C stops it.',
  )
  .action(start);

async function start(options: Options): Promise<void> {
  const port = readPort();
  const state = stateFolder();
  await makeWritableFolder(state, 'the state folder', 'Choose another: ALIGNQL_STATE=<folder> npm start');
  await checkPortIsFree(HOST, port);
  const stop = listenForStop();
  const innerPort = await findFreePort(HOST);
  const server = await bringUp(options, state, innerPort, stop);
  const front = await openFront({ host: HOST, port, innerPort });
  process.stdout.write(
    `alignql is ready\n  page  http://${HOST}:${port}/\n  API   http://${HOST}:${port}/graphql\n`,
  );
  const exitCode = await Promise.race([stop.requested, server.ended]);
  if (!stop.signal.aborted) throw new Error(`the local server ended by itself with code ${exitCode}`);
  await front.close();
  await server.stop();
}

/** Selections and server side by side: KV may be written while the server starts. A stop before the end exits at once. */
async function bringUp(
  { model, verbose }: Options,
  state: string,
  port: number,
  stop: StopRequest,
): Promise<Server> {
  // Loaded only now: it takes a second, and a busy port should not.
  const { prepareEncoder, seedLocalKv } = await import('./start/prepare.ts');
  const { encoder, configs } = await prepareEncoder(model, state);
  const serve = async (): Promise<Server> => {
    await buildPageIfStale(tell, stop.signal);
    const folders = { persist: persistFolder(state), registry: join(state, 'registry') };
    const server = startServer({ host: HOST, port, configs, ...folders, isVerbose: verbose });
    await untilReady(`http://${HOST}:${port}/graphql`, server);
    return server;
  };
  const [server] = await Promise.all([serve(), seedLocalKv(state, encoder, model, tell)]);
  stop.beGraceful();
  return server;
}

function readPort(): number {
  const text = process.env.PORT || String(DEFAULT_PORT);
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UserError(`PORT is ${JSON.stringify(text)}, expected a whole number from 1 to 65535`);
}

await runCommand(program, process.argv);
// At once, whatever else was under way after a failure; children end with this process (server.ts, Miniflare's own hook).
process.exit(process.exitCode ?? 0);
