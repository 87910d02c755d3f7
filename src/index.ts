import { createGraphqlServer } from './graphql/server.ts';
import { answerThumbnail } from './rest/thumbnail.ts';

const answer = createGraphqlServer();

/**
 * The API: GraphQL at /graphql, health at /health, thumbnails of corpora. The page is static and served by the platform, before
 * this runs.
 */
export default {
  fetch: (request, env, ctx) => answerThumbnail(request, env.CORPORA) ?? answer(request, { env, ctx }),
} satisfies ExportedHandler<Env>;
