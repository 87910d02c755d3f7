import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModel, readJson } from '../../scripts/clip/model-folder.ts';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { readDataset } from '../../scripts/dataset/read-dataset.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NPY = join(ROOT, 'test/fixtures/datasets/npy');
const { path: folder, put } = temporaryFolder();

/** A folder whose selection.bin is a link to the path. */
function folderAround(path: string): string {
  const made = join(folder(), `around-${basename(path)}`);
  mkdirSync(made);
  symlinkSync(path, join(made, 'selection.bin'));
  return made;
}

function pipe(name: string): string {
  const path = join(folder(), name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** A command that waits for a pipe, or reads a device without end, is ended and has no status. */
function run(script: string, ...args: string[]): { status: number | null; stderr: string } {
  const command = [join(ROOT, `scripts/${script}.ts`), ...args];
  const env = { ...process.env, ALIGNQL_STATE: join(folder(), 'state') };
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd: folder(),
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stderr };
}

const image = ['--image-embeddings', join(NPY, 'images-f4.npy')];
const text = ['--text-embeddings', join(NPY, 'texts-f8.npy')];
const encoder = ['--encoder-id', 'test'];
const commands: [string, string, (path: string) => string[]][] = [
  ['select', '--features', (path) => ['--features', path, '--labels', path, '--strategy', 'variance']],
  ['compare', '--image-embeddings', (path) => ['--image-embeddings', path, ...text]],
  ['compare', '--groups', (path) => [...image, ...text, '--groups', path]],
  [
    'precompute',
    '--text-embeddings',
    (path) => [...image, '--text-embeddings', path, ...encoder, '--out', 'out'],
  ],
  ['score', 'selection', (path) => [...image, ...text, ...encoder, '--selection', path, '--out', 'out.csv']],
  ['publish', 'selection', (path) => [folderAround(path)]],
];

describe('a file that is no regular file', () => {
  it.each(commands)('is refused by %s as %s, and not waited for', (script, option, args) => {
    for (const [path, kind] of [
      [pipe('pipe.bin'), 'named pipe'],
      ['/dev/zero', 'device'],
    ]) {
      const { status, stderr } = run(script, ...args(path));
      expect({ status, stderr }).toMatchObject({ status: 1 });
      expect(stderr).toContain(option);
      expect(stderr).toContain(`it is a ${kind}`);
    }
  });

  it.each(['x.csv', 'x.tsv', 'x.jsonl', 'x.parquet', 'x.json', 'x.txt', 'x.token', 'x.tar'])(
    'is refused as the dataset %s',
    async (name) => {
      const path = pipe(name);
      await expect(readDataset(path)).rejects.toThrow(/it is a named pipe \(FIFO\), expected a regular file/);
      rmSync(path);
      symlinkSync('/dev/zero', path);
      await expect(readDataset(path)).rejects.toThrow(/it is a device, expected a regular file/);
    },
  );

  it('is a picture that cannot be read, and neither is one of gigabytes', async () => {
    pipe('a.png');
    truncateSync(put('b.png', ''), 3 * 2 ** 30);
    const table = put('x.csv', 'image,caption\na.png,kite\nb.png,boat\n');
    const [a, b] = (await readDataset(table)).pairs;
    await expect(a.image.read()).rejects.toThrow(/named pipe/);
    await expect(b.image.read()).rejects.toThrow('it has 3072 MiB, more than the 256 that are read');
  });

  it('is refused as a text of gigabytes', async () => {
    const path = put('x.csv', 'image,caption\n');
    truncateSync(path, 2 ** 30);
    await expect(readDataset(path)).rejects.toThrow(
      /x\.csv cannot be read: it has 1024 MiB, more than the 511/,
    );
  });

  it('is refused in a model', async () => {
    const model = join(folder(), 'model');
    mkdirSync(model);
    cpSync(join(ROOT, 'models/tiny-clip'), model, { recursive: true });
    rmSync(join(model, 'tokenizer.json'));
    execFileSync('mkfifo', [join(model, 'tokenizer.json')]);
    await expect(loadEncoder({ model })).rejects.toThrow(
      /tokenizer\.json of the model cannot be read: .*pipe/,
    );
    await expect(readJson(findModel(model).tokenizer)).rejects.toThrow(/named pipe/);
  });
});
