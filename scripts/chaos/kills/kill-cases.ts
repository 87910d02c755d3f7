import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../../src/core/random.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { encodeNpy } from '../../../src/format/npy.ts';
import { decodeSelection } from '../../../src/format/selection-record.ts';
import { readManifest } from '../../../src/storage/corpus-kv.ts';
import { createCorpusStore } from '../../../src/storage/corpus-store.ts';
import { readPointer, readRecord } from '../../../src/storage/selection-kv.ts';
import { readDeployment } from '../../kv/deployment.ts';
import { openLocalNamespaces, type ProjectKv } from '../../kv/local-kv.ts';
import { PROJECT_ROOT } from '../../kv/project.ts';

/** A command that is killed, and what its readers see. */
export interface KillCase {
  readonly name: string;
  /** Script and arguments; `DIR` is the folder of one run, `@FILE` what a file there holds. */
  readonly command: readonly string[];
  /** Run again once it is done, it is refused. */
  readonly isOnce?: boolean;
  readonly writesKv: boolean;
  /** Puts what was there before into the folder of a run. */
  readonly prepare: (folder: string, run: Run) => Promise<void>;
  /**
   * What a reader sees, by what is read: each must be whole, and as before or as after. Times are left out.
   * @throws when a part is broken
   */
  readonly observe: (folder: string, run: Run) => Promise<Record<string, string>>;
  /** What the command writes to besides. */
  readonly elsewhere?: Elsewhere;
}

/** A service that outlives the command. */
export interface Elsewhere {
  /** Of the command: where the service is, and what of it counts as a point (kill-at.ts). */
  readonly environment: Readonly<Record<string, string>>;
  /** Notes how it is once the folder of a run is prepared. */
  readonly save: () => Promise<void>;
  /** Brings it back there. */
  readonly restore: () => Promise<void>;
  /** What it has once a run is over: after one that was killed and run again the same as after one that was not. */
  readonly settled: (folder: string) => Promise<string>;
}

/** Runs a command to its end. @returns its stdout. @throws when it fails */
export type Run = (folder: string, command: readonly string[]) => Promise<string>;

const PAIRS = 96;
const DIM = 16;
const VECTORS = [
  '--image-embeddings',
  'DIR/images.npy',
  '--text-embeddings',
  'DIR/texts.npy',
  '--encoder-id',
  'some/clip',
];
const QUICK = ['--strategies', 'variance'];
const precompute = (out: string, k: number): string[] => [
  'precompute',
  ...VECTORS,
  ...QUICK,
  '--k',
  String(k),
  '--out',
  `DIR/${out}`,
];

/** Two records, the first of them published as "mine"; `old.id` holds its id. */
async function publishOld(folder: string, run: Run): Promise<void> {
  await writePairs(folder, 1);
  await run(folder, precompute('old', 4));
  await run(folder, precompute('new', 8));
  const { id } = JSON.parse(await run(folder, ['publish', 'DIR/old', '--name', 'mine'])) as { id: string };
  await writeFile(join(folder, 'old.id'), id);
}

async function runCanary(folder: string, run: Run): Promise<void> {
  await publishOld(folder, run);
  await run(folder, ['publish', 'DIR/new', '--name', 'mine', '--share', '10']);
}

export const KILL_CASES: readonly KillCase[] = [
  {
    name: 'precompute',
    command: precompute('out', 8),
    writesKv: false,
    async prepare(folder, run) {
      await writePairs(folder, 1);
      await run(folder, precompute('out', 4));
    },
    observe: (folder) => observeFolder(join(folder, 'out')),
  },
  {
    name: 'score',
    command: ['score', ...VECTORS, '--selection', 'DIR/record', '--out', 'DIR/table.csv'],
    writesKv: false,
    async prepare(folder, run) {
      await writePairs(folder, 1);
      await run(folder, precompute('record', 8));
      await writeFile(join(folder, 'table.csv'), 'what was there before\n');
    },
    observe: async (folder) => ({ 'table.csv': await readFile(join(folder, 'table.csv'), 'utf8') }),
  },
  {
    name: 'publish',
    command: ['publish', 'DIR/new', '--name', 'mine'],
    writesKv: true,
    prepare: publishOld,
    observe: (folder) => withKv(folder, observeSelection),
  },
  {
    name: 'rollback',
    command: ['rollback', '--name', 'mine', '--to', '@old.id'],
    writesKv: true,
    async prepare(folder, run) {
      await publishOld(folder, run);
      await run(folder, ['publish', 'DIR/new', '--name', 'mine']);
    },
    observe: (folder) => withKv(folder, observeSelection),
  },
  {
    name: 'publish --share',
    command: ['publish', 'DIR/new', '--name', 'mine', '--share', '10'],
    writesKv: true,
    prepare: publishOld,
    observe: (folder) => withKv(folder, observeSelection),
  },
  {
    name: 'publish --promote',
    command: ['publish', '--name', 'mine', '--promote'],
    writesKv: true,
    isOnce: true,
    prepare: runCanary,
    observe: (folder) => withKv(folder, observeSelection),
  },
  {
    name: 'publish --abort',
    command: ['publish', '--name', 'mine', '--abort'],
    writesKv: true,
    isOnce: true,
    prepare: runCanary,
    observe: (folder) => withKv(folder, observeSelection),
  },
  {
    name: 'index',
    command: [
      'index-corpus',
      '--corpus',
      'mine',
      '--image-embeddings',
      'DIR/images.npy',
      '--ids',
      'DIR/ids.txt',
    ],
    writesKv: true,
    async prepare(folder, run) {
      await writePairs(folder, 1);
      await run(folder, precompute('old', 4));
      await run(folder, ['publish', 'DIR/old', '--name', 'mine']);
      await writeIds(folder, 'a');
      const first = ['--image-embeddings', 'DIR/images.npy', '--ids', 'DIR/ids.txt', '--selection', 'mine'];
      await run(folder, ['index-corpus', '--corpus', 'mine', ...first]);
      await writePairs(folder, 2);
      await writeIds(folder, 'b');
    },
    observe: (folder) => withKv(folder, observeCorpus),
  },
  {
    name: 'keys create',
    command: ['keys', 'create', '--name', 'second', '--scopes', 'read'],
    writesKv: true,
    prepare: async (folder, run) => {
      await run(folder, ['keys', 'create', '--name', 'first', '--scopes', 'read']);
    },
    observe: observeKeys,
  },
  {
    name: 'keys revoke',
    command: ['keys', 'revoke', '@key.id'],
    writesKv: true,
    async prepare(folder, run) {
      const made = await run(folder, ['keys', 'create', '--name', 'first', '--scopes', 'read']);
      await writeFile(join(folder, 'key.id'), (JSON.parse(made) as { id: string }).id);
    },
    observe: observeKeys,
  },
];

