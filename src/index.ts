import { createGraphqlServer } from './graphql/server.ts';

const answer = createGraphqlServer();

/** The API: GraphQL at /graphql, health at /health. The page is static and served by the platform, before this runs. */
export default {
  fetch: (request, env, ctx) => answer(request, { env, ctx }),
} satisfies ExportedHandler<Env>;
