import { spawn } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL } from '../../scripts/clip/model-folder.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function model(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/model.ts', ...args], { cwd: PROJECT });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Serves models/tiny-clip under the URLs of the hub, as two repositories: a whole one and one without ONNX files. */
function startHub(): Promise<Server> {
  const server = createServer((request, response) => {
    const match = /^\/acme\/(clip|bare)\/resolve\/main\/(.+)$/.exec(request.url ?? '');
    const file = match === null ? '' : path.join(DEFAULT_MODEL, match[2]);
    if (match === null || (match[1] === 'bare' && match[2].startsWith('onnx/')) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': statSync(file).size });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('npm run model', () => {
  let hub: Server;
  let folder: string;
  let host: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alignql-fetch-'));
    hub = await startHub();
    host = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    hub.close();
    await rm(folder, { recursive: true });
  });

  it('fetches a model from the hub, describes it and can encode with it', async () => {
    const out = path.join(folder, 'deep/clip');
    const fetched = await model('fetch', 'acme/clip', '--host', host, '--out', out);
    expect(fetched).toMatchObject({ code: 0 });
    const described = JSON.parse(fetched.stdout) as { id: string; dim: number; fingerprint: string };
    expect(described).toMatchObject({ id: 'acme/clip', dim: 256 });
    const written = JSON.parse(await readFile(path.join(out, 'encoder.json'), 'utf8')) as {
      files: object;
      revision: string;
    };
    expect(written.revision).toBe('main');
    // The same bytes as the embedded model's, so the same fingerprint.
    const embedded = JSON.parse(await readFile(path.join(DEFAULT_MODEL, 'encoder.json'), 'utf8')) as {
      files: object;
      fingerprint: string;
    };
    expect(written.files).toEqual(embedded.files);
    expect(described.fingerprint).toBe(embedded.fingerprint);
    const checked = await model('check', out);
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      id: 'acme/clip',
      dim: 256,
      fingerprint: embedded.fingerprint,
    });
  });

  it('leaves nothing behind when the repository has no ONNX files', async () => {
    const out = path.join(folder, 'bare');
    const { code, stdout, stderr } = await model('fetch', 'acme/bare', '--host', host, '--out', out);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('acme/bare at main gave no CLIP in precision q8');
    expect(stderr).toContain('--from');
    expect(existsSync(out)).toBe(false);
  });

  it('says what to do when the hub cannot be reached', async () => {
    const { code, stderr } = await model(
      'fetch',
      'openai/clip-vit-base-patch32',
      '--host',
      'http://127.0.0.1:9',
      '--out',
      path.join(folder, 'x'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('taking the ONNX files of Xenova/clip-vit-base-patch32');
    expect(stderr).toMatch(
      /The hub cannot be reached \(.*\)\. Run this where it can, or copy a folder with config\.json/,
    );
  });

  it('describes a folder under a given id, once and for all', async () => {
    const out = path.join(folder, 'described');
    await cp(DEFAULT_MODEL, out, { recursive: true, filter: (source) => !source.endsWith('_model.onnx') });
    await rm(path.join(out, 'encoder.json'));
    expect(await model('describe', out, '--id', 'mine')).toMatchObject({ code: 0 });
    expect(JSON.parse((await model('describe', out)).stdout)).toMatchObject({ id: 'mine' });
  });

  it.each([
    ['a model that is not there', ['check', 'acme/nowhere'], 'There is no model acme/nowhere'],
    [
      'a folder that is no model',
      ['describe', path.join(PROJECT, 'docs')],
      'lacks onnx/text_model_quantized.onnx or onnx/text_model.onnx',
    ],
    ['an unknown precision', ['fetch', 'a/b', '--precision', 'q2'], 'Allowed choices are q8, fp32'],
  ])('leaves with 1 on %s', async (_, args, message) => {
    const { code, stderr } = await model(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  it('names a file that is no JSON', async () => {
    const out = path.join(folder, 'broken');
    await cp(DEFAULT_MODEL, out, { recursive: true, filter: (source) => !source.endsWith('_model.onnx') });
    await writeFile(path.join(out, 'config.json'), '{');
    const { code, stderr } = await model('describe', out);
    expect(code).toBe(1);
    expect(stderr).toContain(`${path.join(out, 'config.json')} is no JSON`);
  });
});
