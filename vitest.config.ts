import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { bundledEncoderWorker } from './test/worker/encoder-worker.ts';
import { outboundNetwork } from './test/worker/network.ts';

/**
 * Tests start some hundreds of commands, and most of a short command's time goes into reading its TypeScript: Node keeps
 * what it compiled there. The programs started by tests inherit it.
 */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

/** What the person who runs the tests has deployed is nothing to them. */
process.env.ALIGNQL_DEPLOYMENT = fileURLToPath(new URL('node_modules/.cache/none.toml', import.meta.url));

/** Tells a hang, not a slow machine: no test is to fail because another program wants the cores. */
const HANGS_MS = 600_000;

/**
 * Three kinds of place: plain Node; workerd with real local KV; the whole thing as `npm start` serves it, for the page in
 * headless Chromium and for the documents' commands. `npx vitest run --project node` runs one.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'test/{core,format,precompute,clip,graphql,pipeline,rest,scripts,search,storage,telemetry,use-cases}/**/*.test.ts',
          ],
          // Vitest leaves one core free, which is every second one of two.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(() => ({
            wrangler: { configPath: './wrangler.toml', environment: 'local' },
            miniflare: {
              workers: [bundledEncoderWorker()],
              outboundService: outboundNetwork,
              // A line for each of ten thousand requests would bury what a test prints.
              bindings: { REQUEST_LOG: 'off' },
            },
          })),
        ],
        test: {
          name: 'worker',
          globalSetup: ['test/global-setup.ts'],
          include: ['test/worker/**/*.test.ts'],
          // One workerd for all files: each would load 14 MB of WebAssembly and both models again.
          isolate: false,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
      {
        test: {
          name: 'served',
          include: ['test/{page,docs,served,client}/**/*.test.ts'],
          // Starts the server once, for all files.
          globalSetup: ['test/page/global-setup.ts'],
          // One browser at a time: two cores hold the server and Chromium already.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
    ],
  },
});
