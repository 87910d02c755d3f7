import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleDefinition, WorkerOptions } from 'miniflare';

const OUT_DIR = '.wrangler/test-encoder';

/** A Worker's modules as wrangler would deploy them, the entry first. */
export interface BundledModules {
  readonly modulesRoot: string;
  readonly modules: ModuleDefinition[];
}

/**
 * The encoder Worker, bundled by wrangler as it would be deployed, for miniflare to run beside the API Worker under test.
 * Runs in Node, while vitest is configured.
 */
export function bundledEncoderWorker(): WorkerOptions {
  return {
    name: 'alignql-encoder',
    compatibilityDate: '2026-07-01',
    ...bundleWorker('wrangler.encoder.toml', OUT_DIR),
  };
}

/** Bundle a Worker's [env.local]; takes seconds. Static assets are left out. */
export function bundleWorker(config: string, outDir: string): BundledModules {
  const wrangler = join('node_modules', 'wrangler', 'bin', 'wrangler.js');
  const noAssets = join(outDir, 'no-assets');
  mkdirSync(noAssets, { recursive: true });
  const args = [
    wrangler,
    'deploy',
    '--dry-run',
    '-c',
    config,
    '--env',
    'local',
    '--outdir',
    outDir,
    '--assets',
    noAssets,
  ];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const modules = readdirSync(outDir)
    .filter((file) => /\.(js|wasm|onnx|txt|json)$/.test(file))
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
    .map((file) => ({
      type: moduleType(file),
      path: join(outDir, file),
      contents: readFileSync(join(outDir, file)),
    }));
  return { modulesRoot: outDir, modules };
}

function moduleType(file: string): 'ESModule' | 'CompiledWasm' | 'Text' | 'Data' {
  if (file.endsWith('.js')) return 'ESModule';
  if (file.endsWith('.txt')) return 'Text';
  return file.endsWith('.wasm') ? 'CompiledWasm' : 'Data';
}
