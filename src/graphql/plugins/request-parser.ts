import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { badRequest } from '../../body/bad-request.ts';
import { parseMultipart } from './multipart.ts';
import { assertNotForged } from '../../body/preflight.ts';
import { readMediaType } from '../../body/media-type.ts';
import { parseJson, readJsonBody, readText } from '../../body/json-body.ts';
import { assertFew } from '../../body/request-structure.ts';

type Parser = (request: Request) => Promise<unknown>;

const BY_MEDIA_TYPE: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['application/json', readJsonBody],
  ['application/graphql+json', readJsonBody],
  ['application/graphql', async (request) => ({ query: await readText(request) })],
  [
    'application/x-www-form-urlencoded',
    async (request) => {
      assertNotForged(request, 'a form');
      return parseParameters(await readText(request));
    },
  ],
  ['multipart/form-data', parseMultipart],
]);
const MEDIA_TYPES = [...BY_MEDIA_TYPE.keys()];
const PARAMETERS = ['query', 'operationName', 'variables', 'extensions'] as const;
/** With those of other names, which are left alone. */
const MAX_PARAMETERS = 256;
const JSON_PARAMETERS: ReadonlySet<string> = new Set(['variables', 'extensions']);
const REPLACED = '\ufffd';

/**
 * From a request to its GraphQL parameters, in place of yoga's parsers: media types are compared regardless of case, what is not
 * UTF-8 or not JSON is a 400 that says so, and so is a parameter that is given twice or of the wrong kind.
 * https://graphql.github.io/graphql-over-http/draft/
 */
export const requestParserPlugin: Plugin = {
  onRequestParse({ request, setRequestParser }) {
    // Yoga refuses every other method.
    const { method } = request;
    if (method === 'GET') setRequestParser((asked) => checkParameters(parseUrl(asked)));
    if (method !== 'POST') return;
    const parser = parserOf(request.headers.get('content-type'));
    setRequestParser(async (asked) => checkParameters(await parser(asked)));
  },
};

/** @throws BadRequest as `readMediaType` */
function parserOf(contentType: string | null): Parser {
  // As nearly every client writes it.
  const plain = contentType === null ? undefined : BY_MEDIA_TYPE.get(contentType);
  const parser = plain ?? BY_MEDIA_TYPE.get(readMediaType(contentType, MEDIA_TYPES));
  if (parser === undefined) throw new Error('a media type that is read has no parser');
  return parser;
}

function parseUrl({ url }: Request): unknown {
  const start = url.indexOf('?');
  return start < 0 ? {} : parseParameters(url.slice(start + 1));
}

/** @param text form-urlencoded; parameters of other names are left alone */
function parseParameters(text: string): unknown {
  assertFew(text, '&', MAX_PARAMETERS, 'parameters');
  const given = new URLSearchParams(text);
  const parameters: Record<string, unknown> = {};
  for (const name of PARAMETERS) {
    const values = given.getAll(name);
    if (values.length > 1) throw badRequest(`Expected "${name}" once, got it ${values.length} times.`);
    const [value = ''] = values;
    if (value === '') continue;
    if (value.includes(REPLACED) && !isPercentEncodedUtf8(text)) {
      throw badRequest(`The parameter "${name}" is not percent-encoded UTF-8.`);
    }
    parameters[name] = JSON_PARAMETERS.has(name) ? parseJson(value, `The parameter "${name}"`) : value;
  }
  return parameters;
}

function isPercentEncodedUtf8(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws BadRequest unless each parameter is of the kind that GraphQL over HTTP gives it */
function checkParameters(parameters: unknown): GraphQLParams {
  if (Array.isArray(parameters))
    throw badRequest('Batching is not supported: expected one operation, got a list.');
  if (!isObject(parameters)) throw badRequest(`Expected an object with a query, got ${kindOf(parameters)}.`);
  const { query, operationName, variables, extensions } = parameters;
  const isNamed = isObject(extensions) && isObject(extensions.persistedQuery);
  if (typeof query !== 'string' && !(query == null && isNamed))
    throw badRequest(`Expected "query" as a string, got ${kindOf(query)}.`);
  if (operationName != null && typeof operationName !== 'string') {
    throw badRequest(`Expected "operationName" as a string, got ${kindOf(operationName)}.`);
  }
  assertObject('variables', variables);
  assertObject('extensions', extensions);
  return parameters;
}

function assertObject(name: string, value: unknown): void {
  if (value == null || isObject(value)) return;
  throw badRequest(`Expected "${name}" as an object, got ${kindOf(value)}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value == null) return 'none';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
