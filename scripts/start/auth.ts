import { UserError } from '../cli/user-error.ts';

/** As src/access/mode.ts reads AUTH; scripts do not import rooms of the Worker. */
const MODES = ['keys', 'access', 'open'] as const;

/** Who may ask the local server. */
export interface LocalAuth {
  readonly mode: (typeof MODES)[number];
  /** Variables of the API Worker, in place of those of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** For who starts it. */
  readonly line: string;
}

const LINES: Readonly<Record<LocalAuth['mode'], string>> = {
  open: 'The API is open to everyone who reaches this port; `AUTH=keys npm start` locks it.',
  keys: 'The API is locked: `npm run -s keys -- create --name NAME --scopes read,encode` makes a key.',
  access: 'The API is locked: it asks for a JWT of Cloudflare Access.',
};

/**
 * AUTH of the environment, `open` where it is not set, and with it the variables whose names begin with ACCESS_.
 * @throws UserError when AUTH is another word
 */
export function readLocalAuth(environment: Readonly<Record<string, string | undefined>>): LocalAuth {
  const written = environment.AUTH || 'open';
  const mode = MODES.find((known) => known === written);
  if (mode === undefined) {
    throw new UserError(`AUTH is ${JSON.stringify(written)}, expected "keys", "access" or "open"`);
  }
  const vars: Record<string, string> = { AUTH: mode };
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith('ACCESS_') && value !== undefined) vars[name] = value;
  }
  for (const name of mode === 'access' ? ['ACCESS_TEAM_DOMAIN', 'ACCESS_AUDIENCE'] : []) {
    if (!vars[name]) throw new UserError(`AUTH is "access", which needs ${name} (docs/access.md)`);
  }
  // A key is for the state it was made in: that of another folder knows nothing of it.
  const state = environment.ALIGNQL_STATE;
  const line = LINES[mode].replace(
    'npm run -s keys',
    state ? `ALIGNQL_STATE=${state} npm run -s keys` : '$&',
  );
  return { mode, vars, line };
}
