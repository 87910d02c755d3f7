import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canBeFetched, fetchModel, type FetchOptions } from '../../scripts/model/fetch-model.ts';
import { type FamilyName, LAYOUTS, type MadeOptions, writeMadeModel } from './made-models/made-folder.ts';
import { startStandInHub, type StandInHub, type StandInRepository } from './stand-in-hub.ts';

let root: string;
let hub: StandInHub;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'alignql-hub-'));
  hub = await startStandInHub();
});
afterAll(async () => {
  hub.stop();
  await rm(root, { recursive: true });
});

let made = 0;
/** A repository of its own for every test, and where it is brought to. */
async function offer(
  family: FamilyName,
  options: MadeOptions = {},
  offered: Omit<StandInRepository, 'folder'> = {},
): Promise<{ id: string; folder: string; out: string }> {
  const id = `acme/model-${++made}`;
  const folder = path.join(root, 'offered', String(made));
  await writeMadeModel(folder, family, options);
  hub.repositories.set(id, { folder, ...offered });
  hub.given.clear();
  return { id, folder, out: path.join(root, 'brought', String(made)) };
}

const bring = (id: string, out: string, more: Partial<FetchOptions> = {}) =>
  fetchModel({
    id,
    from: null,
    revision: 'main',
    precision: 'fp32',
    out,
    host: hub.host,
    onProgress: () => undefined,
    ...more,
  });

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

