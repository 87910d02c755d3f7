import { readEncoderConfig, readMaxPixels } from '../../src/clip/config.ts';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { AppError } from '../../src/errors.ts';
import { openHttpEncoder, readHttpChoice } from '../clip/http-encoder.ts';
import { join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { readEmbeddedEncoder } from '../kv/deployment.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import type { DeployOptions, Route } from './deploy-options.ts';
import { type Previous, readConfig } from './previous.ts';

type Vars = Readonly<Record<string, string>>;

/** Sent as secrets: they stand in no file. */
export const SECRETS = ['ENCODER_KEY', 'ENCODER_GATEWAY_TOKEN'] as const;

/** Taken from the environment for a model behind AI. */
const OF_AI = [
  ...['AI_MODEL', 'AI_IMAGE_INPUT', 'AI_IMAGE_FIELD', 'AI_TEXT_FIELD', 'AI_VECTORS_PATH', 'AI_MAX_IMAGES'],
  ...['AI_MAX_TEXTS', 'AI_TIMEOUT_MS', 'TEXT_ROUTE', 'ENCODER_ID', 'ENCODER_DIM', 'ENCODER_REVISION'],
  ...['ENCODER_FINGERPRINT', 'ENCODER_LOGIT_SCALE', 'ENCODER_LOGIT_BIAS'],
];

const OF_ENCODER = /^(ENCODER_|AI_|IMAGE_ROUTE$|TEXT_ROUTE$)/;
/** What a Worker of 128 MB decodes is less than what the API takes: both must say the same. */
const OF_ENCODER_WORKER = /^MAX_IMAGE_PIXELS$/;

/** The variables that have nothing to do with the encoder. */
export function withoutEncoder(vars: Vars): Vars {
  return pick(vars, (name) => !OF_ENCODER.test(name) && !OF_ENCODER_WORKER.test(name));
}

export interface ChosenEncoder {
  readonly vars: Vars;
  readonly info: EncoderInfo;
}

/**
 * The variables of the encoder. Those of the last deployment stand as long as nothing else is said, and its server is not asked again.
 * @throws UserError when a variable is wrong or missing, or the server does not answer
 */
export async function chooseEncoder(
  route: Route,
  options: DeployOptions,
  previous: Previous | null,
  environment: Vars,
): Promise<ChosenEncoder> {
  if (route === 'http' && !isSettled(options, previous, environment)) {
    const choice = readHttpChoice({ url: options.encoderUrl, preset: options.preset }, environment);
    const { vars, info } = await openHttpEncoder(choice);
    return { vars: withoutSecrets(vars), info };
  }
  const vars = await declaredVars(route, options, previous, environment);
  return { vars, info: await readInfo(vars) };
}

/** Without asking anybody: what is said on the command line, in the environment and by the last deployment. */
export async function declaredVars(
  route: Route,
  { encoderUrl: url, preset }: DeployOptions,
  previous: Previous | null,
  environment: Vars,
): Promise<Vars> {
  const before = previous?.route === route ? pick(previous.vars, (name) => OF_ENCODER.test(name)) : {};
  if (route === 'worker') {
    const { vars } = await readConfig(join(PROJECT_ROOT, 'wrangler.encoder.toml'));
    return {
      ...pick(before, (name) => name.startsWith('AI_')),
      MAX_IMAGE_PIXELS: String(vars.MAX_IMAGE_PIXELS),
    };
  }
  if (route === 'ai') {
    const given = pick(environment, (name) => OF_AI.includes(name));
    const vars: Vars = { TEXT_ROUTE: 'ai', ...before, ...given };
    if (vars.AI_MODEL === undefined)
      throw new UserError(
        'AI_MODEL is not set: the id of a CLIP of your account, such as "@your-account/clip". With ENCODER_ID and ENCODER_DIM it tells what is behind AI (docs/encoders.md)',
      );
    return vars;
  }
  const said = withoutSecrets(readHttpChoice({ url, preset }, environment));
  const vars: Vars = { ...before, ...said, IMAGE_ROUTE: 'http', TEXT_ROUTE: 'http' };
  if (!('ENCODER_URL' in vars)) throw new UserError('--encoder http needs --encoder-url, or ENCODER_URL');
  return vars;
}

/** Whether the last deployment has this very encoder, as far as anything is said of it now. */
export function isSettled(
  { encoderUrl: url, preset }: DeployOptions,
  previous: Previous | null,
  environment: Vars,
): boolean {
  if (previous?.route !== 'http') return false;
  const said = withoutSecrets(readHttpChoice({ url, preset }, environment));
  return Object.entries(said).every(([name, value]) => previous.vars[name] === value);
}

/** @throws UserError when secrets are to be set anew and none is given */
export function checkSecrets({ replaceSecrets }: DeployOptions, environment: Vars): void {
  if (replaceSecrets && !SECRETS.some((name) => environment[name]))
    throw new UserError(`--replace-secrets needs ${SECRETS.join(' or ')} in the environment`);
}

/** A private or loopback address is none that Cloudflare can reach. */
export function isOutOfReach(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(hostname);
}

async function readInfo(vars: Vars): Promise<EncoderInfo> {
  try {
    readMaxPixels(vars);
    return readEncoderConfig(vars, await readEmbeddedEncoder()).info;
  } catch (error) {
    if (error instanceof AppError && error.code === 'INTERNAL')
      throw new UserError(error.message, { cause: error });
    throw error;
  }
}

function withoutSecrets(vars: Vars): Vars {
  return pick(vars, (name) => !(SECRETS as readonly string[]).includes(name));
}

function pick(vars: Vars, isWanted: (name: string) => boolean): Vars {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => isWanted(name)));
}
