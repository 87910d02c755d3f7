import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { buildSchema, introspectionFromSchema, validateSchema } from 'graphql';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';

const SDL = new URL('../schema.graphql', import.meta.url);
const OUTPUT = new URL('../src/graphql/generated/introspection.txt', import.meta.url);

const program = new Command('build-introspection')
  .description(
    `Write schema.graphql as its introspection, from which the Worker builds its schema: parsing and checking the SDL at
every cold start would take most of it.`,
  )
  .action(() => {
    const text = introspectionText(readFileSync(SDL, 'utf8'));
    writeFileSync(OUTPUT, text);
    tell(`${text.length} characters in src/graphql/generated/introspection.txt`);
  });

/** JSON with a type a line, so that a change shows where it is. What is null or false is left out: it reads the same. */
function introspectionText(sdl: string): string {
  const schema = buildSchema(sdl);
  const errors = validateSchema(schema);
  if (errors.length > 0) throw errors[0];
  const { types, ...rest } = introspectionFromSchema(schema).__schema;
  const head = JSON.stringify(rest, withoutDefaults).slice(0, -1);
  const lines = types.map((type) => JSON.stringify(type, withoutDefaults));
  return `{"__schema":${head},"types":[\n${lines.join(',\n')}\n]}}\n`;
}

function withoutDefaults(_: string, value: unknown): unknown {
  return value === null || value === false ? undefined : value;
}

await runCommand(program, process.argv);
