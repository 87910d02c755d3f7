import { build } from 'esbuild';
import { Miniflare, type Request, Response } from 'miniflare';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/** A client at module scope: its calls belong to many requests of the Worker. */
const WORKER = `
import { createClient } from './packages/client/src/index.ts';
const E = { vector: [1], encoder: 'e' };
const clients = new Map();
export default {
  async fetch(request) {
    const { host, milliseconds } = await request.json();
    if (!clients.has(host)) clients.set(host, createClient({ url: 'https://' + host, key: 'alignql_k' }));
    const client = clients.get(host);
    const signal = AbortSignal.timeout(milliseconds);
    const calls = [1, 2].map((n) => client.align(E, { ...E, vector: [n] }, { signal }));
    const results = await Promise.allSettled(calls);
    return Response.json(results.map(({ value, reason }) => value?.cosine ?? (reason.name === 'AlignqlError' ? reason.code : reason.name)));
  },
};`;
const LIMITS = Object.fromEntries(
  'images texts encodedImages encodedTexts pairs urls selections bodyBytes totalImageBytes queryFields queryRootFields queryAliases'
    .split(' ')
    .map((name) => [name, 1_000_000]),
);
const RANKED = {
  items: [0, 1].map((index) => ({ index, cosine: index + 1, error: null })),
  selection: 'default',
  provenance: { encoder: 'e' },
};

describe('a client that serves many requests of one Worker', () => {
  let miniflare: Miniflare;
  let slow: Promise<void> | null;
  let asked: { readonly host: string; readonly key: string | null }[];

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: WORKER, resolveDir: '.' },
      bundle: true,
      format: 'esm',
      write: false,
    });
    miniflare = new Miniflare({
      modules: true,
      script: outputFiles[0].text,
      // Of before workerd took the key off a redirect to another origin by itself.
      compatibilityDate: '2025-06-01',
      outboundService: answer,
    });
  });
  afterAll(() => miniflare.dispose());
  beforeEach(() => {
    slow = null;
    asked = [];
  });

  async function answer(request: Request): Promise<Response> {
    const { host } = new URL(request.url);
    asked.push({ host, key: request.headers.get('authorization') });
    if (host === 'moved.test') {
      return new Response(null, { status: 307, headers: { location: 'https://other.test/graphql' } });
    }
    const isLimits = (await request.text()).includes('query limits');
    if (isLimits) await slow;
    return Response.json({ data: isLimits ? { f0: LIMITS } : { f0: RANKED } });
  }

  async function ask(host: string, milliseconds: number): Promise<unknown> {
    const body = JSON.stringify({ host, milliseconds });
    return (await miniflare.dispatchFetch('https://worker.test/', { method: 'POST', body })).json();
  }

  it('asks the limits anew for a request after the one that began to ask has ended', async () => {
    let go = (): void => undefined;
    slow = new Promise((resolve) => {
      go = resolve;
    });
    expect(await ask('slow.test', 300)).toEqual(['TimeoutError', 'TimeoutError']);
    go();
    expect(await ask('slow.test', 20_000)).toEqual([1, 2]);
    expect(await ask('slow.test', 20_000)).toEqual([1, 2]);
    // The limits that were waited for in vain, the limits and the calls, the calls of the last.
    expect(asked).toHaveLength(4);
  });

  it('does not follow a redirect, which would take the key to another origin', async () => {
    expect(await ask('moved.test', 20_000)).toEqual(['UNEXPECTED_ANSWER', 'UNEXPECTED_ANSWER']);
    expect(asked).toEqual([{ host: 'moved.test', key: 'Bearer alignql_k' }]);
  });
});
