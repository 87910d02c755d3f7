import { readFile } from 'node:fs/promises';
import { UserError } from '../cli/user-error.ts';
import type { Route } from './deploy-options.ts';
import { answersAt } from './production-file.ts';

/** What the last run wrote, with what a person changed in it since. */
export interface Previous {
  readonly text: string;
  readonly name: string;
  readonly route: Route;
  readonly vars: Readonly<Record<string, string>>;
  readonly kept: Readonly<Record<string, unknown>>;
  readonly url: string | null;
}

/** Of wrangler's own types, which are not in its package, the part that is read here. */
interface Config {
  readonly name?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly services?: readonly { readonly binding: string }[];
  readonly placement?: unknown;
  readonly routes?: unknown;
}

/**
 * @returns null where nothing was deployed from here
 * @throws UserError when the file is there and wrangler does not take it
 */
export async function readPrevious(path: string): Promise<Previous | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const { name = '', vars, services = [], placement, routes } = await readConfig(path);
  const route =
    vars.IMAGE_ROUTE === 'http' ? 'http' : services.some(({ binding }) => binding === 'AI') ? 'worker' : 'ai';
  return {
    text,
    name,
    route,
    vars: Object.fromEntries(Object.entries(vars).map(([key, value]) => [key, asText(value)])),
    kept: { placement, routes },
    url: answersAt(text),
  };
}

/** Every variable of the Worker is a text, so that a number that somebody wrote without quotes becomes one. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @throws UserError when wrangler does not take the file */
export async function readConfig(path: string): Promise<Config> {
  const { unstable_readConfig } = await import('wrangler'); // takes a second to load
  try {
    return unstable_readConfig({ config: path }, { hideWarnings: true }) as unknown as Config;
  } catch (cause) {
    const [line] = cause instanceof Error ? cause.message.split('\n') : [];
    throw new UserError(`${path} cannot be read: ${line}. Mend it, or delete it to start afresh`, { cause });
  }
}
