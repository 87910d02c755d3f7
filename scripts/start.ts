import { Command } from 'commander';
import { endChildrenWithThisProcess } from './cli/child-watch.ts';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { persistFolder, stateFolder } from './kv/project.ts';
import { makeWritableFolder } from './kv/writable-folder.ts';
import { type LocalAuth, readLocalAuth } from './start/auth.ts';
import { openFront } from './start/front.ts';
import { doubleMiniflareArena } from './start/miniflare-arena.ts';
import { buildPageIfStale } from './start/page.ts';
import { assertAnswers } from './start/ready.ts';
import { readSeeded } from './start/seeded-file.ts';
import type { EncoderChoice } from './dataset/load-pair-encoder.ts';
import type { Server } from './start/server.ts';
import { reportSteps } from './start/steps.ts';
import { readLocalSwitches } from './start/switches.ts';
import { exitOnSignals } from './start/exit-on-signals.ts';

interface Options {
  readonly model?: string;
  readonly encoderUrl?: string;
  readonly preset?: string;
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
    'another encoder: a folder in the Hugging Face layout, or an id of the hub, which is brought once (default: models/tiny-clip)',
  )
  .option('--encoder-url <URL>', 'or a server over HTTP: its base URL; the key comes from ENCODER_KEY')
  .option(
    '--preset <NAME>',
    'what kind of server it is: openai (default), infinity, vllm, ... (docs/encoder-routes.md)',
  )
  .option('--verbose', "the server's log: every request", false)
  .addHelpText(
    'after',
    `\nEnvironment:\n  PORT            port on ${HOST} (default: ${DEFAULT_PORT})\n  ALIGNQL_STATE   folder for KV and caches, kept between starts (default: .alignql in the project)\n` +
      '  AUTH            open to everyone (default), or locked: keys, access (docs/access.md)\n' +
      '  ENCODER_*       of --encoder-url: ENCODER_MODEL, ENCODER_DIMENSIONS, ... (docs/encoder-routes.md)\n' +
      '  CORS_ORIGINS, INTROSPECTION, GRAPHIQL, PERSISTED_OPERATIONS, REQUEST_LOG\n' +
      '                  switches of the Worker (docs/operate.md)\n\n' +
      'The first start makes the selections "default" and "mi-50" and the corpus "samples" from models/sample; names that exist are left alone.\n' +
      '`npm run -s publish -- DIR` publishes to the running server. Ctrl-C stops it.',
  )
  .action(start);

async function start(options: Options): Promise<void> {
  const port = readPort();
  const auth = readLocalAuth(process.env);
  const state = stateFolder();
  await makeWritableFolder(state, 'the state folder', 'Choose another: ALIGNQL_STATE=<folder> npm start');
  exitOnSignals();
  endChildrenWithThisProcess();
  const server = Promise.withResolvers<Server>();
  await openFront({ host: HOST, port, innerPort: async () => (await server.promise).port() });
  const origin = `http://${HOST}:${port}`;
  const { broken } = await bringUp(options, { state, origin, auth, server });
  tell(auth.line);
  process.stdout.write(`alignql is ready\n  page  ${origin}/\n  API   ${origin}/graphql\n`);
  await broken;
}

interface Place {
  readonly state: string;
  readonly origin: string;
  readonly auth: LocalAuth;
  /** Settled as soon as the Workers start: what the front waits for. */
  readonly server: PromiseWithResolvers<Server>;
}

/** Selections and server side by side: KV may be written while the server starts. */
async function bringUp(
  { verbose, ...options }: Options,
  { state, origin, auth, server }: Place,
): Promise<Pick<Server, 'broken'>> {
  const steps = reportSteps(tell);
  doubleMiniflareArena();
  // Loaded only now: it takes a second, and a busy port should not.
  const { prepareEncoder, seedLocalKv } = await import('./start/prepare.ts');
  const { httpChoice } = await import('./start/http-choice.ts');
  const http = httpChoice(options);
  const own = await chooseOwnModel(options.model);
  const { encoder, choice, bundle, vars } = await prepareEncoder({ http, ...own }, state, tell);
  if (Object.keys(await readSeeded(state)).length === 0) {
    tell('The first start takes 10 to 30 s, on a busy machine more; later ones take a few seconds.');
  }
  const serve = async (): Promise<Pick<Server, 'broken'>> => {
    const [{ localWorkers }, { bindRuns, runsWorker }, { startServer }] = await Promise.all([
      import('./start/workers.ts'),
      import('./start/runs-worker.ts'),
      import('./start/server.ts'),
    ]);
    const [workers] = await Promise.all([
      steps.during(
        'bundling the Workers',
        Promise.all([
          localWorkers(bundle, { ...vars, ...readLocalSwitches(process.env), ...auth.vars }, tell),
          // Said once, of both.
          runsWorker(auth.vars, () => undefined),
        ]).then(([served, runs]) => bindRuns(served, runs)),
      ),
      steps.during('building the page', buildPageIfStale(tell)),
    ]);
    const started = startServer({ host: HOST, workers, persist: persistFolder(state), isVerbose: verbose });
    server.resolve(started);
    await steps.during(
      'starting workerd',
      Promise.race([assertAnswers(origin, auth.mode !== 'open'), started.broken]),
    );
    return started;
  };
  const [started] = await Promise.all([
    serve(),
    steps.during('seeding KV', seedLocalKv(state, { encoder, choice }, tell)),
  ]);
  steps.end();
  return started;
}

async function chooseOwnModel(model: string | undefined): Promise<EncoderChoice> {
  if (model === undefined) return {};
  const { prepareOwnModel } = await import('./start/own-model.ts');
  return prepareOwnModel(model, tell);
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
