import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';

const NAME = 'POSTGRES_URL';
const FILE = '.dev.vars';

/**
 * Where PostgreSQL is: the variable POSTGRES_URL, else the one of `.dev.vars`, which `wrangler dev` reads too. A secret: no message
 * repeats it.
 * @throws UserError where neither is there
 */
export async function readConnectionString(
  environment: NodeJS.ProcessEnv = process.env,
  folder = PROJECT_ROOT,
): Promise<string> {
  const url = environment[NAME] || (await readVars(join(folder, FILE)))[NAME];
  if (url) return url;
  throw new UserError(
    `the engine postgres takes ${NAME}: set it to a connection string (postgres://user:password@host:5432/database) in the environment, or in ${FILE}`,
  );
}

async function readVars(path: string): Promise<NodeJS.Dict<string>> {
  try {
    return parseEnv(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
