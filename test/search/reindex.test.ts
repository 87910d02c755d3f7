import type { KVNamespace } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { build } from 'vite';
import { projectKv } from '../../scripts/kv/local-kv.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { makeCorpus } from './made-corpus.ts';

const record = buildSelection(7, { projection: 'mask', fusion: 'identity', dim: 24, k: 9 });
const START = Date.parse('2026-11-25T00:00:00.000Z');
const HOUR_MS = 3_600_000;
/** Tells a hang, not a slow machine. */
const HANGS_MS = 300_000;
const COUNT = 200;

let script: string;
let miniflare: Miniflare;
let kv: WritableCorpusKv;

beforeAll(async () => {
  const entry = new URL('./reindex-worker.ts', import.meta.url).pathname;
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry, formats: ['es'], fileName: 'worker' },
    },
  });
  const [{ output }] = result as { output: { code: string }[] }[];
  script = output[0].code;
});
beforeEach(async () => {
  const worker = (name: string, delayMs: number) => ({
    name,
    modules: true as const,
    script,
    kvNamespaces: ['CORPORA'],
    bindings: { DELAY_MS: delayMs },
    compatibilityDate: '2026-07-01',
  });
  miniflare = new Miniflare({ workers: [worker('slow', 800), worker('quick', 0)] });
  kv = projectKv((await miniflare.getKVNamespace('CORPORA', 'quick')) as unknown as KVNamespace);
});
afterEach(() => miniflare.dispose());

interface Answer {
  readonly isComplete: boolean;
  readonly scanned: number;
  readonly metadata: readonly string[];
}

async function ask(name: 'quick' | 'slow'): Promise<Answer> {
  const worker = await miniflare.getWorker(name);
  const response = await worker.fetch('https://search.test/');
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

/** Version 1 has 201 vectors, version 2 has 202, ...; each an hour after the one before. */
async function publish(version: number, previous: CorpusManifest | null): Promise<CorpusManifest> {
  const { manifest } = await makeCorpus(kv, {
    plan: 'compact',
    record,
    count: COUNT + version,
    segmentSize: 60,
    seed: version,
    previous,
    metadata: () => ({ version }),
    now: new Date(START + version * HOUR_MS).toISOString(),
  });
  return manifest;
}

it('shows every isolate a corpus anew, without a search that fails or mixes two versions', async () => {
  let manifest = await publish(1, null);
  const seen = { quick: new Set<number>(), slow: new Set<number>() };
  let isOver = false;
  const searchOn = async (name: 'quick' | 'slow'): Promise<void> => {
    while (!isOver) {
      const { isComplete, scanned, metadata } = await ask(name);
      const version = scanned - COUNT;
      expect({ isComplete, metadata }).toEqual({
        isComplete: true,
        metadata: Array(20).fill(JSON.stringify({ version })),
      });
      seen[name].add(version);
    }
  };
  const searching = Promise.all([searchOn('quick'), searchOn('quick'), searchOn('slow')]);
  searching.catch(() => undefined); // awaited below
  for (const version of [2, 3, 4]) {
    await vi.waitFor(() => expect([...seen.quick, ...seen.slow]).toContain(version - 1), {
      timeout: HANGS_MS,
    });
    manifest = await publish(version, manifest);
    // The segments of the version before the last are deleted by now.
    expect(manifest.retired.length).toBeGreaterThan(0);
    await vi.waitFor(
      () => {
        expect(seen.quick.has(version)).toBe(true);
        expect(seen.slow.has(version)).toBe(true);
      },
      { timeout: HANGS_MS },
    );
  }
  isOver = true;
  await searching;
});
