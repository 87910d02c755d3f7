import { WorkerEntrypoint } from 'cloudflare:workers';
import { connect } from './postgres/connect.ts';
import { type PostgresFailure, failureOf, withinBound } from './postgres/failure.ts';
import { findRows } from './postgres/find-rows.ts';
import type { PostgresSpec } from './postgres/tables.ts';
import type { EngineAnswer, EngineQuery } from './search/engine.ts';

/** One of the two says where PostgreSQL is. */
interface PostgresEnv {
  readonly HYPERDRIVE?: Pick<Hyperdrive, 'connectionString'>;
  /** A secret: reached over TCP, without a pool. */
  readonly POSTGRES_URL?: string;
  /** Whole milliseconds; 5000 by itself. */
  readonly POSTGRES_TIMEOUT_MS?: string;
}

const TIMEOUT_MS = 5000;
/** Of the timeout: as long the whole of a search may take, connecting included. */
const BOUND = 2;

/**
 * The engine `postgres` of corpora, as a Worker of its own: its client takes Node's modules, which the API Worker does without. Bind it there as
 * `POSTGRES` with `entrypoint = "Postgres"`.
 */
export class Postgres extends WorkerEntrypoint<PostgresEnv> {
  /** @returns the answer, or why there is none: an error's class and code would not arrive */
  async query(
    spec: PostgresSpec,
    query: EngineQuery,
  ): Promise<EngineAnswer | { failure: Pick<PostgresFailure, 'message' | 'retryable'> }> {
    try {
      const { url, timeoutMs } = readEnv(this.env);
      // A socket belongs to the request that opened it. Hyperdrive keeps those that lead further.
      const sql = connect(url, { connectSeconds: timeoutMs / 1000 });
      try {
        return await withinBound(findRows(sql, spec, query, timeoutMs), BOUND * timeoutMs);
      } finally {
        this.ctx.waitUntil(sql.end({ timeout: 0 }).catch(() => undefined));
      }
    } catch (error) {
      // The log is the operator's. Messages of the server may name hosts and users, hence not the error itself.
      const { message, advice, retryable } =
        error instanceof RangeError ? misconfigured(error) : failureOf(error, 'search');
      console.error('The engine postgres failed:', message, advice ?? '');
      return { failure: { message, retryable } };
    }
  }
}

/** @throws RangeError for what is not configured as it must be */
function readEnv({ HYPERDRIVE, POSTGRES_URL, POSTGRES_TIMEOUT_MS = String(TIMEOUT_MS) }: PostgresEnv): {
  readonly url: string;
  readonly timeoutMs: number;
} {
  const url = HYPERDRIVE?.connectionString ?? POSTGRES_URL;
  if (url === undefined)
    throw new RangeError('wrangler.postgres.toml binds no HYPERDRIVE, and there is no secret POSTGRES_URL');
  if (!/^[1-9]\d{0,6}$/.test(POSTGRES_TIMEOUT_MS))
    throw new RangeError(
      `POSTGRES_TIMEOUT_MS: expected milliseconds, 1 to 9999999, got ${POSTGRES_TIMEOUT_MS}`,
    );
  return { url, timeoutMs: Number(POSTGRES_TIMEOUT_MS) };
}

function misconfigured({ message: advice }: RangeError): PostgresFailure {
  return { message: 'The engine postgres of this deployment is not set up.', advice, retryable: false };
}

export default {
  fetch(): Response {
    return Response.json({ service: 'alignql-postgres', entrypoint: 'Postgres' });
  },
};
