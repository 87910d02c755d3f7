import { type YogaServerInstance, createYoga } from 'graphql-yoga';
import { type GraphqlContext, type WorkerContext, createContext } from './context.ts';
import { createDocumentCache } from './document-cache.ts';
import { findExpected, maskError } from './errors.ts';
import introspection from './generated/introspection.txt';
import { bodyLimitPlugin } from './plugins/body-limit.ts';
import { errorCodesPlugin } from './plugins/error-codes.ts';
import { executorPlugin } from './plugins/executor.ts';
import { multipartPlugin } from './plugins/multipart.ts';
import { queryLimitsPlugin } from './plugins/query-limits.ts';
import { serverTimingPlugin } from './plugins/server-timing.ts';
import { resolvers } from './resolvers.ts';
import { buildExecutableSchema } from './schema.ts';

const ONE_DAY_SECONDS = 86_400;

/**
 * The GraphQL server at /graphql, and its health at /health. Built once an isolate: it builds the schema, and caches
 * parsed queries.
 */
export function createGraphqlServer(): YogaServerInstance<WorkerContext, GraphqlContext> {
  return createYoga<WorkerContext, GraphqlContext>({
    schema: buildExecutableSchema(introspection, resolvers),
    context: createContext,
    graphqlEndpoint: '/graphql',
    healthCheckEndpoint: '/health',
    // The page brings its own GraphiQL, without a CDN.
    graphiql: false,
    landingPage: false,
    // Public and without cookies: any origin may ask, none gets to use somebody's credentials.
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'], maxAge: ONE_DAY_SECONDS },
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    maskedErrors: { errorMessage: 'Unexpected error.', maskError },
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    plugins: [
      multipartPlugin,
      bodyLimitPlugin,
      queryLimitsPlugin,
      executorPlugin,
      errorCodesPlugin,
      serverTimingPlugin,
    ],
    logging: {
      debug: () => undefined,
      info: () => undefined,
      warn: (...message: unknown[]) => console.warn(...message),
      // What the caller did wrong, or was told as it stands, is no news for the log; a bug is.
      error: (...message: unknown[]) => {
        if (!findExpected(message[0])) console.error(...message);
      },
    },
  });
}
