import { AppError, quote } from '../errors.ts';

/** Who may ask: holders of keys, people and services behind Cloudflare Access, or everyone. */
export const ACCESS_MODES = ['keys', 'access', 'open'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

/**
 * AUTH, a variable of the API Worker. There is no default: whoever deploys says whether the door is locked.
 * @throws AppError INTERNAL naming the variable and what to set
 */
export function readAccessMode(env: object): AccessMode {
  const written: unknown = (env as { readonly AUTH?: unknown }).AUTH;
  const mode = ACCESS_MODES.find((known) => known === written);
  if (mode !== undefined) return mode;
  const choices = 'set it to "keys", "access" or "open" (docs/access.md)';
  const problem =
    written === undefined || written === ''
      ? 'AUTH is not set'
      : `AUTH is ${typeof written === 'string' ? quote(written) : 'not text'}`;
  throw new AppError('INTERNAL', `${problem}, so every request is refused: ${choices}`);
}
