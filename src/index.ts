import { admit } from './access/admit.ts';
import type { Admission } from './access/caller.ts';
import { createGraphqlServer } from './graphql/server.ts';
import { answerThumbnail } from './rest/thumbnail.ts';

const answerGraphql = createGraphqlServer();

/**
 * The API: GraphQL at /graphql, health at /health, thumbnails of corpora. The page is static and served by the platform, before
 * this runs. Who asks is found here, once for every route.
 */
export default {
  fetch(request, env, ctx) {
    const admission = admit(request, env, ctx);
    return admission instanceof Promise
      ? admission.then((found) => answer(request, env, ctx, found))
      : answer(request, env, ctx, admission);
  },
} satisfies ExportedHandler<Env>;

function answer(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  admission: Admission,
): Response | Promise<Response> {
  return answerThumbnail(request, env.CORPORA, admission) ?? answerGraphql(request, { env, ctx, admission });
}
