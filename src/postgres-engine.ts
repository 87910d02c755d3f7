import { WorkerEntrypoint } from 'cloudflare:workers';
import { connect } from './postgres/connect.ts';
import { type PostgresFailure, PostgresTimeout, failureOf } from './postgres/failure.ts';
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

/**
 * The engine `postgres` of corpora, as a Worker of its own: its client takes Node's modules, which the API Worker does without. Bind it there as
 * `POSTGRES` with `entrypoint = "Postgres"`.
 */
export class Postgres extends WorkerEntrypoint<PostgresEnv> {
  /** @returns the answer, or why there is none: an error's class and code would not arrive */
  async query(spec: PostgresSpec, query: EngineQuery): Promise<EngineAnswer | { failure: PostgresFailure }> {
    const { HYPERDRIVE, POSTGRES_URL, POSTGRES_TIMEOUT_MS } = this.env;
    const url = HYPERDRIVE?.connectionString ?? POSTGRES_URL;
    if (url === undefined) {
      const message = 'The Worker of the engine postgres has neither HYPERDRIVE nor POSTGRES_URL.';
      return { failure: { message, retryable: false } };
    }
    const timeoutMs = Number(POSTGRES_TIMEOUT_MS ?? TIMEOUT_MS);
    try {
      // A socket belongs to the request that opened it. Hyperdrive keeps those that lead further.
      const sql = connect(url, { connectSeconds: timeoutMs / 1000 });
      try {
        return await inTime(findRows(sql, spec, query, timeoutMs), 2 * timeoutMs);
      } finally {
        this.ctx.waitUntil(sql.end({ timeout: 0 }).catch(() => undefined));
      }
    } catch (error) {
      // The log is the operator's. Messages of the server may name hosts and users, hence not the error itself.
      const failure = failureOf(error);
      console.error('The engine postgres failed:', failure.message);
      return { failure };
    }
  }
}

/** A server that has gone silent does not mind its own timeout. */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PostgresTimeout()), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export default {
  fetch(): Response {
    return Response.json({ service: 'alignql-postgres', entrypoint: 'Postgres' });
  },
};
