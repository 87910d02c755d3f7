import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { tell } from '../cli/messages.ts';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import type { Finding } from '../doctor/endpoint/finding.ts';
import { WORKER_SOURCES } from '../start/bundle.ts';
import { contentHash } from '../start/content-hash.ts';
import { buildPageIfStale } from '../start/page.ts';
import { readCommit } from '../start/workers.ts';
import {
  type AccountNamespace,
  createNamespace,
  deployedTag,
  listNamespaces,
  putSecret,
  secretNames,
  upload,
} from './account.ts';
import type { Asker } from './ask.ts';
import { checkDeployed } from './check-deployed.ts';
import { describePlan, givenSecrets, namespaceTitle } from './describe-plan.ts';
import { SECRETS, chooseEncoder, isOutOfReach, isSettled, withoutEncoder } from './encoder-vars.ts';
import type { Plan } from './plan.ts';
import { readConfig } from './previous.ts';
import { type Production, composeProduction, withoutAddress } from './production-file.ts';
import { publishSelections } from './publish-selections.ts';
import { type Step, Steps } from './steps.ts';

type Vars = Readonly<Record<string, string>>;

export interface Deployed {
  readonly name: string;
  readonly url: string | null;
  readonly encoder: EncoderInfo & { readonly route: Plan['route'] };
  readonly auth: Plan['auth'];
  readonly config: string;
  readonly steps: readonly Step[];
  /** null where there was no address to ask. */
  readonly healthy: boolean | null;
  readonly findings: readonly Finding[];
}

/**
 * Brings the account to what the plan says. Each step looks first at what is there, so that a run that was cut short is gone on with
 * by the next, and a second run changes nothing.
 * @param path of the configuration file to write
 * @throws UserError when a step is refused; what was done before it stays
 */
export async function runDeploy(
  plan: Plan,
  path: string,
  asked: Vars,
  asker: Asker | null,
): Promise<Deployed> {
  const steps = new Steps();
  const there = await listNamespaces();
  steps.add('account', 'found', `the login holds; ${there.length} KV namespaces`);
  const environment = await withKey(plan, asked, asker);
  const { vars, info } = await chooseEncoder(plan.route, plan.options, plan.previous, environment);
  steps.add('encoder', 'found', `${info.id} (${info.dim} numbers) by route ${plan.route}`);
  warnOutOfReach(vars);
  const production = {
    name: plan.name,
    route: plan.route,
    namespaces: await findNamespaces(there, plan.name, steps),
    vars: await allVars(plan, vars),
    kept: plan.previous?.kept ?? {},
    url: plan.options.url ?? (plan.previous?.name === plan.name ? plan.previous.url : null),
  };
  await writeProduction(path, production, steps);
  const built = await buildPageIfStale(tell);
  steps.add('page', built ? 'written' : 'unchanged', 'playground/dist');
  if (plan.route === 'worker') await uploadEncoder(plan.name, steps);
  await setSecrets(plan, environment, steps);
  const { url, isFresh } = await uploadApi(path, production, steps);
  await publishSelections(plan.options.selection, info, steps);
  const at = plan.options.url ?? url;
  const key = environment.ALIGNQL_KEY;
  const findings = await checkDeployed({ url: at, auth: plan.auth, key, isFresh }, steps);
  const healthy = findings && findings.every(({ state }) => state !== 'wrong');
  const encoder = { route: plan.route, id: info.id, dim: info.dim, fingerprint: info.fingerprint };
  return {
    name: plan.name,
    url: at,
    encoder,
    auth: plan.auth,
    config: path,
    steps: steps.done,
    healthy,
    findings: findings ?? [],
  };
}

/** The plan in words, for `--dry-run` and before a question whether to go on. */
export function tellPlan(plan: Plan, path: string, environment: Vars): ReturnType<typeof describePlan> {
  const steps = describePlan(plan, path, givenSecrets(plan.route, environment));
  for (const { step, would } of steps) tell(`${step}: would ${would}`);
  return steps;
}

/** Asked only where the encoder was never deployed: afterwards the Worker has it. */
async function withKey(
  { route, options, previous }: Plan,
  environment: Vars,
  asker: Asker | null,
): Promise<Vars> {
  if (
    route !== 'http' ||
    asker === null ||
    environment.ENCODER_KEY ||
    isSettled(options, previous, environment)
  )
    return environment;
  const key = await asker.askHidden('Key of the encoder (does not show; Enter for none): ');
  return key === '' ? environment : { ...environment, ENCODER_KEY: key };
}

