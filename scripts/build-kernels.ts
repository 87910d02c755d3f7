import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { Command } from 'commander';
import prettier from 'prettier';
import { tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';

const CORE = new URL('../src/core/', import.meta.url);
const LINEAR_FOLDER = new URL('linear-algebra/kernels/', CORE);
const LINEAR_SOURCE = 'linear-kernels.as.ts';
/** What the Worker imports as it is: folder and name, of the source without `.as.ts`, of the module without `.wasm`. */
const IMPORTED = [
  ['search/kernels/', 'scan-kernels'],
  ['scoring/kernels/', 'product-kernels'],
] as const;

const program = new Command('build-kernels')
  .description(
    `Compile the AssemblyScript kernels of src/core: those of linear-algebra into TypeScript that holds the bytes, and into a
.wasm file for the pipeline Worker; the scan of search and the products of scoring into .wasm files, which the Worker imports.`,
  )
  .action(async () => {
    const linear = await compile(LINEAR_FOLDER, LINEAR_SOURCE);
    writeFileSync(new URL('compiled.ts', LINEAR_FOLDER), await generatedModule(linear));
    tellSize(linear, 'linear-algebra/kernels/compiled.ts');
    // For workerd, which compiles nothing while it runs.
    writeFileSync(new URL('linear-kernels.wasm', LINEAR_FOLDER), linear);
    tellSize(linear, 'linear-algebra/kernels/linear-kernels.wasm');
    for (const [folder, name] of IMPORTED) {
      const kernels = await compile(new URL(folder, CORE), `${name}.as.ts`);
      writeFileSync(new URL(`${folder}${name}.wasm`, CORE), kernels);
      tellSize(kernels, `${folder}${name}.wasm`);
    }
  });

function tellSize({ length }: Uint8Array, file: string): void {
  tell(`${length} bytes of WebAssembly in src/core/${file}`);
}

/** The same bytes on every machine: the compiler is WebAssembly itself, of the version in the lockfile. */
async function compile(folder: URL, name: string): Promise<Uint8Array> {
  const outFile = 'kernels.wasm';
  let binary: Uint8Array | null = null;
  const features = ['--enable', 'simd', '--enable', 'relaxed-simd'];
  const options = ['-O3', '--runtime', 'stub', '--noAssert', ...features, '--initialMemory', '1'];
  const { error, stderr } = await asc.main([name, '--outFile', outFile, ...options], {
    readFile: (wanted) => {
      const file = new URL(`assembly/${wanted}`, folder);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    },
    writeFile: (written, contents) => {
      if (written === outFile && contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === null) throw new Error(`${name} does not compile:\n${stderr.toString()}`);
  return binary;
}

/** A line of base64 is 100 characters, so that a change shows where it is. */
async function generatedModule(bytes: Uint8Array): Promise<string> {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  const source = `// Made by scripts/build-kernels.ts from assembly/${LINEAR_SOURCE}; never edited by hand.

/** The WebAssembly module, in base64. */
export const LINEAR_KERNELS = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
  const file = new URL('compiled.ts', LINEAR_FOLDER).pathname;
  return prettier.format(source, { ...(await prettier.resolveConfig(file)), filepath: file });
}

await runCommand(program, process.argv);
