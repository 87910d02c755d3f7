import { readForm } from '../body/form-body.ts';
import { readJsonBody } from '../body/json-body.ts';
import { limitBody } from '../body/limited-body.ts';
import { readMediaType } from '../body/media-type.ts';
import { AppError, quote } from '../errors.ts';
import { LIMITS } from '../use-cases/limits.ts';
import type { RootFields, Values } from './root-fields.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';
/** Pictures, texts, and all other arguments. */
const MAX_PARTS = LIMITS.images + LIMITS.texts + 16;

/** The body of a request, before it is known what its parts are. */
export interface Given {
  /** Of the fields that are there. */
  readonly names: ReadonlySet<string>;
  /** @throws AppError, BadRequest */
  readonly argumentsOf: (field: string) => Values;
}

/** @throws BadRequest for another media type, too long a body, what is not JSON or no form, a form that any page could have posted */
export async function readGiven(request: Request, rootFields: RootFields): Promise<Given> {
  const mediaType = readMediaType(request.headers.get('content-type'), [JSON_TYPE, FORM_TYPE]);
  const limited = await withinLimits(request);
  if (mediaType === FORM_TYPE) {
    const form = await readForm(limited, MAX_PARTS);
    return { names: new Set(form.keys()), argumentsOf: (field) => rootFields.readForm(field, form) };
  }
  const value = await readJsonBody(limited);
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return { names: new Set(names), argumentsOf: (field) => rootFields.readArguments(field, value) };
}

/**
 * The same of a request without a body: arguments stand in its address, each once.
 * @throws AppError BAD_INPUT naming the argument
 */
export function readAddress(request: Request, rootFields: RootFields): Given {
  const given: Record<string, unknown> = {};
  for (const [name, text] of new URL(request.url).searchParams) {
    if (Object.hasOwn(given, name)) throw new AppError('BAD_INPUT', `Expected ${quote(name)} once.`);
    given[name] = name === 'first' && /^-?\d+$/.test(text) ? Number(text) : text;
  }
  return {
    names: new Set(Object.keys(given)),
    argumentsOf: (field) => rootFields.readArguments(field, given),
  };
}

/** @throws BadRequest as `readGiven` */
export async function readJson(request: Request): Promise<unknown> {
  readMediaType(request.headers.get('content-type'), [JSON_TYPE]);
  return readJsonBody(await withinLimits(request));
}

async function withinLimits(request: Request): Promise<Request> {
  const readBody = limitBody(request);
  return readBody === null ? request : new Request(request, { body: await readBody() });
}
