import { createGraphqlServer } from './graphql/server.ts';

const yoga = createGraphqlServer();

/** The API: GraphQL at /graphql, health at /health. The page is static and served by the platform, before this runs. */
export default {
  // yoga.fetch would also wire up the request's abort signal, which nothing here listens to.
  fetch: (request, env, ctx) => yoga.handleRequest(request, { env, ctx }),
} satisfies ExportedHandler<Env>;
