import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { DEFAULT_MAX_PIXELS } from '../src/clip/images/image-limits.ts';
import { tell } from './cli/messages.ts';
import { wholeNumber } from './cli/options.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import type { Device } from './clip/load-encoder.ts';
import { DEFAULT_MODEL } from './clip/model-folder.ts';
import { isLoopback, readKeys } from './encoder/keys.ts';

interface Options {
  readonly model: string;
  readonly port: number;
  readonly host: string;
  readonly device: Device;
  readonly threads: number;
  readonly maxBatch?: number;
  readonly maxWaitMs: number;
  readonly queue: number;
  readonly maxBodyMb: number;
  readonly maxPixels: number;
  readonly open: boolean;
}

const program = new Command('encoder')
  .description('Serve a model over HTTP as OpenAI clients expect it: /v1/embeddings for texts and pictures.')
  .option('--model <DIR>', 'a folder in the Hugging Face layout, or a fetched hub id', DEFAULT_MODEL)
  .option('--port <N>', 'where to listen; 0: any free port', wholeNumber(0, 65_535), 7997)
  .option('--host <ADDRESS>', 'an address of this machine; one that others reach needs keys', '127.0.0.1')
  .addOption(
    new Option('--device <NAME>', 'what runs the network')
      .env('ENCODER_DEVICE')
      .choices(['cpu', 'cuda'])
      .default('cpu'),
  )
  .option('--threads <N>', 'of the processor', wholeNumber(1, 256), availableParallelism())
  .option(
    '--max-batch <N>',
    'items of one run at most (default: 16 pictures, 64 texts)',
    wholeNumber(1, 1024),
  )
  .option('--max-wait-ms <N>', 'how long an item waits for company', wholeNumber(0, 1000), 1)
  .option('--queue <N>', 'pictures, and texts, that wait at most', wholeNumber(1, 1_000_000), 4096)
  .option('--max-body-mb <N>', 'of one request, in MB', wholeNumber(1, 512), 32)
  .option(
    '--max-pixels <N>',
    'width x height of a picture at most',
    wholeNumber(1, 250_000_000),
    DEFAULT_MAX_PIXELS,
  )
  .option('--open', 'let everyone in who reaches --host, without keys', false)
  .addHelpText(
    'after',
    '\nEnvironment:\n  ENCODER_KEYS    keys with commas between them, of at least 16 characters; clients send "Authorization: Bearer KEY"\n\n' +
      'Also /v1/models, /health and /metrics. SIGTERM and Ctrl-C: what has come is answered, what comes is refused with 503.',
  )
  .action(serveEncoder);

async function serveEncoder(options: Options): Promise<void> {
  const keys = readKeys(process.env);
  if (keys === null && !isLoopback(options.host) && !options.open) {
    throw new UserError(
      `--host ${options.host} can be reached from other machines, and there are no keys. Set ENCODER_KEYS (openssl rand -hex 32), or say --open.`,
    );
  }
  // Loaded only now: it takes a second, and a mistake in an option should not.
  const { runEncoder } = await import('./encoder/run-encoder.ts');
  const { url, id, stopped } = await runEncoder(options, keys);
  tell(`${id}: ${options.device}, ${keys === null ? 'no keys' : 'keys asked'}`);
  process.stdout.write(`encoder is ready at ${url}\n`);
  await stopped;
}

await runCommand(program, process.argv);
