import { UserError } from '../cli/user-error.ts';

export const ROUTES = ['worker', 'ai', 'http'] as const;
export type Route = (typeof ROUTES)[number];

export const AUTH_MODES = ['keys', 'access', 'open'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** What the command line says; what it leaves open comes from the last deployment, or is asked. */
export interface DeployOptions {
  readonly encoder?: Route;
  readonly encoderUrl?: string;
  readonly preset?: string;
  readonly auth?: AuthMode;
  readonly name?: string;
  readonly url?: string;
  /** Folder of a selection to publish as default. */
  readonly selection?: string;
  readonly replaceSecrets: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

export const DEFAULT_NAME = 'alignql';

/** Of a Worker, with room for "-encoder" behind it: the name is a label of a host name. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,52}[a-z0-9])?$/;

/** @throws UserError for options that are wrong alone or do not go together */
export function checkOptions({ encoder, encoderUrl, preset, name, url }: DeployOptions): void {
  if (name !== undefined && !NAME.test(name))
    throw new UserError(
      `--name is the name of a Worker: 1 to 54 of a to z, 0 to 9 and "-", none at an end; got "${name}"`,
    );
  if (encoder !== undefined && encoder !== 'http') {
    if (encoderUrl !== undefined)
      throw new UserError(`--encoder-url goes with --encoder http, not ${encoder}`);
    if (preset !== undefined) throw new UserError(`--preset goes with --encoder http, not ${encoder}`);
  }
  for (const [option, value] of [
    ['--encoder-url', encoderUrl],
    ['--url', url],
  ]) {
    if (value !== undefined && !/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : ''))
      throw new UserError(`${option} is an address that begins with https://, got "${value}"`);
  }
}
