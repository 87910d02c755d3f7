import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { openApiOf } from './schema/openapi.ts';

const SDL = new URL('../schema.graphql', import.meta.url);
const PACKAGE = new URL('../package.json', import.meta.url);
const OUTPUT = new URL('../openapi.json', import.meta.url);

const program = new Command('build-openapi')
  .description(
    'Write openapi.json, which describes what is served under /v1, from schema.graphql and the schemas of src/rest.',
  )
  .action(() => {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };
    const text = `${JSON.stringify(openApiOf(readFileSync(SDL, 'utf8'), version), null, 2)}\n`;
    writeFileSync(OUTPUT, text);
    tell(`${text.length} characters in openapi.json`);
  });

await runCommand(program, process.argv);
