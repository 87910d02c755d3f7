import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { createApiClient } from './doctor/endpoint/api-client.ts';
import { checkEndpoint } from './doctor/endpoint/check-endpoint.ts';
import { checkConfiguration } from './doctor/endpoint/configuration.ts';
import { EMBEDDED_GOLDEN, makeGolden, readGolden } from './clip/golden.ts';
import { skipped } from './doctor/endpoint/finding.ts';
import { tellVerdict } from './doctor/endpoint/verdict.ts';
import { type StorageOptions, examineStorage } from './doctor/examine-storage.ts';

interface Options extends StorageOptions {
  readonly storage: boolean;
  readonly endpoint?: string;
  readonly key?: string;
  readonly golden: string;
  readonly makeGolden?: string;
  readonly model?: string;
  readonly rehearse: boolean;
}

const LOCAL = 'http://127.0.0.1:8787';
const NOT_ASKED =
  'start the local server with `npm start`, or name another one: --endpoint http://127.0.0.1:PORT, --endpoint https://…';

const program = new Command('doctor')
  .description('Say what is wrong with a deployment, and what to do about it.')
  .option(
    '--endpoint <URL>',
    `the deployment (default: the configuration here, and the local server where ${LOCAL} answers)`,
  )
  .option('--key <KEY>', 'a key of scopes read and encode, where AUTH = "keys"; with admin, /ready says more')
  .option('--golden <FILE>', "golden vectors of the deployment's encoder", EMBEDDED_GOLDEN)
  .option(
    '--make-golden <FILE>',
    'write golden vectors of --model, for pictures and captions of the sample set, and end',
  )
  .option('--model <DIR>', 'for --make-golden: a folder in the Hugging Face layout, or a fetched hub id')
  .option('--storage', 'walk everything that is published: what is damaged, missing or orphaned', false)
  .option('--migrate', 'with --storage: take over names as an earlier version stored them', false)
  .option('--sweep', 'with --storage: remove orphans older than a day', false)
  .option('--plan', 'with --sweep: only say what would be removed', false)
  .option('--remote', "with --storage: the account's KV instead of the local server's", false)
  .option(
    '--rehearse',
    'run the doctor on a deployment of its own, well and with each of many damages, and show what it finds',
    false,
  )
  .addHelpText(
    'after',
    '\nLooks at /health and /ready, every binding, the encoder against golden vectors (cosine an item), the calibration of the selection\n' +
      '"default" on the sample set, and the limits. Prints {"endpoint", "healthy", "findings": [{"check", "state", "found", "advice"}]},\n' +
      'state ok, wrong or skipped. healthy is null where no server answered: only the configuration was looked at. Exit code 0 when healthy is\n' +
      'true, else 1.\n' +
      'With --storage instead {"healthy", "storage": {"values", "bytes", "names", "corpora", "problems": [{"kind", "namespace", "key", "what",\n' +
      '"do"}], "young", "removed"}}; kind is damaged, missing, orphaned or old. An orphan is a value that no name, history or manifest\n' +
      'reaches; where nothing is published at all, healthy is false. young counts those of less than a day, which a publish may be about to name.\n' +
      'With --rehearse instead {"rows": [{"option", "state", "said", "exitCode", "held"}], "held"}: exit code 0 when every damage was named\n' +
      'and nothing where all is well. It starts everything itself, in a temporary folder, and takes about a minute.',
  )
  .action(doctor);

async function doctor(options: Options): Promise<void> {
  const { endpoint, key, golden, makeGolden: out, model } = options;
  if (options.rehearse) {
    await doctorRehearsal(options);
    return;
  }
  if (options.storage) {
    if (endpoint !== undefined || out !== undefined) throw new UserError('--storage is a run of its own');
    await doctorStorage(options);
    return;
  }
  if (options.migrate || options.sweep || options.plan || options.remote) {
    throw new UserError('--migrate, --sweep, --plan and --remote go with --storage');
  }
  if (out !== undefined) {
    await writeFile(out, `${JSON.stringify(await makeGolden(model), null, 1)}\n`);
    tell(`wrote ${out}`);
    return;
  }
  const findings = endpoint === undefined ? await checkConfiguration() : [];
  const url = endpoint ?? LOCAL;
  const api = createApiClient(url, key);
  const isThere = endpoint !== undefined || (await api.get('/health').then(Boolean, () => false));
  if (isThere) findings.push(...(await checkEndpoint(api, await readGolden(golden))));
  else findings.push(skipped('deployment', `nothing answers at ${LOCAL}`, NOT_ASKED));
  if (tellVerdict({ endpoint: isThere ? url : null }, findings, isThere) !== true) process.exitCode = 1;
}

/** Loaded only here: it brings the whole deployment. */
async function doctorRehearsal({ storage, endpoint, makeGolden: out }: Options): Promise<void> {
  if (storage || endpoint !== undefined || out !== undefined)
    throw new UserError('--rehearse is a run of its own');
  const { runRehearsal } = await import('./rehearsal/run-rehearsal.ts');
  if (!(await runRehearsal())) process.exitCode = 1;
}

async function doctorStorage(options: StorageOptions): Promise<void> {
  const storage = await examineStorage(options);
  // Where nothing is published nothing is well: most likely it is the wrong place.
  const healthy = storage.problems.length === 0 && storage.values > 0;
  printJson({ healthy, storage });
  if (!healthy) process.exitCode = 1;
}

await runCommand(program, process.argv);