/** Pairs that share half of their coordinates up to noise. */
async function writePairs(folder: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const images = Float32Array.from({ length: PAIRS * DIM }, () => random.nextGaussian());
  const texts = Float32Array.from(images, (value, i) =>
    i % DIM < DIM / 2 ? value + 0.2 * random.nextGaussian() : random.nextGaussian(),
  );
  for (const [name, rows] of Object.entries({ images, texts })) {
    normalizeRows(rows, DIM);
    await writeFile(join(folder, `${name}.npy`), encodeNpy(rows, [PAIRS, DIM]));
  }
}

async function writeIds(folder: string, prefix: string): Promise<void> {
  const ids = Array.from({ length: PAIRS }, (_, i) => `${prefix}${i}`);
  await writeFile(join(folder, 'ids.txt'), `${ids.join('\n')}\n`);
}

/** Every file that a user sees; temporary ones have a dot in front. */
async function observeFolder(folder: string): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const seen: Record<string, string> = {};
  for (const name of (await readdir(folder)).filter((file) => !file.startsWith('.')).sort()) {
    const bytes = await readFile(join(folder, name));
    if (name.endsWith('.bin')) decodeSelection(new Uint8Array(bytes));
    if (name.endsWith('.json')) JSON.parse(bytes.toString());
    seen[name] = withoutTimes(bytes.toString('latin1'));
  }
  return seen;
}

async function observeSelection([kv]: readonly ProjectKv[]): Promise<Record<string, string>> {
  const pointer = await readPointer(kv, 'mine');
  if (pointer === null) throw new Error('the name is gone');
  if ((await readRecord(kv, pointer.id)) === null) throw new Error(`record ${pointer.id} is not there`);
  const { canary } = pointer;
  if (canary !== null && (await readRecord(kv, canary.id)) === null)
    throw new Error(`record ${canary.id} of the canary is not there`);
  const told = canary && [canary.id, canary.share];
  return { mine: JSON.stringify([pointer.id, told, ...pointer.previous.map(({ id }) => id)]) };
}

export async function observeCorpus([, kv]: readonly ProjectKv[]): Promise<Record<string, string>> {
  const manifest = await readManifest(kv, 'mine');
  if (manifest === null) throw new Error('the corpus is gone');
  const store = createCorpusStore(kv);
  const items: string[] = [];
  for (const segment of manifest.segments) {
    await store.vectors(manifest, segment, () => undefined);
    if (manifest.fields.length > 0) await store.fields(segment);
    for (let i = 0; i < segment.count; i++) items.push((await store.item(segment, i)).id);
  }
  return { mine: JSON.stringify([manifest.segments, items]) };
}

/** Names, not ids: those are new each time, and the command that is run again makes one more. */
async function observeKeys(folder: string, run: Run): Promise<Record<string, string>> {
  const keys = JSON.parse(await run(folder, ['keys', 'list'])) as {
    name?: string;
    state?: string;
    error?: string;
  }[];
  const broken = keys.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(broken.error);
  return { names: JSON.stringify([...new Set(keys.map(({ name, state }) => `${name} ${state}`))].sort()) };
}

export async function withKv<T>(folder: string, look: (kvs: readonly ProjectKv[]) => Promise<T>): Promise<T> {
  const { selections, corpora } = await readDeployment(false);
  const { kvs, close } = await openLocalNamespaces(join(folder, 'state'), [selections.id, corpora.id]);
  try {
    return await look(kvs);
  } finally {
    await close();
  }
}

function withoutTimes(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(/"(seconds|tookMs|ms)":\s*[\d.]+/g, '"$1":0');
}

export const scriptOf = (name: string): string => join(PROJECT_ROOT, 'scripts', `${name}.ts`);
