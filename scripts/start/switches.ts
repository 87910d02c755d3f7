/** Variables of the API Worker that a start takes from the environment; src/graphql/switches.ts and the Worker itself check them. */
const NAMES = ['CORS_ORIGINS', 'INTROSPECTION', 'GRAPHIQL', 'PERSISTED_OPERATIONS', 'REQUEST_LOG'] as const;

/** Those that are set, in place of what wrangler.toml has. */
export function readLocalSwitches(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const set = NAMES.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(
    set.filter((entry): entry is [(typeof NAMES)[number], string] => entry[1] !== undefined),
  );
}
