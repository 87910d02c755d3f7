import { join, relative } from 'node:path';
import { build } from 'vite';
import { type Bundle, measureBundle, packageFolder } from '../bundle/measure-bundle.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { COMPILED_FILES } from './compiled-works.ts';

/** What leaves the project's own folder. Packages by the folders they lie in, files by name; both ascending. */
export interface Shipped {
  /** Of both Workers together. */
  readonly workerPackages: readonly string[];
  /** WebAssembly of both Workers. */
  readonly compiledFiles: readonly string[];
  /** Of the page and GraphiQL. */
  readonly pagePackages: readonly string[];
}

/** Bundle both Workers and the page as a deployment would (some ten seconds), and look what they are made of. */
export async function findShipped(configs: readonly string[]): Promise<Shipped> {
  const bundles = configs.map(measureBundle);
  const compiledFiles = unique(bundles.flatMap(wasmFiles));
  const owners = compiledFiles.map(ownerFolder).filter((folder) => folder !== null);
  return {
    workerPackages: unique([...bundles.flatMap(({ packages }) => packages), ...owners]),
    compiledFiles,
    pagePackages: await pagePackages(),
  };
}

function wasmFiles({ files }: Bundle): string[] {
  return files.map(({ name }) => name).filter((name) => name.endsWith('.wasm'));
}

function ownerFolder(file: string): string | null {
  if (!Object.hasOwn(COMPILED_FILES, file)) {
    throw new Error(
      `${file} ships in a Worker, but scripts/supply/compiled-works.ts does not say what is in it`,
    );
  }
  const { package: owner } = COMPILED_FILES[file];
  return owner === null ? null : `node_modules/${owner}`;
}

async function pagePackages(): Promise<string[]> {
  const built = await build({
    configFile: join(PROJECT_ROOT, 'playground/vite.config.ts'),
    logLevel: 'error',
    build: { write: false },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) =>
    'output' in result ? result.output : [],
  );
  const modules = outputs.flatMap((output) =>
    output.type === 'chunk' ? Object.entries(output.modules) : [],
  );
  // Of a style sheet nothing is left in the script: it went into a file of its own.
  const shipped = modules.filter(([id, { renderedLength }]) => renderedLength > 0 || id.includes('.css'));
  return unique(
    shipped
      .map(([id]) => packageFolder(relative(PROJECT_ROOT, id.replace(/^\0/, ''))))
      .filter((folder) => folder !== null),
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
