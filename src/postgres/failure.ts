/** What became of a query that failed. Neither names a host, user, password or statement. */
export interface PostgresFailure {
  /** For callers: it names nothing of the operator's. */
  readonly message: string;
  /** For the operator, what to do; null where the message says all that is known. */
  readonly advice: string | null;
  readonly retryable: boolean;
}

/** Who asked: a search by the engine's Worker, or a command, which writes and makes tables too. */
export type PostgresUse = 'search' | 'command';

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

/**
 * The work, or `PostgresTimeout`: a server that has gone silent does not mind its own timeout. Whoever asked ends the connection then.
 * @param boundMs milliseconds
 */
export async function withinBound<T>(work: Promise<T>, boundMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PostgresTimeout()), boundMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param error what `postgres` threw: its own code, that of a socket, or PostgreSQL's SQLSTATE */
export function failureOf(error: unknown, use: PostgresUse): PostgresFailure {
  const code = error instanceof PostgresTimeout ? '57014' : codeOf(error);
  // Workers' sockets fail without a code.
  if (code === null || UNREACHABLE.has(code)) {
    return {
      message: 'PostgreSQL cannot be reached; try again.',
      advice: `Is it running, and do host and port of ${PLACE[use]} lead to it? Firewalls and its listen_addresses count too.`,
      retryable: true,
    };
  }
  const isSqlState = SQLSTATE.test(code);
  const told = code.startsWith('SASL') ? TOLD.get('28') : (TOLD.get(code) ?? TOLD.get(code.slice(0, 2)));
  // 08: the connection, 40: a transaction to repeat, 53 and 57: no room or no time for it now.
  const retryable = told?.retryable ?? (!isSqlState || /^(08|40|53|57)/.test(code));
  const what = told?.message ?? `PostgreSQL failed${isSqlState ? ` (SQLSTATE ${code})` : ''}`;
  const advice = told?.advice(use) ?? null;
  return { message: `${what}${retryable ? '; try again.' : '.'}`, advice, retryable };
}

/** Where a connection string stands. */
const PLACE: Readonly<Record<PostgresUse, string>> = {
  command: 'POSTGRES_URL',
  search: 'the Hyperdrive (else of the secret POSTGRES_URL)',
};

interface Told {
  /** Without the full stop. */
  readonly message: string;
  readonly advice: (use: PostgresUse) => string;
  readonly retryable?: boolean;
}

const login: Told = {
  message: 'PostgreSQL refuses the login',
  retryable: false,
  advice: (use) => `Look at user and password of ${PLACE[use]}, and at what pg_hba.conf lets in.`,
};
const noVector: Told = {
  message: 'PostgreSQL has no pgvector that corpora can use',
  advice: () =>
    'Install pgvector 0.8 or later on the server, then run as its superuser in that database: CREATE EXTENSION vector; or, where an older one is there: ALTER EXTENSION vector UPDATE.',
};
const noRows: Told = {
  message: 'PostgreSQL has no rows of this corpus: index it again, or move it to another engine',
  advice: (use) =>
    `Is ${PLACE[use]} of the database that it was indexed into? Else write the rows again: npm run -s index -- --corpus NAME --engine postgres.`,
};
const noPrivilege: Told = {
  message: 'PostgreSQL refuses the role what it needs',
  advice: (use) =>
    use === 'search'
      ? 'GRANT the role of the Worker USAGE on the schema alignql and SELECT on its tables, those of later corpora too (docs/deploy.md).'
      : 'The role of a command makes the schema alignql and a table for each corpus: GRANT it CREATE on the database, have a superuser run CREATE EXTENSION vector, and let one role own all tables of the schema (docs/deploy.md).',
};
const timeout: Told = {
  message: 'PostgreSQL did not answer in time',
  advice: (use) =>
    use === 'search'
      ? 'A search may take POSTGRES_TIMEOUT_MS a statement. Raise it, look at what else the server does, or index with --postgres-index hnsw where rows are compared one by one.'
      : 'Look at what else the server does, and at its statement_timeout.',
};
const otherTable: Told = {
  message: 'PostgreSQL has a table of another form for this corpus',
  advice: () =>
    'Somebody else has made or changed it: drop the corpus (npm run -s index -- --corpus NAME --drop) and index it again.',
};

/** By SQLSTATE, else by its class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TOLD: ReadonlyMap<string, Told> = new Map<string, Told>([
  ['28', login],
  [
    '3D000',
    {
      message: 'PostgreSQL has no such database',
      advice: (use) => `Create it, or name another in ${PLACE[use]}.`,
    },
  ],
  ['42P01', noRows],
  ['3F000', noRows],
  ['42501', noPrivilege],
  // A type, an operator or a parameter of pgvector's that is not there, and an extension that cannot be made.
  ['42602', noVector],
  ['42704', noVector],
  ['42883', noVector],
  ['0A000', noVector],
  ['58P01', noVector],
  ['22000', otherTable],
  ['42703', otherTable],
  [
    '25006',
    {
      message: 'PostgreSQL takes no writes',
      advice: (use) =>
        `${PLACE[use]} leads to a replica, or to a database that is read-only: name the primary.`,
    },
  ],
  [
    '53300',
    {
      message: 'PostgreSQL takes no more connections',
      advice: (use) =>
        use === 'search'
          ? 'Put a Hyperdrive or another pool before it, which few connections do for, or raise its max_connections.'
          : 'Close others, or raise its max_connections or the CONNECTION LIMIT of the role.',
    },
  ],
  ['53100', { message: 'PostgreSQL has no room on its disk', advice: () => 'Make room there.' }],
  [
    '53200',
    {
      message: 'PostgreSQL has not enough memory',
      advice: () =>
        'A graph is built within maintenance_work_mem: look at that, and at what else the server does.',
    },
  ],
  ['57014', timeout],
  [
    '57P01',
    {
      message: 'PostgreSQL is being stopped',
      advice: () => 'It was shut down, or somebody ended the connection.',
    },
  ],
  [
    '57P03',
    { message: 'PostgreSQL is starting or stopping', advice: () => 'Wait until it takes connections.' },
  ],
]);

function codeOf(error: unknown): string | null {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && code !== '' ? code : null;
}
