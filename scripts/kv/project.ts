import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The project's own folder, wherever the command is run from. */
export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The environment of wrangler.toml that runs on the user's machine. */
export const LOCAL_ENVIRONMENT = 'local';

/** Where the local server keeps its KV: `ALIGNQL_STATE`, from where the user stands, or `.alignql` in the project. */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment.ALIGNQL_STATE;
  return chosen ? resolve(chosen) : resolve(PROJECT_ROOT, '.alignql');
}

/** Where embeddings are kept between runs, unless --cache names another folder: the project's, wherever the command is run from. */
export const EMBEDDINGS_FOLDER = resolve(PROJECT_ROOT, '.alignql/embeddings');

/** The folder that `wrangler dev --persist-to` takes; it puts `v3/kv` under it. */
export function persistFolder(state: string): string {
  return resolve(state, 'worker');
}

/** What the local server was last started with, in the form of models/tiny-clip/encoder.json. */
export function encoderFile(state: string): string {
  return resolve(state, 'encoder.json');
}

/** What `npm run deploy` writes: `ALIGNQL_DEPLOYMENT`, from where the user stands, or `wrangler.production.toml` in the project. */
export function productionFile(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment.ALIGNQL_DEPLOYMENT;
  return chosen ? resolve(chosen) : resolve(PROJECT_ROOT, 'wrangler.production.toml');
}

/** The configuration of the account's deployment: the one that `npm run deploy` wrote, else wrangler.toml. */
export function remoteConfig(): string {
  const written = productionFile();
  return existsSync(written) ? written : resolve(PROJECT_ROOT, 'wrangler.toml');
}
