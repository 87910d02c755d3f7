import { UserError } from '../cli/user-error.ts';
import type { Asker } from './ask.ts';
import {
  AUTH_MODES,
  type AuthMode,
  DEFAULT_NAME,
  type DeployOptions,
  ROUTES,
  type Route,
} from './deploy-options.ts';
import { declaredVars } from './encoder-vars.ts';
import type { Previous } from './previous.ts';

/** What is settled before anything is asked of the account. */
export interface Plan {
  readonly name: string;
  readonly route: Route;
  readonly auth: AuthMode;
  /** As far as nobody need be asked: a server behind HTTP adds its model. */
  readonly vars: Readonly<Record<string, string>>;
  readonly options: DeployOptions;
  readonly previous: Previous | null;
}

const ROUTE_QUESTION = `Where are pictures and texts encoded?
  worker  the small model of this repository, in Workers of your account
  http    a CLIP of your own or a hosted one, at an address
  ai      a CLIP of your account behind the AI binding
worker, http or ai: `;

/**
 * Command line first, then the last deployment, then questions where somebody can be asked.
 * @throws UserError when something is open and nobody can be asked
 */
export async function makePlan(
  options: DeployOptions,
  previous: Previous | null,
  environment: Readonly<Record<string, string>>,
  asker: Asker | null,
): Promise<Plan> {
  const name = options.name ?? (previous?.name || DEFAULT_NAME);
  const route =
    options.encoder ??
    (options.encoderUrl !== undefined ? 'http' : previous?.route) ??
    (await choose(asker, ROUTE_QUESTION, ROUTES, '--encoder'));
  const wanted = route === 'http' ? await withUrl(options, previous, environment, asker) : options;
  const auth = (options.auth ?? (environment.AUTH || previous?.vars.AUTH) ?? 'keys') as AuthMode;
  if (!AUTH_MODES.includes(auth))
    throw new UserError(`AUTH is "${auth}": expected one of ${AUTH_MODES.join(', ')}`);
  const access = accessVars(auth, previous, environment);
  const encoder = await declaredVars(route, wanted, previous, environment);
  return { name, route, auth, vars: { AUTH: auth, ...access, ...encoder }, options: wanted, previous };
}

async function withUrl(
  options: DeployOptions,
  previous: Previous | null,
  environment: Readonly<Record<string, string>>,
  asker: Asker | null,
): Promise<DeployOptions> {
  const known = options.encoderUrl ?? environment.ENCODER_URL ?? previous?.vars.ENCODER_URL;
  if (known !== undefined || asker === null) return options;
  const url = await asker.ask('Address of the encoder (https://…): ');
  const preset = options.preset ?? (await asker.ask('What kind of server it is (openai): ', 'openai'));
  return { ...options, encoderUrl: url, preset };
}

async function choose<T extends string>(
  asker: Asker | null,
  question: string,
  choices: readonly T[],
  option: string,
): Promise<T> {
  const expected = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  if (asker === null) throw new UserError(`give ${option}: ${expected} (--help tells what each is)`);
  const answer = await asker.ask(question);
  const chosen = choices.find((choice) => choice === answer);
  if (chosen === undefined) throw new UserError(`expected ${expected}, got "${answer}"`);
  return chosen;
}

const ACCESS = /^ACCESS_/;

/** @throws UserError when Access is to decide and nobody says whose */
function accessVars(
  auth: AuthMode,
  previous: Previous | null,
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  if (auth !== 'access') return {};
  const all = Object.entries({ ...previous?.vars, ...environment }).filter(([name]) => ACCESS.test(name));
  const vars = Object.fromEntries(all);
  for (const name of ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUDIENCE'])
    if (!(name in vars))
      throw new UserError(`--auth access needs ${name} in the environment (docs/access.md)`);
  return vars;
}
