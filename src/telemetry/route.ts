/** Which door a request came through: what log and metrics say in place of a path, which could be anything. */
export type Route =
  | 'graphql'
  | 'rest'
  | 'health'
  | 'ready'
  | 'metrics'
  | 'pipeline'
  | 'thumbnail'
  | 'graphiql'
  | 'openapi'
  | 'sdl'
  | 'other';

const ROUTES: Readonly<Record<string, Route>> = {
  graphql: 'graphql',
  health: 'health',
  ready: 'ready',
  metrics: 'metrics',
  pipeline: 'pipeline',
  corpora: 'thumbnail',
  graphiql: 'graphiql',
  v1: 'rest',
  'openapi.json': 'openapi',
  'schema.graphql': 'sdl',
};
/** The others have no paths below. */
const WITH_PATHS: ReadonlySet<Route> = new Set<Route>(['thumbnail', 'graphiql', 'rest', 'pipeline']);
const FIRST_SEGMENT = /^[a-z]+:\/\/[^/?#]*\/([^/?#]*)([/?#]|$)/i;

/** The route of a request by the first segment of its path. Parsing a URL costs a tenth of what a short answer of GraphQL does. */
export function routeOf(url: string): Route {
  const [, segment = '', after = ''] = FIRST_SEGMENT.exec(url) ?? [];
  if (!Object.hasOwn(ROUTES, segment)) return 'other';
  const route = ROUTES[segment];
  return after === '/' && !WITH_PATHS.has(route) ? 'other' : route;
}
