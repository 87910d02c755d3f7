import postgres from 'postgres';

export type Sql = postgres.Sql;
/** A client or a transaction: what takes statements. */
export type Statements = postgres.ISql;

/**
 * A client of the server at `url`; it connects with the first query. Nothing is prepared by name and no types are read, so that it works through a pool of
 * connections (Hyperdrive, PgBouncer): parameters are text, cast in SQL.
 * @param url postgres://…; what is thrown for one that is none does not repeat it
 * @throws RangeError for a URL that is none
 */
export function connect(url: string, { connections = 1, connectSeconds = 5 } = {}): Sql {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new RangeError('expected a connection string that begins with postgres://');
  }
  return postgres(url, {
    max: connections,
    connect_timeout: connectSeconds,
    prepare: false,
    fetch_types: false,
    onnotice: () => undefined,
  });
}
