import { AppError } from '../errors.ts';

/** Which documents are answered: what is sent, persisted ones too; listed ones only; or what is sent alone. */
export type PersistedMode = 'automatic' | 'only' | 'off';

/** What an operator switches at the door of a deployment. */
export interface Switches {
  /** Origins whose pages may read answers; null: all. */
  readonly corsOrigins: ReadonlySet<string> | null;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  readonly persisted: PersistedMode;
}

type Vars = Readonly<Record<string, unknown>>;

/**
 * CORS_ORIGINS (`*`, the default, or origins with commas or spaces between them; empty for none), INTROSPECTION and GRAPHIQL (`on`,
 * the default, or `off`), PERSISTED_OPERATIONS (`automatic`, the default, `only` or `off`).
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readSwitches(env: object): Switches {
  const vars = env as Vars;
  return {
    corsOrigins: readOrigins(vars.CORS_ORIGINS ?? '*'),
    introspection: readChoice(vars, 'INTROSPECTION', ['on', 'off']) === 'on',
    graphiql: readChoice(vars, 'GRAPHIQL', ['on', 'off']) === 'on',
    persisted: readChoice(vars, 'PERSISTED_OPERATIONS', ['automatic', 'only', 'off']),
  };
}

function readChoice<Choice extends string>(vars: Vars, name: string, choices: readonly Choice[]): Choice {
  const written = vars[name] ?? choices[0];
  const choice = choices.find((known) => known === written);
  if (choice !== undefined) return choice;
  const expected = choices.map((known) => `"${known}"`).join(' or ');
  throw new AppError('INTERNAL', `${name} is ${JSON.stringify(written)}: expected ${expected}`);
}

function readOrigins(written: unknown): ReadonlySet<string> | null {
  if (written === '*') return null;
  const origins =
    typeof written === 'string' ? written.split(/[\s,]+/).filter((origin) => origin !== '') : ['?'];
  const wrong = origins.find((origin) => origin.includes('*') || URL.parse(origin)?.origin !== origin);
  if (wrong === undefined) return new Set(origins);
  throw new AppError(
    'INTERNAL',
    `CORS_ORIGINS is ${JSON.stringify(written)}: expected "*", or origins such as https://app.example.com`,
  );
}

/** Of a deployment whose switches cannot be read: everything shut, until /ready says that they can. */
const SHUT: Switches = { corsOrigins: new Set(), introspection: false, graphiql: false, persisted: 'only' };
const switchesByEnv = new WeakMap<object, Switches>();

/** The switches of a deployment, read once an isolate. What is wrong is in the log and in /ready. */
export function switchesOf(env: object): Switches {
  let switches = switchesByEnv.get(env);
  if (switches === undefined) {
    switches = readOrShut(env);
    switchesByEnv.set(env, switches);
  }
  return switches;
}

function readOrShut(env: object): Switches {
  try {
    return readSwitches(env);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(JSON.stringify({ level: 'error', event: 'configuration', hint: error.message }));
    return SHUT;
  }
}
