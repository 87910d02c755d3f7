import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { corpusKey, nameKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { startCanary } from '../../src/storage/canary.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { writeCorpus } from './corpora.ts';
import { ENDPOINT, ask, fullModel, publish, readAnswer, recordOf, vector } from './setup.ts';

const SELECTION = 'query ($name: String!) { selection(name: $name) { id } }';

interface Answer {
  readonly id: string;
  readonly timing: string | null;
}

/** One after the other: in an isolate that all files of tests share, many at once wait for each other longer than storage may take. */
async function askFromAll(addresses: readonly string[], name: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const address of addresses) answers.push(await askFrom(address, name));
  return answers;
}

async function askFrom(address: string, name: string): Promise<Answer> {
  const response = await exports.default.fetch(
    new Request(ENDPOINT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-connecting-ip': address },
      body: JSON.stringify({ query: SELECTION, variables: { name } }),
    }),
  );
  const timing = response.headers.get('server-timing');
  return { id: String((await readAnswer(response)).data.selection.id), timing };
}

it('gives a share of the callers a canary’s record, each always the same one, and tells which', async () => {
  const name = 'canary-shared';
  const id = await publish(name, recordOf(fullModel));
  const bytes = encodeSelection(recordOf(fullModel, { seed: 8 }));
  const at = { createdAt: '2026-11-25T03:00:00.000Z', share: 50 };
  const { canary } = await startCanary(env.SELECTIONS as unknown as SelectionKv, name, bytes, at);
  const addresses = Array.from({ length: 12 }, (_, i) => `192.0.2.${i}`);
  const first = await askFromAll(addresses, name);
  expect(new Set(first.map((answer) => answer.id))).toEqual(new Set([id, canary.id]));
  for (const { id: given, timing } of first) expect(timing).toBe(`selection;desc="${given}"`);
  expect(await askFromAll(addresses, name)).toEqual(first);
});

it('tells no record in Server-Timing while no canary runs', async () => {
  await publish('canary-none', recordOf(fullModel));
  expect((await askFrom('192.0.2.1', 'canary-none')).timing).toBeNull();
});

it('says that storage failed for a name or corpus that stands where another belongs, or has a digit changed', async () => {
  const id = await publish('canary-a', recordOf(fullModel));
  const pointer = await env.SELECTIONS.get(nameKey('canary-a'), 'arrayBuffer');
  await env.SELECTIONS.put(nameKey('canary-b'), pointer ?? '');
  expect((await ask(SELECTION, { name: 'canary-b' })).errors).toMatchObject([
    { extensions: { code: 'STORAGE_FAILED', retryable: true } },
  ]);
  await writeCorpus('canary-corpus', id, [{ id: 'x', vector: [1, 0, 0, 0] }]);
  const bytes = new Uint8Array((await env.CORPORA.get(corpusKey('canary-corpus'), 'arrayBuffer')) ?? []);
  const at = new TextDecoder().decode(bytes).lastIndexOf('"spread":[1') + '"spread":['.length;
  await env.CORPORA.put(corpusKey('canary-corpus'), bytes.with(at, '2'.charCodeAt(0)));
  const search = `query ($vector: Vector!) {
    search(corpus: "canary-corpus", text: { embedding: { vector: $vector, encoder: "other-encoder" } }) { edges { id } }
  }`;
  expect((await ask(search, { vector: vector([1, 0, 0, 0]) })).errors).toMatchObject([
    { message: expect.stringMatching(/checksum/) as string, extensions: { code: 'STORAGE_FAILED' } },
  ]);
});
