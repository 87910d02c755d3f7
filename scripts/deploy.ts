import { Command, Option } from 'commander';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { openAsker } from './deploy/ask.ts';
import { AUTH_MODES, type DeployOptions, ROUTES, checkOptions } from './deploy/deploy-options.ts';
import { checkSecrets } from './deploy/encoder-vars.ts';
import { makePlan } from './deploy/plan.ts';
import { readPrevious } from './deploy/previous.ts';
import { confirm, runDeploy, tellPlan } from './deploy/run-deploy.ts';
import { productionFile } from './kv/project.ts';

const program = new Command('deploy')
  .description(
    'Bring all of it into your Cloudflare account: KV, both Workers, secrets, selections. Run it again after every change.',
  )
  .addOption(
    new Option(
      '--encoder <ROUTE>',
      'worker: the small model, in Workers; http: a CLIP at an address; ai: one behind the AI binding',
    ).choices(ROUTES),
  )
  .option('--encoder-url <URL>', 'address of the encoder, for --encoder http')
  .option('--preset <NAME>', 'what kind of server it is (default: openai; docs/encoder-routes.md)')
  .addOption(new Option('--auth <MODE>', 'who may ask (default: keys; docs/access.md)').choices(AUTH_MODES))
  .option('--name <NAME>', 'name of the Worker (default: alignql)')
  .option('--url <URL>', 'where it answers, if not where the upload says')
  .option('--selection <DIR>', 'publish this folder as default, as precompute wrote it')
  .option('--replace-secrets', 'set secrets anew that the Worker has already', false)
  .option('--yes', 'ask nothing', false)
  .option('--dry-run', 'only say what would be done: asks nobody, needs no login and no network', false)
  .addHelpText(
    'after',
    '\nNeeds `npx wrangler login`, or CLOUDFLARE_API_TOKEN. Variables of the encoder and of Access are taken from the environment,\n' +
      'ENCODER_KEY among them, which becomes a secret. ALIGNQL_KEY is a key for the last step, where AUTH = "keys". What is left out is\n' +
      'taken from the last run: wrangler.production.toml, or the file that ALIGNQL_DEPLOYMENT names.\n' +
      'Prints {"name", "url", "encoder": {"route", "id", "dim", "fingerprint"}, "auth", "config", "steps": [{"step", "did", "what"}],\n' +
      '"healthy", "findings"}; with --dry-run {"name", "route", "auth", "vars", "steps": [{"step", "would"}]}. Exit code 1 when a step is\n' +
      'refused or the doctor finds something wrong; run it again when that is mended.',
  )
  .action(deploy);

async function deploy(options: DeployOptions): Promise<void> {
  checkOptions(options);
  const path = productionFile();
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  checkSecrets(options, environment);
  const asker = options.yes || options.dryRun ? null : openAsker();
  const plan = await makePlan(options, await readPrevious(path), environment, asker);
  if (options.dryRun) {
    const { name, route, auth, vars } = plan;
    printJson({ name, route, auth, vars, steps: tellPlan(plan, path, environment) }, 2);
    return;
  }
  if (asker !== null) {
    tellPlan(plan, path, environment);
    await confirm(asker);
  }
  const deployed = await runDeploy(plan, path, environment, asker);
  printJson(deployed, 2);
  if (deployed.healthy === false) process.exitCode = 1;
}

await runCommand(program, process.argv);
