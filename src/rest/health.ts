import { version } from '../../package.json';

/** Whether one thing that the service needs is there. `message` is for everybody, `hint` for the operator. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** How long it took to find out; workerd's clock moves only while something is waited for. */
  readonly ms: number;
  /** What is wrong, without a name of anything internal; null when all is well. */
  readonly message: string | null;
  /** What the operator must know or do, variables by name; null when there is nothing. */
  readonly hint: string | null;
}

/** What runs here. */
export interface Build {
  /** Of package.json. */
  readonly version: string;
  /** The commit that was deployed, where the deployment told: see docs/operate.md. */
  readonly commit: string | null;
  /** The platform's id of the deployed version. */
  readonly deployment: string | null;
}

const builds = new WeakMap<object, Build>();

/** The variable COMMIT, which the deployment sets, and the binding VERSION; either may be absent. */
export function buildOf(env: object): Build {
  let build = builds.get(env);
  if (build === undefined) {
    build = readBuild(env);
    builds.set(env, build);
  }
  return build;
}

function readBuild(env: object): Build {
  const { COMMIT, VERSION } = env as {
    readonly COMMIT?: unknown;
    readonly VERSION?: { readonly id?: unknown };
  };
  return { version, commit: textOrNull(COMMIT), deployment: textOrNull(VERSION?.id) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * The answer of /health and /ready: a row a check, 200 when all hold, else 503.
 * @param showsHints whether who asks may read what is meant for the operator
 */
export function answerHealth(
  request: Request,
  build: Build,
  checks: readonly Check[],
  showsHints: boolean,
): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Expected GET or HEAD.\n', { status: 405, headers: { allow: 'GET, HEAD' } });
  }
  const isWell = checks.every(({ ok }) => ok);
  const rows = checks.map(({ name, ok, ms, message, hint }) => ({
    name,
    ok,
    ms,
    ...(message === null ? {} : { message }),
    ...(hint === null || !showsHints ? {} : { hint }),
  }));
  const body = JSON.stringify({ status: isWell ? 'ok' : 'failed', ...build, checks: rows }, null, 2);
  return new Response(request.method === 'HEAD' ? null : `${body}\n`, {
    status: isWell ? 200 : 503,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      ...(isWell ? {} : { 'retry-after': '5' }),
    },
  });
}
