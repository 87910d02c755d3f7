import { setTimeout as sleep } from 'node:timers/promises';
import { Miniflare } from 'miniflare';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { build } from 'vite';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';

// workerd ties I/O to the request that began it; these show that a read shared between requests survives that.

let script: string;
let miniflare: Miniflare;
let id: string;
let url: URL;

beforeAll(async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: {
        entry: new URL('./slow-kv-worker.ts', import.meta.url).pathname,
        formats: ['es'],
        fileName: 'worker',
      },
    },
  });
  const [{ output }] = result as { output: { code: string }[] }[];
  script = output[0].code;
});

beforeEach(async () => {
  miniflare = new Miniflare({
    modules: true,
    script,
    kvNamespaces: ['SELECTIONS'],
    compatibilityDate: '2026-07-01',
  });
  const kv = (await miniflare.getKVNamespace('SELECTIONS')) as unknown as SelectionKv;
  ({ id } = await publishSelection(kv, 'default', encodeSelection(buildSelection(1)), {
    createdAt: '2026-11-24T03:00:00.000Z',
  }));
  url = await miniflare.ready;
});
afterEach(() => miniflare.dispose());

it('answers concurrent requests of a cold isolate from one read of the name and one of the record', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(url)).json()));
  expect(answers).toEqual(Array(8).fill({ id, kvCalls: 2 }));
});

it('answers a request that waits for the read of another one whose client went away', async () => {
  const impatient = new AbortController();
  const first = fetch(url, { signal: impatient.signal }).catch((error: Error) => error.name);
  await sleep(200); // the first request is in its slow read of the name
  const second = fetch(url);
  await sleep(200);
  impatient.abort();
  expect(await first).toBe('AbortError');
  expect(await (await second).json()).toEqual({ id, kvCalls: 2 });
});
