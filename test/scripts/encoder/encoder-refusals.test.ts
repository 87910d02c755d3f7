import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_MODEL } from '../../../scripts/clip/model-folder.ts';
import { startEncoder } from './encoder-process.ts';

/** The process ends: what it said, in one line. */
async function refusal(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const outcome: unknown = await startEncoder(args, environment).then(
    ({ child }) => child.kill('SIGKILL'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('expected no encoder, got one that serves');
  return outcome.message.replace(/^the encoder ended with /, '').trim();
}

it('ends with 1 and one line: another address without keys, a port that is taken, no such model', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  try {
    const refusals = await Promise.all([
      refusal(['--host', '0.0.0.0']),
      refusal(['--port', port, '--threads', '1']),
      refusal(['--model', 'no/such-model']),
      refusal([], { ENCODER_KEYS: 'short' }),
    ]);
    expect(refusals).toEqual([
      expect.stringMatching(
        /^1: encoder: --host 0\.0\.0\.0 can be reached from other machines, .*ENCODER_KEYS.*--open\.$/,
      ),
      expect.stringMatching(new RegExp(`^1: encoder: port ${port} of 127\\.0\\.0\\.1 is in use\\..*--port`)),
      expect.stringMatching(/^1: encoder: There is no model no\/such-model: /),
      expect.stringMatching(/^1: encoder: ENCODER_KEYS: a key has 5 characters, expected at least 16\./),
    ]);
  } finally {
    listener.close();
  }
});

it('ends with 1 and says what is wrong with a model that is cut off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-cut-model-'));
  try {
    cpSync(DEFAULT_MODEL, folder, { recursive: true });
    rmSync(join(folder, 'encoder.json'));
    truncateSync(join(folder, 'onnx/vision_model_quantized.onnx'), 100_000);
    const lines = (await refusal(['--model', folder, '--threads', '1'])).split('\n');
    expect(lines.at(-1)).toMatch(/^encoder: The model \S+alignql-cut-model-\w+ cannot be run: .*protobuf/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Where a card and all of its libraries are, there is nothing to refuse. */
it('ends with 1 and names each library that --device cuda lacks', async ({ skip }) => {
  const outcome = await refusal(['--device', 'cuda']).catch(() => null);
  if (outcome === null) return skip('this machine has CUDA');
  expect(outcome).toMatch(
    /^1: encoder: --device cuda: this machine lacks [^:]*\blibonnxruntime_providers_cuda\.so\b[^:]*: .*--device cpu$/,
  );
  expect(outcome).toContain('ONNXRUNTIME_NODE_INSTALL=cuda12');
});
