import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { parseVars, text, wholeNumber } from '../vars.ts';
import type { CallOptions, HttpPreset, VectorOption, VectorOptions } from './preset.ts';
import { hashOfTemplates, readTemplates } from './read-templates.ts';
import { PRESET_NAMES, PRESETS, type PresetName } from './presets.ts';
import { DEFAULT_DEADLINE_MS } from '../request-deadline.ts';

/** How the encoder behind HTTP is reached, and what of it shifts vectors. */
export interface HttpRoute {
  readonly presetName: PresetName;
  readonly preset: HttpPreset;
  /** The base URL, as it was given. */
  readonly url: string;
  /** In place of the preset's paths. */
  readonly path: string | null;
  /** Sent as a bearer token. */
  readonly key: string | null;
  /** Of an AI Gateway in front, sent as `cf-aig-authorization`. */
  readonly gatewayToken: string | null;
  readonly options: CallOptions;
  readonly maxTexts: number;
  /** What every text is put into, at `{text}`. */
  readonly prompt: string | null;
  readonly revision: string;
  /** For one request's encoding, all calls and retries together. */
  readonly deadlineMs: number;
}

const MAX_PATH = /^\/[^?#\s]*$/;

/** What a header can hold; the message must not repeat it. */
const headerText = v.pipe(
  text,
  v.regex(/^[\x21-\x7e]+$/, 'expected visible ASCII characters, without a space or a line break'),
);

const varsSchema = v.object({
  ENCODER_URL: v.optional(text),
  ENCODER_PRESET: v.optional(
    v.picklist(PRESET_NAMES, `expected one of ${PRESET_NAMES.join(', ')}`),
    'openai',
  ),
  ENCODER_PATH: v.optional(v.pipe(text, v.regex(MAX_PATH, 'expected a path that begins with /'))),
  ENCODER_KEY: v.optional(headerText),
  ENCODER_GATEWAY_TOKEN: v.optional(headerText),
  ENCODER_MODEL: v.optional(text),
  ENCODER_REVISION: v.optional(text, 'unknown'),
  ENCODER_DIMENSIONS: v.optional(wholeNumber(1, 8192)),
  ENCODER_TEXT_TASK: v.optional(text),
  ENCODER_IMAGE_TASK: v.optional(text),
  ENCODER_TEXT_PADDING: v.optional(text),
  ENCODER_PROMPT: v.optional(
    v.pipe(
      text,
      v.check((prompt) => prompt.includes('{text}'), 'expected {text} where the text goes'),
    ),
  ),
  ENCODER_MAX_IMAGES: v.optional(wholeNumber(1, 256)),
  ENCODER_MAX_TEXTS: v.optional(wholeNumber(1, 1024)),
  ENCODER_DEADLINE_MS: v.optional(wholeNumber(100, 300_000), DEFAULT_DEADLINE_MS),
});

type Vars = v.InferOutput<typeof varsSchema>;

const OPTION_VARS: Readonly<Record<VectorOption, keyof Vars>> = {
  dimensions: 'ENCODER_DIMENSIONS',
  textTask: 'ENCODER_TEXT_TASK',
  imageTask: 'ENCODER_IMAGE_TASK',
  textPadding: 'ENCODER_TEXT_PADDING',
};

/**
 * The route over HTTP, from the Worker's variables and secrets. Defaults, where a variable is absent: ENCODER_PRESET `openai`;
 * ENCODER_MODEL `defaultModel`; ENCODER_MAX_IMAGES and ENCODER_MAX_TEXTS what the preset's peer takes; ENCODER_DEADLINE_MS 20000.
 * @param env others are ignored
 * @throws AppError INTERNAL naming the variable, what was expected and what to change
 */
export function readHttpRoute(env: object, defaultModel: string): HttpRoute {
  const vars = parseVars(varsSchema, env);
  const preset: HttpPreset = PRESETS[vars.ENCODER_PRESET];
  if (vars.ENCODER_PATH !== undefined && preset.hasTwoPaths === true)
    throw new AppError(
      'INTERNAL',
      `ENCODER_PATH is set, but ENCODER_PRESET "${vars.ENCODER_PRESET}" sends texts and pictures to two paths`,
    );
  const read = vars.ENCODER_PRESET === 'template' ? readTemplates(env) : null;
  const images = read?.takesManyImages === false ? 1 : preset.maxImages;
  const texts = read?.takesManyTexts === false ? 1 : preset.maxTexts;
  return {
    presetName: vars.ENCODER_PRESET,
    preset,
    url: readUrl(vars),
    path: vars.ENCODER_PATH ?? null,
    key: vars.ENCODER_KEY ?? null,
    gatewayToken: vars.ENCODER_GATEWAY_TOKEN ?? null,
    options: {
      model: vars.ENCODER_MODEL ?? defaultModel,
      maxImages: batchSize('ENCODER_MAX_IMAGES', vars.ENCODER_MAX_IMAGES, images),
      templates: read?.templates ?? null,
      ...readVectorOptions(vars, preset),
    },
    maxTexts: batchSize('ENCODER_MAX_TEXTS', vars.ENCODER_MAX_TEXTS, texts),
    prompt: vars.ENCODER_PROMPT ?? null,
    revision: vars.ENCODER_REVISION,
    deadlineMs: vars.ENCODER_DEADLINE_MS,
  };
}

/** @param usual of the preset; 1 says that its calls hold one input */
function batchSize(name: string, given: number | undefined, usual: number): number {
  if (usual === 1 && given !== undefined && given > 1)
    throw new AppError(
      'INTERNAL',
      `${name} is ${given}: expected 1, since this preset sends one input a call`,
    );
  return given ?? usual;
}

function readUrl({ ENCODER_URL: written, ENCODER_KEY: key }: Vars): string {
  const wrong = (expected: string): AppError =>
    new AppError(
      'INTERNAL',
      `ENCODER_URL is ${written === undefined ? 'not set' : shown(written)}: ${expected}`,
    );
  if (written === undefined || !URL.canParse(written)) throw wrong('expected the http(s) URL of an encoder');
  const url = new URL(written);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong('expected http or https');
  if (url.username !== '' || url.password !== '')
    throw new AppError('INTERNAL', 'ENCODER_URL holds a password: put the key into the secret ENCODER_KEY');
  if (key !== undefined && url.protocol === 'http:' && !isNear(url.hostname))
    throw wrong('expected https, since ENCODER_KEY is sent along');
  return url.href;
}

/** Without a password and a query, which may hold a key: /ready shows what is wrong. */
function shown(written: string): string {
  if (!URL.canParse(written)) return 'no URL';
  const { protocol, host, pathname } = new URL(written);
  return JSON.stringify(`${protocol}//${host}${pathname}`);
}

/** A name or address that no public network carries. */
function isNear(hostname: string): boolean {
  return (
    !/[.:]/.test(hostname) ||
    /\.(localhost|local|internal)$/.test(hostname) ||
    /^((127|10)\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+$|^\[(::1|f[cd][0-9a-f]{2}:.*)\]$/.test(
      hostname,
    )
  );
}

function readVectorOptions(vars: Vars, preset: HttpPreset): VectorOptions {
  for (const [option, name] of Object.entries(OPTION_VARS) as [VectorOption, keyof Vars][]) {
    if (vars[name] !== undefined && !preset.options.includes(option))
      throw new AppError(
        'INTERNAL',
        `${name} is set, but ENCODER_PRESET "${vars.ENCODER_PRESET}" has no such field`,
      );
  }
  return {
    dimensions: vars.ENCODER_DIMENSIONS ?? preset.defaults?.dimensions ?? null,
    textTask: vars.ENCODER_TEXT_TASK ?? preset.defaults?.textTask ?? null,
    imageTask: vars.ENCODER_IMAGE_TASK ?? preset.defaults?.imageTask ?? null,
    textPadding: vars.ENCODER_TEXT_PADDING ?? preset.defaults?.textPadding ?? null,
  };
}

/** What shifts the vectors of this route beside model and revision, by name; only what is set. */
export function shiftsOf({ options, prompt }: HttpRoute): Readonly<Record<string, string | number>> {
  const { dimensions, textTask, imageTask, textPadding, templates } = options;
  const template = templates === null ? null : hashOfTemplates(templates);
  const all = { dimensions, textTask, imageTask, textPadding, prompt, template };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== null),
  );
}

/**
 * An id for an encoder that was given none: the model's name, its revision where it is known, and all that shifts its vectors, so that
 * vectors of two configurations never meet under one id.
 */
export function httpEncoderId(route: HttpRoute): string {
  const { model } = route.options;
  const revision = route.revision === 'unknown' ? '' : `@${route.revision}`;
  const shifts = new URLSearchParams(
    Object.entries(shiftsOf(route)).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return `${model}${revision}${shifts === '' ? '' : `?${shifts}`}`;
}

/** Where the encoder is, for the operator: no path, no query, no key. */
export function originOf({ url }: HttpRoute): string {
  return new URL(url).origin;
}
