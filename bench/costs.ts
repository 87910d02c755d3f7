import { Command } from 'commander';
import { numberFrom, wholeNumber } from '../scripts/cli/options.ts';
import { runCommand } from '../scripts/cli/run.ts';
import type { CostInputs } from './cost-tables.ts';
import { DEFAULT_INPUTS, requestTable, searchTable } from './cost-tables.ts';
import { markdownTable } from './markdown.ts';

const program = new Command('costs')
  .description(
    "What requests and vectors cost on Cloudflare's public price list: the tables of docs/costs.md.",
  )
  .option('--requests <n>', 'a month', wholeNumber(1), DEFAULT_INPUTS.requests)
  .option('--vectors <n>', 'in the corpus', wholeNumber(1), DEFAULT_INPUTS.vectors)
  .option('--dim <n>', 'coordinates of an embedding', wholeNumber(1), DEFAULT_INPUTS.dim)
  .option('--k <n>', 'coordinates kept', wholeNumber(1), DEFAULT_INPUTS.k)
  .option('--compact-bytes <n>', 'a packed vector of k', wholeNumber(1), DEFAULT_INPUTS.compactBytes)
  .option('--request-cpu-ms <ms>', 'of any request', numberFrom(0), DEFAULT_INPUTS.requestCpuMs)
  .option('--text-cpu-ms <ms>', 'to encode a text', numberFrom(0), DEFAULT_INPUTS.textCpuMs)
  .option(
    '--masked-matrix-cpu-ms <ms>',
    '100×100 scores of k',
    numberFrom(0),
    DEFAULT_INPUTS.maskedMatrixCpuMs,
  )
  .option('--full-matrix-cpu-ms <ms>', '100×100 scores of dim', numberFrom(0), DEFAULT_INPUTS.fullMatrixCpuMs)
  .option('--scan-gb-per-second <gb>', 'read by a scan', numberFrom(0), DEFAULT_INPUTS.scanGbPerSecond)
  .option('--block-bytes <n>', 'of a KV value of the corpus', wholeNumber(1), DEFAULT_INPUTS.blockBytes)
  .option(
    '--searches-per-isolate <n>',
    'before it is replaced',
    wholeNumber(1),
    DEFAULT_INPUTS.searchesPerIsolate,
  )
  .option('--item-reads <n>', 'of KV, a page of results', wholeNumber(0), DEFAULT_INPUTS.itemReads)
  .option('--rerank-reads <n>', 'of KV, a search', wholeNumber(0), DEFAULT_INPUTS.rerankReads)
  .action((inputs: CostInputs) => {
    process.stdout.write(`${markdownTable(requestTable(inputs))}\n${markdownTable(searchTable(inputs))}`);
  });

await runCommand(program, process.argv);
