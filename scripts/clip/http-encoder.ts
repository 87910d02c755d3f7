import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { readEncoderConfig } from '../../src/clip/config.ts';
import { listPeerModels, type PeerModel, probeDim } from '../../src/clip/http/describe-peer.ts';
import type { HttpPeer } from '../../src/clip/http/http-client.ts';
import { createHttpEncoder } from '../../src/clip/http/http-encoder.ts';
import { type HttpRoute, readHttpRoute, shiftsOf } from '../../src/clip/http/http-route.ts';
import type { ImageEncoder } from '../../src/clip/image-encoder.ts';
import { createCircuitBreaker } from '../../src/clip/remote/circuit-breaker.ts';
import { EncoderFailure } from '../../src/clip/remote/failure.ts';
import { realTiming } from '../../src/clip/remote/timing.ts';
import type { RequestTextEncoder } from '../../src/clip/text-encoder.ts';
import { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { readEmbeddedEncoder } from '../kv/deployment.ts';

/** The encoder behind HTTP that a person chose: the Worker's variables of the same names (docs/encoder-routes.md). */
export type HttpChoice = Readonly<Record<string, string>>;

export interface HttpEncoder {
  readonly info: EncoderInfo;
  readonly route: HttpRoute;
  readonly images: ImageEncoder;
  readonly text: RequestTextEncoder;
  /** All that a Worker needs to run this very encoder, keys included. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Nobody waits for an answer of a command as they do for one of the API. */
const DEADLINE_MS = '120000';

/** Read from the environment; the URL and the preset are options too. */
const NAMES = [
  ...[
    'URL',
    'PRESET',
    'PATH',
    'KEY',
    'GATEWAY_TOKEN',
    'MODEL',
    'REVISION',
    'DIMENSIONS',
    'TEXT_TASK',
    'IMAGE_TASK',
  ],
  ...[
    'TEXT_PADDING',
    'PROMPT',
    'TEXT_TEMPLATE',
    'IMAGE_TEMPLATE',
    'VECTORS_POINTER',
    'MAX_IMAGES',
    'MAX_TEXTS',
  ],
  ...['DEADLINE_MS', 'ID', 'DIM', 'FINGERPRINT', 'LOGIT_SCALE', 'LOGIT_BIAS'],
].map((name) => `ENCODER_${name}`);

/** What the command line and the environment say; the command line comes first. */
export function readHttpChoice(
  { url, preset }: { readonly url?: string | undefined; readonly preset?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): HttpChoice {
  const all = NAMES.map((name): [string, string | undefined] => [name, environment[name]]);
  const given = all.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return {
    ...Object.fromEntries(given),
    ...(url === undefined ? {} : { ENCODER_URL: url }),
    ...(preset === undefined ? {} : { ENCODER_PRESET: preset }),
  };
}

/**
 * Asks the peer which model it serves and how long its vectors are, where nobody said, and opens it.
 * @throws UserError when a variable is wrong, the peer does not answer, or does not say enough
 */
export async function openHttpEncoder(choice: HttpChoice): Promise<HttpEncoder> {
  try {
    return await open({ ENCODER_DEADLINE_MS: DEADLINE_MS, ...choice });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'INTERNAL') throw new UserError(error.message, { cause: error });
    throw new UserError(`The encoder at ${hostOf(choice)}: ${explain(error)}`, { cause: error });
  }
}

/** What a deployment's encoder is to its callers, in words of a command, which has the encoder that was named to it. */
const OF_DEPLOYMENT: readonly (readonly [string, string])[] = [
  ['; the log has the cause', ''],
  ['The encoder of this deployment', 'it'],
  ['This deployment may not use its encoder', 'it lets nobody in with this key'],
  ['The encoder does not have the model of this deployment', 'it does not have this model'],
];

/** An encoder's error as a command may tell it: what callers of the API are not told is in its cause. */
export function explain({ message, cause }: AppError): string {
  const plain = OF_DEPLOYMENT.reduce((text, [words, plainly]) => text.replace(words, plainly), message);
  return cause instanceof Error ? `${plain}: ${cause.message}` : plain;
}

async function open(vars: Readonly<Record<string, string>>): Promise<HttpEncoder> {
  const named = vars.ENCODER_MODEL ?? vars.ENCODER_ID;
  const first = readHttpRoute(vars, named ?? 'unnamed');
  const model = chooseModel(await listModels(first, named), named, vars, first);
  const withModel = { ...vars, ENCODER_MODEL: model.id };
  const route = readHttpRoute(withModel, model.id);
  const isWhole = Object.keys(shiftsOf(route)).length === 0;
  const own = isWhole ? model : { id: model.id };
  const dim = Number(vars.ENCODER_DIM ?? own.dim ?? (await probeDim(peerOf(route))));
  const all: Record<string, string> = {
    ENCODER_DIM: String(dim),
    ...(own.fingerprint === undefined ? {} : { ENCODER_FINGERPRINT: own.fingerprint }),
    ...(own.logit_scale == null ? {} : { ENCODER_LOGIT_SCALE: String(own.logit_scale) }),
    ...(own.logit_bias == null ? {} : { ENCODER_LOGIT_BIAS: String(own.logit_bias) }),
    ...withModel,
    IMAGE_ROUTE: 'http',
    TEXT_ROUTE: 'http',
  };
  const { info } = readEncoderConfig(all, await readEmbeddedEncoder());
  // With its own deadline the Worker keeps its default.
  const { ENCODER_DEADLINE_MS: deadline, ...forWorker } = all;
  const kept = deadline === DEADLINE_MS ? {} : { ENCODER_DEADLINE_MS: deadline };
  const named_ = { ENCODER_ID: info.id, ENCODER_FINGERPRINT: info.fingerprint };
  return {
    info,
    route,
    vars: { ...forWorker, ...kept, ...named_ },
    ...createHttpEncoder(peerOf(route), info.dim),
  };
}

/** A server that lists none is taken at the word of who named one: whether it is there shows with the first text. */
async function listModels(route: HttpRoute, named: string | undefined): Promise<readonly PeerModel[] | null> {
  try {
    return await listPeerModels(peerOf(route));
  } catch (error) {
    if (named === undefined || !(error instanceof EncoderFailure) || error.isUnavailable) throw error;
    return null;
  }
}

function chooseModel(
  models: readonly PeerModel[] | null,
  named: string | undefined,
  vars: Readonly<Record<string, string>>,
  { presetName }: HttpRoute,
): PeerModel {
  if (models === null) {
    if (named !== undefined) return { id: named };
    throw new UserError(
      `ENCODER_MODEL is not set: preset ${presetName} does not list its models, so name the one to use`,
    );
  }
  const found =
    models.find(({ id }) => id === named) ??
    (vars.ENCODER_MODEL === undefined && models.length === 1 ? models[0] : undefined);
  if (found !== undefined) return found;
  const ids =
    models
      .map(({ id }) => id)
      .slice(0, 8)
      .join(', ') || 'none';
  throw new UserError(
    named === undefined
      ? `ENCODER_MODEL is not set, and the encoder has several models: ${ids}. Name the one to use`
      : `The encoder has no model ${named}; it has ${ids}`,
  );
}

function peerOf(route: HttpRoute): HttpPeer {
  return {
    route,
    fetch,
    breaker: createCircuitBreaker(realTiming),
    timing: realTiming,
    report: () => undefined,
  };
}

function hostOf({ ENCODER_URL: url = '' }: HttpChoice): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
