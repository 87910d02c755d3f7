import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeBinding } from './node-binding.ts';
import { type OpenVectorize, openVectorize } from './open-vectorize.ts';

/** Calls what it is told to of its binding, one after the other. */
const SCRIPT = `export default {
  async fetch(request, { VECTORS }) {
    const answers = [];
    for (const [method, ...values] of await request.json()) {
      try {
        answers.push(await VECTORS[method](...values));
      } catch (error) {
        answers.push(String(error));
      }
    }
    return Response.json(answers);
  },
};`;

let vectorize: OpenVectorize;
let miniflare: Miniflare;
beforeAll(async () => {
  vectorize = await openVectorize();
  vectorize.create('real', { dimensions: 2, metric: 'cosine' });
  miniflare = new Miniflare({
    modules: true,
    script: SCRIPT,
    compatibilityDate: '2026-07-01',
    vectorize: { VECTORS: { index_name: 'real', remoteProxyConnectionString: vectorize.bindingUrl('real') } },
  });
});
afterAll(async () => {
  await miniflare.dispose();
  await vectorize.close();
});

const CALLS: [method: keyof ReturnType<typeof nodeBinding>, ...unknown[]][] = [
  ['upsert', [{ id: 'a', values: [1, 0], namespace: 'n', metadata: { kind: 'x' } }]],
  ['insert', [{ id: 'b', values: [0, 1], namespace: 'n' }]],
  ['describe'],
  ['query', [1, 0], { topK: 100, namespace: 'n' }],
  ['query', [1, 0], { topK: 50, returnMetadata: 'all', returnValues: true }],
  ['query', [1, 0], { topK: 101 }],
  ['query', [1, 0, 0]],
  ['queryById', 'b', { topK: 1 }],
  ['getByIds', ['a', 'c']],
  ['getByIds', Array.from({ length: 21 }, (_, i) => String(i))],
  ['upsert', [{ id: 'a'.repeat(65), values: [1, 0] }]],
  ['deleteByIds', ['a']],
];

/** Ids of mutations are new each time. */
function withoutIds(answers: unknown[]): unknown[] {
  return JSON.parse(JSON.stringify(answers).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid')) as unknown[];
}

it("answers workerd's own binding as it answers the one of tests in Node", async () => {
  const worker = await miniflare.getWorker();
  const inWorkerd: unknown[] = [];
  const inNode: unknown[] = [];
  const twin = vectorize.create('twin', { dimensions: 2, metric: 'cosine' });
  const binding = nodeBinding(twin);
  for (const call of CALLS) {
    const response = await worker.fetch('http://test/', { method: 'POST', body: JSON.stringify([call]) });
    inWorkerd.push(...((await response.json()) as unknown[]));
    const [method, ...values] = call;
    const ask = binding[method] as (...given: unknown[]) => Promise<unknown>;
    inNode.push(await ask(...values).catch(String));
    vectorize.account.indexes.get('real')?.settle();
    twin.settle();
  }
  expect(withoutIds(inWorkerd)).toEqual(withoutIds(inNode));
  expect(inWorkerd[3]).toEqual({
    count: 2,
    matches: [
      { id: 'a', namespace: 'n', score: 1 },
      { id: 'b', namespace: 'n', score: 0 },
    ],
  });
  expect(inWorkerd[6]).toContain('(code = 40006): invalid query vector, expected 2 dimensions');
});
