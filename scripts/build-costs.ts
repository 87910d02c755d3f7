import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { costTableOf } from './schema/cost-table.ts';

const SDL = new URL('../schema.graphql', import.meta.url);
const OUTPUT = new URL('../src/graphql/generated/costs.ts', import.meta.url);

const program = new Command('build-costs')
  .description('Write what the fields of schema.graphql declare to cost, as the Worker sums it.')
  .action(() => {
    const { types, ...rest } = costTableOf(readFileSync(SDL, 'utf8'));
    const head = JSON.stringify(rest).slice(0, -1);
    const lines = Object.entries(types).map(([name, fields]) => `"${name}":${JSON.stringify(fields)},`);
    const text = `/* eslint-disable */
// Generated from schema.graphql by scripts/build-costs.ts.
import type { CostTable } from '../cost/cost-table.ts';

export const COSTS: CostTable = ${head},"types":{
${lines.join('\n')}
}};
`;
    writeFileSync(OUTPUT, text);
    tell(`${text.length} characters in src/graphql/generated/costs.ts`);
  });

await runCommand(program, process.argv);