function warnOutOfReach({ ENCODER_URL: url }: Vars): void {
  if (url !== undefined && isOutOfReach(url))
    tell(`encoder: Cloudflare cannot reach ${new URL(url).host}; put a tunnel in front (docs/deploy.md)`);
}

async function findNamespaces(
  there: readonly AccountNamespace[],
  name: string,
  steps: Steps,
): Promise<Production['namespaces']> {
  const find = async (binding: string): Promise<string> => {
    const title = namespaceTitle(name, binding);
    const found = there.find((namespace) => namespace.title === title);
    const id = found?.id ?? (await createNamespace(title));
    steps.add('namespaces', found ? 'found' : 'created', `${title} is ${id}`);
    return id;
  };
  const [SELECTIONS, CORPORA] = await Promise.all([find('SELECTIONS'), find('CORPORA')]);
  return { SELECTIONS, CORPORA };
}

/** wrangler.toml's, then what stands in the file, then what the plan and the encoder say. */
async function allVars({ vars: planned, previous, auth }: Plan, encoder: Vars): Promise<Vars> {
  const { vars } = await readConfig(join(PROJECT_ROOT, 'wrangler.toml'));
  const kept = withoutEncoder(previous?.vars ?? {});
  const access = Object.fromEntries(Object.entries(planned).filter(([name]) => name.startsWith('ACCESS_')));
  return { ...(vars as Vars), ...kept, AUTH: auth, ...access, ...encoder };
}

async function writeProduction(path: string, production: Production, steps: Steps): Promise<void> {
  const text = await composeProduction(path, production);
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before !== text) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  steps.add('file', before === text ? 'unchanged' : 'written', path);
}

/** A key is not read back from an account, so that one that is there stays, unless it is to be replaced. */
async function setSecrets({ name, route, options }: Plan, environment: Vars, steps: Steps): Promise<void> {
  const wanted = givenSecrets(route, environment);
  if (route !== 'http') return;
  const there = await secretNames(name);
  for (const secret of SECRETS) {
    const value = wanted.includes(secret) ? environment[secret] : undefined;
    if (value !== undefined && (options.replaceSecrets || !there.includes(secret))) {
      await putSecret(name, secret, value);
      steps.add('secrets', 'set', secret);
    } else if (there.includes(secret))
      steps.add('secrets', 'found', `${secret} (--replace-secrets sets it anew)`);
  }
}

async function uploadEncoder(name: string, steps: Steps): Promise<void> {
  const config = join(PROJECT_ROOT, 'wrangler.encoder.toml');
  const tag = await tagOf(await readFile(config, 'utf8'), WORKER_SOURCES);
  const worker = `${name}-encoder`;
  if ((await deployedTag(worker)) === tag) {
    steps.add('encoder Worker', 'unchanged', worker);
    return;
  }
  await upload(config, worker, { tag, vars: {} });
  steps.add('encoder Worker', 'uploaded', worker);
}

async function uploadApi(
  path: string,
  production: Production,
  steps: Steps,
): Promise<{ readonly url: string | null; readonly isFresh: boolean }> {
  const tag = await tagOf(withoutAddress(await composeProduction(path, production)), [
    ...WORKER_SOURCES,
    'schema.graphql',
    'playground/dist',
  ]);
  if (production.url !== null && (await deployedTag(production.name)) === tag) {
    steps.add('API Worker', 'unchanged', `${production.name} at ${production.url}`);
    return { url: production.url, isFresh: false };
  }
  const { COMMIT } = await readCommit();
  const named = await upload(path, production.name, { tag, vars: COMMIT === undefined ? {} : { COMMIT } });
  const url = production.url ?? named;
  if (url !== production.url) await writeFile(path, await composeProduction(path, { ...production, url }));
  steps.add('API Worker', 'uploaded', `${production.name}${url === null ? '' : ` at ${url}`}`);
  return { url, isFresh: true };
}

/** What a version was made of, short enough for Cloudflare's tags. */
async function tagOf(config: string, sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
    .update(config)
    .update(await contentHash(PROJECT_ROOT, sources));
  return `alignql-${hash.digest('hex').slice(0, 16)}`;
}

/** @throws UserError when the person does not want to go on */
export async function confirm(asker: Asker | null): Promise<void> {
  const answer = (await asker?.ask('Go on? (y, N) ')) ?? 'y';
  if (!/^y(es)?$/i.test(answer)) throw new UserError('nothing was changed');
}
