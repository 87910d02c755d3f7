import { AppError } from '../errors.ts';
import { countCode } from '../telemetry/request-trace.ts';
import { tellServerTiming } from '../use-cases/server-timing.ts';
import { warningsOf } from '../use-cases/warnings.ts';
import { answerEmbeddings, answerModel, answerModels, openAiResponse } from './embeddings.ts';
import { type Failure, Refused, failureOf } from './failure.ts';
import { type RestContext, runOperation } from './operation.ts';
import {
  type ReadAsked,
  readAlign,
  readClassify,
  readClipScore,
  readCorpora,
  readExplain,
  readRank,
  readRefClipScore,
  readSearch,
  readSelections,
} from './operations.ts';
import { problemResponse } from './problem.ts';
import { readAddress, readGiven } from './read-given.ts';

/** Answers a request of its method, or throws. @param told headers of the answer, whatever it is */
type Answer = (request: Request, context: RestContext, told: Headers) => Promise<object>;

interface RestRoute {
  readonly methods: readonly string[];
  readonly answer: Answer;
  /** How its clients read errors. */
  readonly fail: (failure: Failure, requestId: string) => Response;
}

const GET = ['GET', 'HEAD'];
const ONE_MODEL = '/v1/models/';
const ONE_DAY_SECONDS = '86400';
/** What a page of another origin may read beside the body. */
const EXPOSED = 'X-Cost, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, X-Should-Retry';

const ROUTES: ReadonlyMap<string, RestRoute> = new Map([
  ['/v1/align', operationRoute(readAlign)],
  ['/v1/rank', operationRoute(readRank)],
  ['/v1/classify', operationRoute(readClassify)],
  ['/v1/explain', operationRoute(readExplain)],
  ['/v1/clip-score', operationRoute(readClipScore)],
  ['/v1/ref-clip-score', operationRoute(readRefClipScore)],
  ['/v1/search', operationRoute(readSearch)],
  ['/v1/selections', pageRoute(readSelections)],
  ['/v1/corpora', pageRoute(readCorpora)],
  ['/v1/embeddings', openAiRoute(['POST'], answerEmbeddings)],
  ['/v1/models', openAiRoute(GET, answerModels)],
]);

/** What is served under /v1. */
export const REST_PATHS: readonly string[] = [...ROUTES.keys()];

function operationRoute(readAsked: ReadAsked): RestRoute {
  return {
    methods: ['POST'],
    async answer(request, context, told) {
      // Before the body is read, which costs something.
      if (context.admission.kind === 'refused') throw new Refused(context.admission);
      const asked = readAsked(await readGiven(request, context.rootFields), context.trace);
      return runOperation(request, context, asked, told);
    },
    fail: (failure, requestId) => problemResponse({ ...failure, requestId }),
  };
}

/** A page of what there is, by the arguments in the address. What it lacks is told beside it, as GraphQL tells it in `extensions`. */
function pageRoute(readAsked: ReadAsked): RestRoute {
  return {
    methods: GET,
    async answer(request, context, told) {
      if (context.admission.kind === 'refused') throw new Refused(context.admission);
      const asked = readAsked(readAddress(request, context.rootFields), context.trace);
      const page = await runOperation(request, context, asked, told);
      const warnings = warningsOf(request);
      return warnings === null ? page : { ...page, warnings };
    },
    fail: (failure, requestId) => problemResponse({ ...failure, requestId }),
  };
}

function openAiRoute(methods: readonly string[], answer: Answer): RestRoute {
  return { methods, answer, fail: openAiResponse };
}

function findRoute(path: string): RestRoute | undefined {
  if (!path.startsWith(ONE_MODEL)) return ROUTES.get(path);
  const id = readId(path.slice(ONE_MODEL.length));
  return openAiRoute(GET, (request, context, told) => answerModel(request, context, told, id));
}

function readId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no id has such a name: it is not found
  }
}

/** Everything under /v1. Errors are problems (RFC 9457), or nested as OpenAI's clients read them where these ask. */
export async function answerRest(request: Request, context: RestContext): Promise<Response> {
  const { requestId } = context.trace;
  const route = findRoute(new URL(request.url).pathname);
  if (route !== undefined && request.method === 'OPTIONS') return preflight(request, route);
  const told = new Headers();
  const response = await answered(request, context, route, told).catch((error: unknown) => {
    const failure = failureOf(error, requestId);
    countCode(context.trace, failure.code);
    return route === undefined ? problemResponse({ ...failure, requestId }) : route.fail(failure, requestId);
  });
  for (const [name, value] of told) response.headers.set(name, value);
  response.headers.append('access-control-expose-headers', EXPOSED);
  tellServerTiming(request, response.headers);
  return response;
}

async function answered(
  request: Request,
  context: RestContext,
  route: RestRoute | undefined,
  told: Headers,
): Promise<Response> {
  if (route === undefined) {
    throw refused(404, `Nothing is served here; under /v1 there are ${REST_PATHS.join(', ')}.`);
  }
  if (!route.methods.includes(request.method)) {
    const allow = [...route.methods, 'OPTIONS'].join(', ');
    throw refused(405, `Expected ${route.methods.join(' or ')}, got ${request.method}.`, { allow });
  }
  const value = await route.answer(request, context, told);
  const headers = { 'access-control-allow-origin': '*' };
  if (request.method === 'HEAD') {
    return new Response(null, { headers: { ...headers, 'content-type': 'application/json' } });
  }
  return Response.json(value, { headers });
}

function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Refused {
  const { code, retryable } = new AppError('BAD_INPUT', message);
  return new Refused({ code, status, message, retryable, headers });
}

/** A browser asks without credentials whether it may send them. */
function preflight(request: Request, { methods }: RestRoute): Response {
  const asked = request.headers.get('access-control-request-headers');
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      ...(asked === null ? {} : { 'access-control-allow-headers': asked }),
      'access-control-max-age': ONE_DAY_SECONDS,
      vary: 'Access-Control-Request-Headers',
    },
  });
}
