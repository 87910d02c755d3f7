import { afterEach, describe, expect, it } from 'vitest';
import { dataOf, openClient } from '../../bench/workerd/client.ts';
import { cpuMicroseconds, cpuPerRequest } from '../../bench/workerd/cpu.ts';
import { memoryOf } from '../../bench/workerd/process-memory.ts';
import { type RunningWorkerd, startWorkerd } from '../../bench/workerd/start-workerd.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Tells what its bindings give. */
const TELLING = `export default {
  async fetch(request, env) {
    const key = new Request('https://cache.example/a');
    await caches.default.put(key, new Response('kept', { headers: { 'cache-control': 'max-age=60' } }));
    const data = {
      kept: await env.SELECTIONS.get('a name'),
      missing: await env.SELECTIONS.get('none'),
      corpus: await env.CORPORA.get('part', 'text'),
      vectors: await env.AI.run('model', { texts: ['a', 'b'] }),
      cached: (await caches.default.match(key)) ?? null,
      variable: env.MODE,
      asked: await request.json(),
    };
    return Response.json({ data });
  },
};`;

describe.runIf(process.platform === 'linux')('startWorkerd', () => {
  const folder = temporaryFolder();
  const running: RunningWorkerd[] = [];
  afterEach(async () => {
    for (const workerd of running.splice(0)) await workerd.stop();
  });

  async function start(code: string, options: object = {}): Promise<RunningWorkerd> {
    folder.put('index.js', code);
    const workerd = await startWorkerd({
      worker: { folder: folder.path(), modules: ['index.js'] },
      ...options,
    });
    running.push(workerd);
    return workerd;
  }

  it('gives a Worker its KV, files, variables, vectors and an empty cache', async () => {
    folder.put('corpora/part', 'of a corpus');
    const entries = { 'a name': { base64: btoa('a value'), metadata: null } };
    const corpora = `${folder.path()}/corpora`;
    const { url } = await start(TELLING, { entries, corpora, vars: { MODE: 'say "this"' }, aiDim: 3 });
    const client = openClient(url);
    expect(dataOf(await client.post('{"query":1}'))).toEqual({
      kept: 'a value',
      missing: null,
      corpus: 'of a corpus',
      vectors: {
        shape: [2, 3],
        data: [
          [1, 1, 1],
          [1, 1, 1],
        ],
      },
      cached: null,
      variable: 'say "this"',
      asked: { query: 1 },
    });
    client.close();
  });

  it('is a process whose CPU and memory can be read, and is gone when stopped', async () => {
    const workerd = await start(`export default { fetch: () => Response.json({ data: {} }) };`);
    const before = cpuMicroseconds(workerd.pid);
    const asked: string[] = [];
    const { only } = await cpuPerRequest({ only: workerd }, '{}', { rounds: 2, requests: 20 }, (answer) => {
      asked.push(answer.text);
    });
    expect(asked).toEqual(['{"data":{}}', '{"data":{}}', '{"data":{}}']);
    expect(only.min).toBeGreaterThan(0);
    // Two rounds of twenty are part of what the process has spent since.
    expect(cpuMicroseconds(workerd.pid) - before).toBeGreaterThan(20 * (only.min + only.max));
    const { resident, peak, own } = memoryOf(workerd.pid);
    expect(own).toBeGreaterThan(0);
    expect(resident).toBeGreaterThan(own);
    expect(peak).toBeGreaterThanOrEqual(resident);
    await workerd.stop();
    expect(() => process.kill(workerd.pid, 0)).toThrow('ESRCH');
  });

  it('says so when workerd ends before it listens', async () => {
    await expect(start('export default {};', { flags: ['--no-such-flag'] })).rejects.toThrow(
      'workerd ended with 1 before it listened',
    );
  });
});
