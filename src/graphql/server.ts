import type { DocumentNode, GraphQLSchema } from 'graphql';
import { type YogaServerInstance, createYoga } from 'graphql-yoga';
import { type GraphqlContext, createContext } from './context.ts';
import type { RequestNotes, WorkerContext } from './request-notes.ts';
import { createDocumentCache } from './document-cache.ts';
import { maskError } from './errors.ts';
import introspection from './generated/introspection.txt';
import { countItemErrors } from './item-error-codes.ts';
import { admitImagesPlugin } from './plugins/admit-images.ts';
import { answerSizePlugin } from './plugins/answer-size.ts';
import { accessPlugin, chargePlugin } from './plugins/access.ts';
import { costPlugin } from './plugins/cost.ts';
import { errorCodesPlugin } from './plugins/error-codes.ts';
import { executorPlugin } from './plugins/executor.ts';
import { introspectionPlugin } from './plugins/introspection.ts';
import { hooksOf, joinPlugins } from './plugins/join-plugins.ts';
import { knownDocumentsPlugin } from './plugins/known-documents.ts';
import { type PersistedSource, persistedOperationsPlugin } from './plugins/persisted-operations.ts';
import { queryLimitsPlugin } from './plugins/query-limits.ts';
import { requestBodyPlugin } from './plugins/request-body.ts';
import { requestParserPlugin } from './plugins/request-parser.ts';
import { serverTimingPlugin } from './plugins/server-timing.ts';
import { tracePlugin } from './plugins/trace.ts';
import { warningsPlugin } from './plugins/warnings.ts';
import { resolvers } from './resolvers.ts';
import { servicesOf } from '../use-cases/services.ts';
import { buildExecutableSchema } from './schema.ts';
import { switchesOf } from './switches.ts';

const ONE_DAY_SECONDS = 86_400;

/** Answers a request of this Worker. */
type Answer = (request: Request, context: WorkerContext) => Response | Promise<Response>;

/** The schema with its resolvers. Built once an isolate. */
export function createSchema(): GraphQLSchema {
  return countItemErrors(buildExecutableSchema(introspection, resolvers));
}

/** The GraphQL server at /graphql. Built once an isolate: it caches parsed queries. */
export function createGraphqlServer(schema: GraphQLSchema): Answer {
  // Handed round yoga, which copies a context that it is given with all property descriptors, for every request.
  const notesByRequest = new WeakMap<Request, RequestNotes>();
  const notesOf = (request: Request): RequestNotes => {
    const notes = notesByRequest.get(request);
    if (notes === undefined) throw new Error('a request that the Worker was not asked');
    return notes;
  };
  const yoga = createYogaServer(schema, notesOf);
  // yoga.fetch would also wire up the request's abort signal, which nothing here listens to. The type of handleRequest asks for a
  // context; where it gets none it makes one.
  const handle = yoga.handleRequest as (request: Request) => Response | Promise<Response>;
  return (request, { env, ctx, admission }) => {
    notesByRequest.set(request, { env, ctx, admission, asked: 0, budgetHeaders: null });
    return handle(request);
  };
}

function createYogaServer(
  schema: GraphQLSchema,
  notesOf: (request: Request) => RequestNotes,
): YogaServerInstance<object, GraphqlContext> {
  const documents = createDocumentCache<DocumentNode>();
  const contextFor = (request: Request): GraphqlContext => createContext(notesOf(request), request);
  // Their hooks for an operation run before it does, whichever way it is run.
  const beforeExecution = [
    accessPlugin(notesOf),
    requestParserPlugin,
    requestBodyPlugin,
    persistedOperationsPlugin((request) => persistedSourceOf(notesOf(request))),
    queryLimitsPlugin,
    introspectionPlugin((request) => switchesOf(notesOf(request).env).introspection),
    tracePlugin,
    costPlugin((request) => servicesOf(notesOf(request).env).maxCost(), notesOf),
    chargePlugin(notesOf),
    admitImagesPlugin,
  ];
  const hooks = hooksOf(beforeExecution, 'onExecute');
  return createYoga<object, GraphqlContext>({
    schema,
    context: ({ request }) => contextFor(request),
    graphqlEndpoint: '/graphql',
    // Yoga answers every URL that ends so as healthy, queries included; none can end with a space.
    healthCheckEndpoint: ' ',
    // The page brings its own GraphiQL, without a CDN.
    graphiql: false,
    landingPage: false,
    // Public and without cookies: any origin may ask, none gets to use somebody's credentials.
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'], maxAge: ONE_DAY_SECONDS },
    maxRequestBodySize: false,
    multipart: false,
    batching: false,
    maskedErrors: { errorMessage: 'Unexpected error.', maskError },
    parserAndValidationCache: { documentCache: documents, errorCache: createDocumentCache() },
    plugins: [
      joinPlugins([
        ...beforeExecution,
        executorPlugin,
        knownDocumentsPlugin({ schema, documents, hooks, createContext: contextFor }),
        errorCodesPlugin,
        serverTimingPlugin,
        warningsPlugin,
        answerSizePlugin,
      ]),
    ],
    logging: {
      debug: () => undefined,
      info: () => undefined,
      warn: (...message: unknown[]) => console.warn(...message),
      // What is masked is told to the log by `tracePlugin`; the rest the caller was told as it stands, which is no news.
      error: () => undefined,
    },
  });
}

function persistedSourceOf({ env, ctx, admission }: WorkerContext): PersistedSource {
  return {
    mode: switchesOf(env).persisted,
    isOpen: admission.kind === 'open',
    list: () => servicesOf(env).operations.read((work) => ctx.waitUntil(work)),
  };
}