describe('fetchModel', () => {
  it.each([
    ['clip', 'q8', false],
    ['siglip', 'fp16', true],
    ['jina-clip-v2', 'q8', true],
  ] as const)(
    'brings a %s in %s, as the repository has it, and describes it',
    async (family, precision, hasDataFiles) => {
      const { id, folder, out } = await offer(family, { precision, hasDataFiles });
      await writeFile(path.join(folder, 'README.md'), 'not wanted');
      await writeFile(path.join(folder, 'onnx', 'other.onnx'), 'not wanted either');
      const progress: number[] = [];
      const onProgress = (_: string, loaded: number, total: number): void =>
        void progress.push(loaded / total);
      const described = await bring(id, out, { precision, onProgress });
      expect(described).toMatchObject({ id, dim: LAYOUTS[family].dim, revision: 'main', folder: out });
      const names = (await readdir(out, { recursive: true })).sort();
      const wanted = (await readdir(folder, { recursive: true })).filter(
        (name) => !/README|other/.test(name),
      );
      expect(names).toEqual([...wanted, 'encoder.json'].sort());
      for (const name of Object.keys(described.files)) {
        expect(await readFile(path.join(out, name))).toEqual(await readFile(path.join(folder, name)));
      }
      expect(progress.at(-1)).toBe(1);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect(await readdir(path.dirname(out))).not.toContain(`${path.basename(out)}.fetching`);
    },
  );

  it('goes on where a connection broke, and brings no byte twice', async () => {
    const { id, folder, out } = await offer('clip', {}, { weights: { breaksAfter: 20_000 } });
    await bring(id, out);
    const weights = path.join('onnx', 'text_model.onnx');
    expect(await sizeOf(path.join(folder, weights))).toBeGreaterThan(40_000);
    expect(hub.given.get(weights)).toBe(await sizeOf(path.join(folder, weights)));
  });

  it('begins anew where the hub knows no parts of files', async () => {
    const { id, folder, out } = await offer('clip', {}, { weights: { ignoresRanges: true } });
    const partial = path.join(`${out}.fetching`, 'onnx/text_model.onnx');
    await mkdir(path.dirname(partial), { recursive: true });
    await writeFile(partial, 'the beginning of something else');
    await bring(id, out);
    const name = 'onnx/text_model.onnx';
    expect(await readFile(path.join(out, name))).toEqual(await readFile(path.join(folder, name)));
  });

  it('names the file that does not arrive, leaves what was there, and goes on with it later', async () => {
    const { id, folder, out } = await offer('clip');
    await bring(id, out);
    const before = await readFile(path.join(out, 'encoder.json'));
    hub.repositories.set(id, { folder, weights: { endsAt: 5000 } });
    await expect(bring(id, out)).rejects.toThrow(
      /^onnx\/text_model\.onnx did not arrive: .*Run this again: what is here is gone on with\.$/,
    );
    expect(await readFile(path.join(out, 'encoder.json'))).toEqual(before);
    expect(await sizeOf(path.join(`${out}.fetching`, 'onnx/text_model.onnx'))).toBe(5000);
    hub.repositories.set(id, { folder });
    hub.given.clear();
    await bring(id, out);
    const name = 'onnx/text_model.onnx';
    expect(hub.given.get(name)).toBe((await sizeOf(path.join(folder, name))) - 5000);
    // Configurations had arrived whole.
    expect(hub.given.get('tokenizer.json')).toBeUndefined();
    expect(existsSync(`${out}.fetching`)).toBe(false);
  });

  it('does not keep a file that is not what the hub lists', async () => {
    const { id, folder, out } = await offer('clip', {}, { weights: { areDamaged: true } });
    await expect(bring(id, out)).rejects.toThrow(
      /^onnx\/text_model\.onnx arrived damaged: its hash is not [0-9a-f]{64},/,
    );
    expect(existsSync(path.join(`${out}.fetching`, 'onnx/text_model.onnx'))).toBe(false);
    // The beginning of an older version, of the right length: brought anew, once.
    const partial = path.join(`${out}.fetching`, 'onnx/text_model.onnx');
    await writeFile(partial, new Uint8Array(await sizeOf(path.join(folder, 'onnx/text_model.onnx'))));
    hub.repositories.set(id, { folder });
    await expect(bring(id, out)).resolves.toMatchObject({ id });
  });

  it('brings what runs only, and says why it does not', async () => {
    const { id, folder, out } = await offer('clip');
    const config = { ...LAYOUTS.clip.config, model_type: 'blip' };
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
    await expect(bring(id, out)).rejects.toThrow(
      'model_type is "blip", expected one of clip, siglip, jina_clip',
    );
    expect(existsSync(out)).toBe(false);
  });

  it('says what a repository lacks and which precisions it has', async () => {
    const { id, folder, out } = await offer('clip', { precision: 'q4' });
    await writeMadeModel(folder, 'clip', { precision: 'fp16' });
    await expect(bring(id, out, { precision: 'q8' })).rejects.toThrow(
      `${id} at main gave no CLIP in precision q8: it lacks onnx/text_model_quantized.onnx, onnx/vision_model_quantized.onnx. It has both towers as fp16, q4 (--precision). Name another repository with --from.`,
    );
    const { id: bare } = await offer('clip', {}, { without: /tokenizer\.json/ });
    await expect(bring(bare, out)).rejects.toThrow('it lacks tokenizer.json.');
    expect(existsSync(`${out}.fetching`)).toBe(false);
  });

  it('takes the repository and the precisions of the catalogue', async () => {
    const { folder, out } = await offer('mobileclip', { precision: 'q8' });
    await writeMadeModel(folder, 'mobileclip', { precision: 'fp32' });
    hub.repositories.set('Xenova/mobileclip_s1', { folder });
    const { files, id } = await bring('apple/MobileCLIP-S1', out, { precision: null });
    expect(id).toBe('apple/MobileCLIP-S1');
    // Its pictures suffer from 8 bits.
    expect(Object.keys(files).filter((name) => name.startsWith('onnx/'))).toEqual([
      'onnx/text_model_quantized.onnx',
      'onnx/vision_model.onnx',
    ]);
  });

  it.each([
    [401, 'The hub does not show'],
    [404, 'The hub has no repository'],
    [503, 'The hub answered 503'],
  ])('says what a status %i of the list means', async (status, message) => {
    const { id, out } = await offer('clip', {}, { status });
    await expect(bring(id, out)).rejects.toThrow(message);
    await expect(bring('acme/nowhere', out)).rejects.toThrow('The hub has no repository acme/nowhere');
  });

  it('is the only one at work on a folder', async () => {
    const { id, out } = await offer('clip');
    await mkdir(path.dirname(out), { recursive: true });
    await writeFile(`${out}.fetching.lock`, String(process.ppid));
    await expect(bring(id, out)).rejects.toThrow(`Another fetch (process ${process.ppid}) is at work`);
    // The lock of a process that is gone counts for nothing.
    await writeFile(`${out}.fetching.lock`, '999999999');
    await bring(id, out);
    expect(existsSync(`${out}.fetching.lock`)).toBe(false);
  });

  it('takes a mirror from HF_ENDPOINT, and refuses one that is no URL', async () => {
    const { id, out } = await offer('clip');
    vi.stubEnv('HF_ENDPOINT', hub.host);
    await expect(bring(id, out, { host: null })).resolves.toMatchObject({ id });
    vi.stubEnv('HF_ENDPOINT', 'a mirror');
    await expect(bring(id, out, { host: null })).rejects.toThrow('HF_ENDPOINT is a mirror: expected a URL');
    vi.unstubAllEnvs();
  });
});

it('knows what the hub could have from what is here or has no such name', async () => {
  const here = path.join(root, 'here');
  await cp(path.join(root, 'offered/1'), here, { recursive: true });
  expect(canBeFetched('openai/clip-vit-base-patch32')).toBe(true);
  expect(
    [here, 'tiny-clip', 'models/tiny-clip', 'models/tny', '../x', 'just-a-word'].filter(canBeFetched),
  ).toEqual([]);
});
