import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL } from '../../scripts/clip/model-folder.ts';
import { writeMadeModel } from './made-models/made-folder.ts';
import { startStandInHub, type StandInHub } from './stand-in-hub.ts';

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

/** Those that the catalogue must have, whatever else it has. */
const CATALOGUED = [
  'openai/clip-vit-base-patch32',
  'openai/clip-vit-base-patch16',
  'openai/clip-vit-large-patch14',
  'apple/MobileCLIP-S0',
  'apple/MobileCLIP-S1',
  'apple/MobileCLIP-S2',
  'google/siglip-base-patch16-224',
  'google/siglip2-base-patch16-224',
  'jinaai/jina-clip-v1',
  'jinaai/jina-clip-v2',
  'sentence-transformers/clip-ViT-B-32-multilingual-v1',
];

const DESCRIPTION = JSON.stringify({ id: 'acme/clip', dim: 2, fingerprint: 'f'.repeat(64), files: {} });

/** Hash by path of all files of a folder. */
async function contentOf(out: string): Promise<Record<string, string>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  const hash = async (file: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  return Object.fromEntries(
    await Promise.all(paths.map(async (file) => [path.relative(out, file), await hash(file)] as const)),
  );
}

describe('npm run model', () => {
  let hub: StandInHub;
  let folder: string;
  let host: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alignql-fetch-'));
    hub = await startStandInHub();
    host = hub.host;
    hub.repositories.set('acme/clip', { folder: DEFAULT_MODEL });
    hub.repositories.set('acme/bare', { folder: DEFAULT_MODEL, without: /^onnx/ });
    hub.repositories.set('acme/cut', { folder: DEFAULT_MODEL, weights: { endsAt: 100_000 } });
  });
  afterAll(async () => {
    hub.stop();
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

  it('replaces a model of an earlier fetch, whole, and only by a whole one', async () => {
    const out = path.join(folder, 'again');
    expect(await model('fetch', 'acme/clip', '--host', host, '--out', out)).toMatchObject({ code: 0 });
    const inode = statSync(out).ino;
    const before = await contentOf(out);
    const cut = await model('fetch', 'acme/cut', '--host', host, '--out', out);
    expect(cut).toMatchObject({ code: 1, stdout: '' });
    expect(await contentOf(out)).toEqual(before);
    expect(statSync(out).ino).toBe(inode);
    expect(cut.stderr).toContain('onnx/text_model_quantized.onnx did not arrive');
    expect(await model('fetch', 'acme/clip', '--host', host, '--out', out)).toMatchObject({ code: 0 });
    expect(await contentOf(out)).toEqual(before);
    expect(statSync(out).ino).not.toBe(inode);
  });

  it.each([
    ['a folder of other things', { 'thesis.tex': 'years of work' }, 'it holds thesis.tex'],
    ['things beside a model', { 'encoder.json': DESCRIPTION, 'notes/a.md': 'x' }, 'it holds notes'],
    [
      'weights beside a model',
      { 'encoder.json': DESCRIPTION, 'onnx/mine.txt': 'x' },
      'it holds onnx/mine.txt',
    ],
    ['a model that nothing describes', { 'config.json': '{}' }, 'it holds no encoder.json'],
    ['an encoder.json of something else', { 'encoder.json': '{}' }, 'it holds no encoder.json'],
  ])('leaves %s alone', async (_, files, message) => {
    const out = await mkdtemp(path.join(folder, 'taken-'));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(out, name)), { recursive: true });
      await writeFile(path.join(out, name), content);
    }
    const before = await contentOf(out);
    const { code, stderr } = await model('fetch', 'acme/clip', '--host', host, '--out', out);
    expect(stderr).toContain(`${out} stays as it is: ${message}`);
    expect(code).toBe(1);
    expect(await contentOf(out)).toEqual(before);
  });

  it('leaves the embedded model alone, and a file', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'x');
    for (const out of [DEFAULT_MODEL, file, PROJECT, '/']) {
      const { code, stderr } = await model('fetch', 'acme/clip', '--host', host, '--out', out);
      expect(stderr).toContain(`${out} stays as it is`);
      expect(code).toBe(1);
    }
    expect(await readFile(file, 'utf8')).toBe('x');
  });

  it('goes into an empty folder, through a symbolic link too', async () => {
    const [empty, link] = [path.join(folder, 'empty'), path.join(folder, 'link')];
    await mkdir(empty);
    await symlink(empty, link);
    const { code, stdout } = await model('fetch', 'acme/clip', '--host', host, '--out', link);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ folder: empty });
    expect(existsSync(path.join(empty, 'encoder.json'))).toBe(true);
  });

  it.each([
    [['../../etc'], 'the id "../../etc" is no id of the hub'],
    [['acme/clip', '--from', '../clip'], '--from "../clip" is no id of the hub'],
    [['acme/clip', '--revision', '../../..'], '--revision "../../.."'],
    [['acme/clip', '--host', 'file:///etc'], '--host file:///etc: expected a URL'],
  ])('makes no path of what is no id: %j', async (args, message) => {
    const { code, stderr } = await model('fetch', '--out', path.join(folder, 'never'), ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    expect(existsSync(path.join(folder, 'never'))).toBe(false);
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

  it('lists what is known, with the way that each runs or why it does not', async () => {
    const { code, stdout } = await model('list');
    expect(code).toBe(0);
    const models = JSON.parse(stdout) as {
      id: string;
      runs: string | null;
      note: string | null;
      isHere: boolean;
    }[];
    expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(CATALOGUED));
    for (const { runs, note } of models) expect(runs ?? note).not.toBeNull();
    expect(models.find(({ id }) => id === 'tiny-clip')).toMatchObject({
      isHere: true,
      runs: 'in both Workers; commands and `encoder` in Node',
    });
    expect(models.find(({ id }) => id === 'openai/clip-vit-base-patch32')).toMatchObject({
      dim: 512,
      megabytes: 153.6,
      logitScale: 100,
      runs: 'commands and `encoder` in Node; behind AI',
    });
  });

  it("checks a folder against its own golden vectors, and says when they aren't its own", async () => {
    const embedded = JSON.parse((await model('check')).stdout) as object;
    expect(embedded).toMatchObject({
      golden: { items: 20 },
      fits: { apiWorker: true, encoderWorker: true, node: true },
      logitBias: null,
    });
    const out = path.join(folder, 'made');
    await writeMadeModel(out, 'siglip');
    const made = await model('check', out);
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({ id: 'made', dim: 64, golden: null });
    const golden = JSON.parse(await readFile(path.join(DEFAULT_MODEL, 'golden.json'), 'utf8')) as {
      items: { text?: string }[];
    };
    const [text] = golden.items.filter((item) => item.text !== undefined);
    await writeFile(path.join(out, 'golden.json'), JSON.stringify({ ...golden, items: [text] }));
    const { code, stdout, stderr } = await model('check', out);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`golden.json has another vector of ${JSON.stringify(text.text)}: cosine`);
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
