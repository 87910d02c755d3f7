import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Miniflare } from 'miniflare';

const PROJECT = path.resolve(import.meta.dirname, '../..');

interface AiService {
  run(model: string, inputs: unknown, options?: unknown): Promise<{ data: number[][]; shape: number[] }>;
}

export interface EdgeEncoder {
  /** The encoder Worker as another Worker sees it behind its `AI` binding. */
  readonly ai: AiService;
  stop(): Promise<void>;
}

/**
 * Bundle the encoder Worker as a deployment would and run it in workerd.
 * @param config a wrangler configuration whose main is src/encoder.ts
 */
export async function startEdgeEncoder(config = 'wrangler.encoder.toml'): Promise<EdgeEncoder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alignql-encoder-'));
  await bundle(config, folder);
  const files = await readdir(folder);
  const main = files.find((name) => name === 'encoder.js');
  if (main === undefined) throw new Error(`The bundle holds ${files.join(', ')}, expected encoder.js`);
  const miniflare = new Miniflare({
    workers: [
      {
        name: 'caller',
        modules: true,
        script: 'export default { fetch: () => new Response() }',
        compatibilityDate: '2026-07-01',
        serviceBindings: { AI: { name: 'encoder', entrypoint: 'AI' } },
      },
      {
        name: 'encoder',
        modulesRoot: folder,
        modules: [
          { type: 'ESModule', path: path.join(folder, main) },
          ...files
            .filter((name) => name.endsWith('.wasm'))
            .map((name) => ({ type: 'CompiledWasm' as const, path: path.join(folder, name) })),
          ...files
            .filter((name) => /\.(onnx|json)$/.test(name))
            .map((name) => ({ type: 'Data' as const, path: path.join(folder, name) })),
        ],
        compatibilityDate: '2026-07-01',
      },
    ],
  });
  const { AI: service } = await miniflare.getBindings<{ AI: AiService }>('caller');
  return {
    // Miniflare's proxy throws some failures before it gives a promise.
    ai: { run: async (...args) => service.run(...args) },
    async stop() {
      await miniflare.dispose();
      await rm(folder, { recursive: true });
    },
  };
}

async function bundle(config: string, folder: string): Promise<void> {
  const wrangler = path.join(PROJECT, 'node_modules/wrangler/bin/wrangler.js');
  const args = [
    wrangler,
    'deploy',
    '--dry-run',
    '--env',
    '',
    '--outdir',
    folder,
    '--config',
    path.resolve(PROJECT, config),
  ];
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    env: { ...process.env, WRANGLER_LOG_PATH: folder },
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`wrangler could not bundle ${config}:\n${output}`);
}
