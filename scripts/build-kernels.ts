import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { Command } from 'commander';
import prettier from 'prettier';
import { runCommand } from './cli/run.ts';

const FOLDER = new URL('../src/core/linear-algebra/kernels/', import.meta.url);
const SOURCE = 'linear-kernels.as.ts';
const BINARY = 'linear-kernels.wasm';

const program = new Command('build-kernels')
  .description(
    'Compile the AssemblyScript kernels of src/core/linear-algebra into TypeScript that holds the bytes.',
  )
  .action(async () => {
    const bytes = await compile();
    const file = new URL('compiled.ts', FOLDER);
    writeFileSync(file, await generatedModule(bytes));
    process.stderr.write(
      `${bytes.length} bytes of WebAssembly in src/core/linear-algebra/kernels/compiled.ts\n`,
    );
  });

/** The same bytes on every machine: the compiler is WebAssembly itself, of the version in the lockfile. */
async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const source = readFileSync(new URL(`assembly/${SOURCE}`, FOLDER), 'utf8');
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--initialMemory', '1'];
  const { error, stderr } = await asc.main([SOURCE, '--outFile', BINARY, ...options], {
    readFile: (name) => (name === SOURCE ? source : null),
    writeFile: (name, contents) => {
      if (name === BINARY && contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) throw new Error(`${SOURCE} does not compile:\n${stderr.toString()}`);
  return binary;
}

/** A line of base64 is 100 characters, so that a change shows where it is. */
async function generatedModule(bytes: Uint8Array): Promise<string> {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  const source = `// Made by scripts/build-kernels.ts from assembly/${SOURCE}; never edited by hand.

/** The WebAssembly module, in base64. */
export const LINEAR_KERNELS = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
  const file = new URL('compiled.ts', FOLDER).pathname;
  return prettier.format(source, { ...(await prettier.resolveConfig(file)), filepath: file });
}

await runCommand(program, process.argv);
