import { Command } from 'commander';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { type BillOfMaterials, completeBill } from './supply/bill-of-materials.ts';
import { askNpm } from './supply/npm.ts';

const program = new Command('sbom')
  .description(
    'Print the software bill of materials (CycloneDX 1.5): what runs or ships, with versions, licences and hashes, the works compiled into WebAssembly and the embedded encoder included.',
  )
  .action(() => {
    const locked = askNpm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']);
    printJson(completeBill(locked as BillOfMaterials, 'alignql'), 2);
  });

await runCommand(program, process.argv);
