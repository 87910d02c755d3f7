import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from 'miniflare';

const OUT_DIR = '.wrangler/test-encoder';

/**
 * The encoder Worker, bundled by wrangler as it would be deployed, for miniflare to run beside the API Worker under test.
 * Runs in Node, while vitest is configured.
 */
export function bundledEncoderWorker(): WorkerOptions {
  const wrangler = join('node_modules', 'wrangler', 'bin', 'wrangler.js');
  const args = ['deploy', '--dry-run', '-c', 'wrangler.encoder.toml', '--env', 'local', '--outdir', OUT_DIR];
  execFileSync(process.execPath, [wrangler, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    name: 'alignql-encoder',
    compatibilityDate: '2026-07-01',
    modulesRoot: OUT_DIR,
    modules: readdirSync(OUT_DIR)
      .filter((file) => !/\.(map|md)$/.test(file))
      .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
      .map((file) => ({
        type: moduleType(file),
        path: join(OUT_DIR, file),
        contents: readFileSync(join(OUT_DIR, file)),
      })),
  };
}

function moduleType(file: string): 'ESModule' | 'CompiledWasm' | 'Data' {
  if (file.endsWith('.js')) return 'ESModule';
  return file.endsWith('.wasm') ? 'CompiledWasm' : 'Data';
}
