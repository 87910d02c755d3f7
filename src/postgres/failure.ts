/** What became of a query that failed: for callers, so it names no host, user, password or statement. */
export interface PostgresFailure {
  readonly message: string;
  readonly retryable: boolean;
}

/** Of the client, and of the system below it. */
const UNREACHABLE = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Thrown where the server has not answered in time. */
export class PostgresTimeout extends Error {}

/** @param error what `postgres` threw: its own code, that of a socket, or PostgreSQL's SQLSTATE */
export function failureOf(error: unknown): PostgresFailure {
  const code = codeOf(error);
  if (error instanceof PostgresTimeout || code === '57014')
    return { message: 'PostgreSQL did not answer in time; try again.', retryable: true };
  // Workers' sockets fail without a code.
  if (code === null || UNREACHABLE.has(code))
    return { message: 'PostgreSQL cannot be reached; try again.', retryable: true };
  if (code.startsWith('28') || code === '3D000' || code.startsWith('SASL'))
    return { message: 'PostgreSQL refuses the login.', retryable: false };
  if (code === '42P01' || code === '3F000')
    return {
      message: 'PostgreSQL has no rows of this corpus: index it again, or move it to another engine.',
      retryable: false,
    };
  if (code === '42501')
    return {
      message:
        'PostgreSQL refuses the role what it needs: GRANT it SELECT on the tables of the schema alignql, those of later corpora too (docs/deploy.md).',
      retryable: false,
    };
  // 08: the connection, 40: a transaction to repeat, 53 and 57: no room or no time for it now.
  const isSqlState = SQLSTATE.test(code);
  const retryable = !isSqlState || /^(08|40|53|57)/.test(code);
  const told = isSqlState ? ` (SQLSTATE ${code})` : '';
  return { message: `PostgreSQL failed${told}${retryable ? '; try again.' : '.'}`, retryable };
}

function codeOf(error: unknown): string | null {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && code !== '' ? code : null;
}
