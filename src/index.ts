import { admit } from './access/admit.ts';
import { type Admission, maySeeHints } from './access/caller.ts';
import type { Ledger } from './access/ledger.ts';
import { embeddingTotalsOf } from './use-cases/server-timing.ts';
import { readinessOf } from './graphql/readiness.ts';
import { createRootFields } from './graphql/root-fields.ts';
import { createGraphqlServer, createSchema } from './graphql/server.ts';
import { ledgerOf } from './access/counters.ts';
import { chargeRefused, holdRefused } from './access/refused-requests.ts';
import { switchesOf } from './graphql/switches.ts';
import { restrictOrigins } from './rest/cors.ts';
import { answerDescription } from './rest/descriptions.ts';
import { answerHealth, buildOf } from './rest/health.ts';
import { answerMetrics } from './rest/metrics.ts';
import { answerNotFound } from './rest/not-found.ts';
import { answerRuns } from './rest/pipeline-runs.ts';
import { answerRest } from './rest/routes.ts';
import { answerThumbnail } from './rest/thumbnail.ts';
import { observe } from './telemetry/observe.ts';
import type { RequestTrace } from './telemetry/request-trace.ts';
import { telemetryOf } from './telemetry/recorders.ts';
import { type Route, routeOf } from './telemetry/route.ts';

export { DailyBudget } from './access/daily-budget.ts';

const schema = createSchema();
const answerGraphql = createGraphqlServer(schema);
const rootFields = createRootFields(schema);

/**
 * The API: GraphQL at /graphql, REST under /v1, their descriptions at /schema.graphql and /openapi.json, whether it runs at /health and whether it can answer at /ready, what it has counted at
 * /metrics, runs of the pipeline where that is bound, thumbnails of corpora, GraphiQL. The page is static and served by the platform, before this runs. Who asks is found
 * here, once for every route, and what was answered is noted.
 */
export default {
  fetch(request, env, ctx) {
    const observation = {
      route: routeOf(request.url),
      telemetry: telemetryOf(env, buildOf(env).commit),
      embeddings: () => embeddingTotalsOf(request),
    };
    return observe(request, observation, async (trace) => {
      const admission = admit(request, env, ctx);
      const found = admission instanceof Promise ? await admission : admission;
      const admitted = FOR_EVERYONE.has(trace.route) ? found : holdRefused(found, request, { env, ctx });
      const response = await answer(request, env, ctx, admitted, trace);
      chargeRefused(admitted, trace, { env, ctx });
      restrictOrigins(request, response.headers, switchesOf(env).corsOrigins);
      return response;
    });
  },
} satisfies ExportedHandler<Env>;

/** Routes that answer whoever asks. */
const FOR_EVERYONE: ReadonlySet<Route> = new Set(['health', 'ready', 'graphiql', 'openapi', 'sdl']);

/** That it is answered says it all. */
const ALIVE = { name: 'worker', ok: true, ms: 0, message: null, hint: null } as const;

function answer(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  admission: Admission,
  trace: RequestTrace,
): Response | Promise<Response> {
  if (admission.kind !== 'refused') trace.caller = admission.id;
  if (trace.route === 'health') return answerHealth(request, buildOf(env), [ALIVE], false);
  if (trace.route === 'ready') {
    return readinessOf(env, ctx).then((checks) =>
      answerHealth(request, buildOf(env), checks, maySeeHints(admission, request.url)),
    );
  }
  if (trace.route === 'metrics') {
    const build = buildOf(env);
    return answerMetrics(request, admission, telemetryOf(env, build.commit).metrics, build);
  }
  if (trace.route === 'pipeline') return answerRuns(request, env, admission, trace.requestId);
  if (trace.route === 'rest') return answerRest(request, { env, ctx, admission, trace, rootFields });
  if (trace.route === 'openapi' || trace.route === 'sdl') {
    return answerDescription(request, trace.route, env.ASSETS, switchesOf(env).introspection);
  }
  if (trace.route === 'graphiql' && switchesOf(env).graphiql) return answerAsset(request, env);
  const thumbnail =
    trace.route === 'thumbnail' ? answerThumbnail(request, env.CORPORA, admission, chargeBy(env)) : null;
  if (thumbnail !== null) return thumbnail;
  if (trace.route !== 'graphql') return answerNotFound(request, trace.requestId);
  return answerGraphql(request, { env, ctx, admission });
}

/** Takes a cost from a caller's rate and budget. */
function chargeBy(env: Env): Ledger['charge'] {
  return (caller, cost) => ledgerOf(env).charge(caller, cost);
}

/** What the platform answers has headers that cannot be changed. */
async function answerAsset(request: Request, { ASSETS }: Env): Promise<Response> {
  const asset = await ASSETS.fetch(request);
  return new Response(asset.body, asset);
}
