import { describe, expect, it } from 'vitest';
import { askContainer, hasKey } from '../../src/encoder-container.ts';

/** Stands for `ctx.container`, which needs Docker: its port answers after so many tries, as one that is not listened on does not. */
function containerOf(triesUntilServing: number, running = false) {
  const calls: string[] = [];
  let tries = 0;
  const port = {
    fetch: async (input: RequestInfo, init?: RequestInit) => {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      if (pathname !== '/health')
        return new Response(`${request.method} ${pathname}${search} ${await request.text()}`);
      if (++tries < triesUntilServing)
        throw new Error('The container is not listening in the TCP address 10.0.0.1:7997');
      return new Response('{}');
    },
  };
  const container = {
    running,
    start: (options?: ContainerStartupOptions) => void calls.push(`start ${JSON.stringify(options)}`),
    monitor: () => new Promise<void>(() => undefined),
    setInactivityTimeout: async (ms: number | bigint) => void calls.push(`idle ${ms}`),
    getTcpPort: (number: number) => {
      calls.push(`port ${number}`);
      return port as unknown as Fetcher;
    },
  };
  return { container, calls };
}

const request = (): Request =>
  new Request('https://encoder.example/v1/embeddings?a=b', { method: 'POST', body: 'x' });

describe('the Worker in front of a container', () => {
  it('starts it with the keys and without the internet, waits until it serves, and hands the request on', async () => {
    const { container, calls } = containerOf(4);
    const waits: number[] = [];
    const answer = await askContainer(container, request(), 'the-keys', async (ms) => void waits.push(ms));
    expect(await answer.text()).toBe('POST /v1/embeddings?a=b x');
    expect(calls).toEqual([
      'start {"env":{"ENCODER_KEYS":"the-keys"},"enableInternet":false}',
      'idle 600000',
      'port 7997',
    ]);
    expect(waits).toHaveLength(3);
  });

  it('starts none that runs, and answers 503 for one that never serves', async () => {
    const { container, calls } = containerOf(Infinity, true);
    const answer = await askContainer(container, request(), '', async () => undefined);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await answer.json()).toMatchObject({ error: { code: 'ENCODER_BUSY', type: 'server_error' } });
    expect(calls).toEqual(['port 7997']);
  });

  it('lets in who has one of the keys, and nobody where there are none', async () => {
    const keys = 'first-key-of-tests, second-key-of-tests';
    const headers = [
      'Bearer first-key-of-tests',
      'bearer second-key-of-tests',
      'Bearer other',
      'Bearer ',
      '',
      null,
    ];
    const known = await Promise.all(headers.map((header) => hasKey(header, keys)));
    expect(known).toEqual([true, true, false, false, false, false]);
    expect(await hasKey('Bearer ,', '')).toBe(false);
    expect(await hasKey('Bearer undefined', '')).toBe(false);
  });
});
