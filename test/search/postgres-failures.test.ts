import { describe, expect, it } from 'vitest';
import { openPostgresEngine } from '../../scripts/postgres/postgres-engine.ts';
import { connect } from '../../src/postgres/connect.ts';
import { failureOf } from '../../src/postgres/failure.ts';
import type { PostgresSpec } from '../../src/postgres/tables.ts';
import { startSilentPostgres } from './silent-postgres.ts';

const PASSWORD = 'never-told';
const spec: PostgresSpec = { kind: 'postgres', collection: 'made', index: 'exact' };

describe('failures of PostgreSQL', () => {
  it.each([
    ['57014', 'PostgreSQL did not answer in time; try again.', /POSTGRES_TIMEOUT_MS/, /statement_timeout/],
    ['28P01', 'PostgreSQL refuses the login.', /password of the Hyperdrive/, /password of POSTGRES_URL/],
    ['28000', 'PostgreSQL refuses the login.', /pg_hba\.conf/, /pg_hba\.conf/],
    ['SASL_SIGNATURE_MISMATCH', 'PostgreSQL refuses the login.', /password/, /password/],
    ['3D000', 'PostgreSQL has no such database.', /Hyperdrive/, /POSTGRES_URL/],
    ['42501', 'PostgreSQL refuses the role what it needs.', /SELECT on its tables/, /CREATE on the database/],
    ['42704', 'PostgreSQL has no pgvector that corpora can use.', /CREATE EXTENSION/, /CREATE EXTENSION/],
    ['0A000', 'PostgreSQL has no pgvector that corpora can use.', /CREATE EXTENSION/, /CREATE EXTENSION/],
    ['53300', 'PostgreSQL takes no more connections; try again.', /Hyperdrive/, /max_connections/],
    ['25006', 'PostgreSQL takes no writes.', /primary/, /primary/],
    ['57P03', 'PostgreSQL is starting or stopping; try again.', /Wait/, /Wait/],
    ['22000', 'PostgreSQL has a table of another form for this corpus.', /--drop/, /--drop/],
    [
      'CONNECTION_CLOSED',
      'PostgreSQL cannot be reached; try again.',
      /Hyperdrive/,
      /host and port of POSTGRES_URL/,
    ],
  ])('tell %s, and the operator what to do', (code, message, toSearch, toCommand) => {
    const error = Object.assign(new Error(`user postgres, password ${PASSWORD}`), { code });
    const retryable = message.includes('try again');
    for (const [use, advice] of [
      ['search', toSearch],
      ['command', toCommand],
    ] as const) {
      const failure = failureOf(error, use);
      expect(failure).toEqual({ message, advice: expect.stringMatching(advice) as string, retryable });
      // Callers get the message: it names nothing of the operator's.
      expect(failure.message).not.toMatch(/[A-Z]{3,}_|alignql|SELECT/);
      expect(JSON.stringify(failure)).not.toContain(PASSWORD);
    }
  });

  it.each([
    ['40001', 'PostgreSQL failed (SQLSTATE 40001); try again.', true],
    ['XX000', 'PostgreSQL failed (SQLSTATE XX000).', false],
  ])('tell %s by its state alone', (code, message, retryable) => {
    expect(failureOf({ code }, 'search')).toEqual({ message, advice: null, retryable });
  });

  it('are told of a command too whose call never comes back', async () => {
    const silent = await startSilentPostgres();
    const client = connect(`postgres://postgres:${PASSWORD}@127.0.0.1:${silent.port}/postgres`);
    const engine = openPostgresEngine(client, spec, 200);
    for (const call of [engine.describe(), engine.prepare(9), engine.drop()]) {
      await expect(call).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(/^PostgreSQL did not answer in time; try again\. Look at/) as string,
      });
    }
    await client.end({ timeout: 0 });
    expect(silent.asked.size).toBe(1);
    await silent.close();
  });

  it('are told of a server that goes away in the middle of a query', async () => {
    const leaving = await startSilentPostgres({ hangsUp: true });
    const client = connect(`postgres://postgres:${PASSWORD}@127.0.0.1:${leaving.port}/postgres`);
    await expect(openPostgresEngine(client, spec).describe()).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringMatching(/^PostgreSQL cannot be reached; try again\. Is it running/) as string,
      retryable: true,
    });
    expect(leaving.asked.size).toBeGreaterThan(0);
    await client.end({ timeout: 0 });
    await leaving.close();
  });

  it('refuse what is no connection string, without repeating it', () => {
    for (const url of ['', 'localhost:5432', `https://postgres:${PASSWORD}@host/db`])
      expect(() => connect(url)).toThrow(/^expected a connection string that begins with postgres:\/\/$/);
  });
});
