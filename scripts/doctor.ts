import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { createApiClient } from './doctor/endpoint/api-client.ts';
import { checkEndpoint } from './doctor/endpoint/check-endpoint.ts';
import { checkConfiguration } from './doctor/endpoint/configuration.ts';
import { EMBEDDED_GOLDEN, makeGolden, readGolden } from './doctor/endpoint/golden.ts';
import { tellVerdict } from './doctor/endpoint/verdict.ts';

interface Options {
  readonly endpoint?: string;
  readonly key?: string;
  readonly golden: string;
  readonly makeGolden?: string;
  readonly model?: string;
}

const LOCAL = 'http://127.0.0.1:8787';

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
  .addHelpText(
    'after',
    '\nLooks at /health and /ready, every binding, the encoder against golden vectors (cosine an item), the calibration of the selection\n' +
      '"default" on the sample set, and the limits. Prints {"endpoint", "healthy", "findings": [{"check", "state", "found", "advice"}]},\n' +
      'state ok, wrong or skipped. Exit code 0 when nothing is wrong, else 1.',
  )
  .action(doctor);

async function doctor({ endpoint, key, golden, makeGolden: out, model }: Options): Promise<void> {
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
  else tell(`nothing answers at ${LOCAL}: only the configuration was looked at`);
  if (!tellVerdict({ endpoint: isThere ? url : null }, findings)) process.exitCode = 1;
}

await runCommand(program, process.argv);
