import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from '../../src/postgres/connect.ts';
import { SCHEMA } from '../../src/postgres/tables.ts';
import { PROJECT_ROOT } from '../kv/project.ts';

const FOLDER = join(PROJECT_ROOT, 'scripts/postgres/migrations');
const NAMED = /^\d{4}-[a-z0-9-]+\.sql$/;
/** For pg_advisory_xact_lock: any number that nobody else takes. */
const LOCK = 4_116_221_473;

/**
 * Runs the numbered files of scripts/postgres/migrations that this database has not run, in order, each once: all in one transaction, under an
 * advisory lock, so that two commands at the same moment run none twice, and one that is killed leaves nothing half-done.
 * @returns the names of those that were run now
 */
export async function migrate(sql: Sql): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => NAMED.test(name)).sort();
  return sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${String(LOCK)}::text::bigint)`;
    await tx`CREATE SCHEMA IF NOT EXISTS ${tx(SCHEMA)}`;
    await tx`CREATE TABLE IF NOT EXISTS ${tx(`${SCHEMA}.migrations`)}
      (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    const applied = await tx<{ name: string }[]>`SELECT name FROM ${tx(`${SCHEMA}.migrations`)}`;
    const known = new Set(applied.map(({ name }) => name));
    const missing = files.filter((name) => !known.has(name));
    for (const name of missing) {
      await tx.unsafe(await readFile(join(FOLDER, name), 'utf8'));
      await tx`INSERT INTO ${tx(`${SCHEMA}.migrations`)} (name) VALUES (${name}::text)`;
    }
    return missing;
  });
}
