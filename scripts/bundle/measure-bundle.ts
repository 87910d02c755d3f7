import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PROJECT_ROOT } from '../kv/project.ts';

export interface BundleFile {
  /** Without the hash that wrangler puts in front. */
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

export interface BundlePart {
  /** A package, or two folders of this project. */
  readonly name: string;
  /** Minified, in the script. */
  readonly bytes: number;
}

/** What a deployment uploads of one Worker, source maps aside. */
export interface Bundle {
  readonly scriptBytes: number;
  /** Scripts and text modules gzipped as one, as zlib does by default. */
  readonly scriptGzipBytes: number;
  /** What the script is made of, largest first. */
  readonly parts: readonly BundlePart[];
  /** WebAssembly and data, largest first. */
  readonly files: readonly BundleFile[];
  /** Where the packages lie that the script is made of, such as node_modules/a/node_modules/@b/c; ascending. */
  readonly packages: readonly string[];
}

const SCRIPT = /\.(js|txt)$/;
const NOT_UPLOADED = /(\.map|README\.md|bundle-meta\.json)$/;
const CONTENT_HASH = /^[0-9a-f]{40}-/;

/**
 * Bundle a Worker as a deployment would, without one (about two seconds), and weigh it.
 * @param config such as wrangler.toml, in the project's folder; its top level, which is production
 * @throws Error when wrangler fails; what it said is on stderr
 */
export function measureBundle(config: string): Bundle {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bundle-'));
  try {
    const out = join(folder, 'out');
    const noAssets = join(folder, 'assets');
    mkdirSync(noAssets);
    const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
    const target = ['deploy', '--dry-run', '-c', config, '--env', '', '--assets', noAssets];
    execFileSync(process.execPath, [wrangler, ...target, '--outdir', out, '--metafile'], {
      cwd: PROJECT_ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, WRANGLER_LOG: 'error', WRANGLER_SEND_METRICS: 'false' },
    });
    return weigh(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function weigh(folder: string): Bundle {
  const files = readdirSync(folder)
    .filter((name) => !NOT_UPLOADED.test(name))
    .sort()
    .map((name) => ({ name, content: readFileSync(join(folder, name)) }));
  const metafile = readFileSync(join(folder, 'bundle-meta.json'), 'utf8');
  const script = Buffer.concat(files.filter(({ name }) => SCRIPT.test(name)).map(({ content }) => content));
  return {
    scriptBytes: script.length,
    scriptGzipBytes: gzipSync(script).length,
    parts: [
      ...readParts(metafile),
      ...files
        .filter(({ name }) => name.endsWith('.txt'))
        .map(({ name, content }) => ({ name: name.replace(CONTENT_HASH, ''), bytes: content.length })),
    ].sort((a, b) => b.bytes - a.bytes),
    files: files
      .filter(({ name }) => !SCRIPT.test(name))
      .map(({ name, content }) => ({
        name: name.replace(CONTENT_HASH, ''),
        bytes: content.length,
        gzipBytes: gzipSync(content).length,
      }))
      .sort((a, b) => b.bytes - a.bytes),
    packages: readPackages(metafile),
  };
}

interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** esbuild's own account of what it wrote, by package. */
export function readParts(metafile: string): BundlePart[] {
  return sumInputs(metafile, partOf);
}

/** Where the packages lie that the output is made of, ascending. */
export function readPackages(metafile: string): string[] {
  return sumInputs(metafile, (file) => packageFolder(file) ?? '')
    .map(({ name }) => name)
    .filter((name) => name !== '')
    .sort();
}

/** The folder of the package that a file belongs to, from the first node_modules on; null for a file of the project. */
export function packageFolder(file: string): string | null {
  return /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? null;
}

function sumInputs(metafile: string, nameOf: (file: string) => string): BundlePart[] {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values((JSON.parse(metafile) as Metafile).outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = nameOf(file);
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].map(([name, sum]) => ({ name, bytes: sum })).filter((part) => part.bytes > 0);
}

function partOf(file: string): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file);
  return inPackage ? inPackage[1] : file.split('/').slice(0, 2).join('/');
}
