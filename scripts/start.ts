import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { EncoderInfo } from '../src/clip/encoder-info.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { prepareWorkerModel } from './clip/worker-model.ts';
import { readDeployment, readEmbeddedEncoder } from './kv/deployment.ts';
import { openLocalKv } from './kv/local-kv.ts';
import { encoderFile, persistFolder, stateFolder } from './kv/project.ts';
import { makeWritableFolder } from './kv/writable-folder.ts';
import { checkPortIsFree } from './start/free-port.ts';
import { buildPageIfStale } from './start/page.ts';
import { untilReady } from './start/ready.ts';
import { sampleRecord } from './start/samples.ts';
import { seedSelections } from './start/seed.ts';
import { type Server, startServer } from './start/server.ts';
import { workerConfigs } from './start/worker-config.ts';

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
    `\nEnvironment:\n  PORT            port on ${HOST} (default: ${DEFAULT_PORT})\n  ALIGNQL_STATE   folder for KV and caches, kept between starts (default: .alignql)\n\n` +
      'The first start makes the selections "default" and "mi-50" from models/sample; names that exist are left alone.\n' +
      '`npm run -s publish -- DIR` publishes to the running server. Ctrl-C stops it.',
  )
  .action(start);

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function start({ model, verbose }: Options): Promise<void> {
  const port = readPort();
  const state = stateFolder();
  await makeWritableFolder(state, 'the state folder', 'Choose another: ALIGNQL_STATE=<folder> npm start');
  await checkPortIsFree(HOST, port);
  const { encoder, configs } = await prepareEncoder(model, state);
  await Promise.all([buildPageIfStale(tell), seed(state, encoder, model)]);
  const registry = join(state, 'registry');
  const server = startServer({
    host: HOST,
    port,
    configs,
    persist: persistFolder(state),
    registry,
    isVerbose: verbose,
  });
  await serve(server, `http://${HOST}:${port}`);
}

function readPort(): number {
  const text = process.env.PORT || String(DEFAULT_PORT);
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UserError(`PORT is ${JSON.stringify(text)}, expected a whole number from 1 to 65535`);
}

async function prepareEncoder(
  model: string | undefined,
  state: string,
): Promise<{ encoder: EncoderInfo; configs: string[] }> {
  const out = resolve(state, 'model');
  const chosen = model === undefined ? null : await prepareWorkerModel(model, out);
  const encoder = chosen?.info ?? (await readEmbeddedEncoder());
  await writeFile(encoderFile(state), `${JSON.stringify({ ...encoder, files: {} }, null, 2)}\n`);
  return { encoder, configs: await workerConfigs(chosen?.alias ?? null, out) };
}

async function seed(state: string, encoder: EncoderInfo, model: string | undefined): Promise<void> {
  const { kv, close } = await openLocalKv(state, readDeployment(false).namespaceId);
  try {
    const { fingerprint } = encoder;
    await seedSelections({
      kv,
      state,
      encoder,
      makeSample: (sample) => sampleRecord(sample, { state, model, fingerprint, tell }),
      tell,
    });
  } finally {
    await close();
  }
}

/** Until a signal comes or the server ends by itself. Leaves no process behind either way. */
async function serve(server: Server, origin: string): Promise<void> {
  let isStopping = false;
  const signalled = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        isStopping = true;
        stop();
      });
    }
  });
  try {
    await untilReady(`${origin}/graphql`, server, () => isStopping);
    if (!isStopping)
      process.stdout.write(`alignql is ready\n  page  ${origin}/\n  API   ${origin}/graphql\n`);
    const exitCode = await Promise.race([signalled.then(() => null), server.ended]);
    if (!isStopping) throw new Error(`the local server ended by itself with code ${exitCode}`);
  } finally {
    await server.stop();
  }
}

await runCommand(program, process.argv);
process.exit(process.exitCode ?? 0); // onnxruntime-node and Miniflare may hold the process open
