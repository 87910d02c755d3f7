import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeNpyHeader } from '../src/format/npy.ts';
import type { BenchRow } from './measure.ts';
import { limitRow, spreadOf } from './measure.ts';
import type { CommandUsage } from './peak-memory.ts';
import { createFiller } from './streaming.ts';

const DIM = 512;
const PAIRS = 1_000_000;
const ROWS_AT_ONCE = 25_000;
/** Two matrices of float32, and the int8 vectors of the corpus, which SQLite writes to its log first. */
const BYTES_PER_PAIR = 2 * DIM * 4 + 2 * DIM;
const MOST_MEGABYTES = 2_000;
const PRELOAD = new URL('peak-memory.ts', import.meta.url).href;
const SCRIPTS = fileURLToPath(new URL('../scripts/', import.meta.url));

/**
 * A million pairs from two .npy files to a published selection and a corpus: peak memory and CPU of the commands themselves, as a user
 * runs them. PCA stands for what adds up over shards, stored as int4 in 32 bytes a vector, which is what an isolate scans of a million.
 * Files are made in a temporary folder and removed again.
 * @param options.pairs a million, or `ALIGNQL_BENCH_PAIRS`
 * @returns no rows when the disk is too full, which is told
 */
export function benchPrecomputeMillion(
  tell: (line: string) => void,
  { pairs = Number(process.env['ALIGNQL_BENCH_PAIRS'] ?? PAIRS) }: { readonly pairs?: number } = {},
): BenchRow[] {
  const needed = pairs * BYTES_PER_PAIR * 1.1;
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < needed) {
    tell(`precompute-million left out: ${(needed / 1e9).toFixed(1)} GB of files do not fit in ${tmpdir()}`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'alignql-million-'));
  try {
    tell(`making ${pairs} pairs × ${DIM} in ${folder}`);
    writeMatrices(folder, pairs);
    const size = `${pairs}×${DIM}`;
    const data = ['--image-embeddings', 'images.npy', '--text-embeddings', 'texts.npy'];
    const steps: [name: string, script: string, args: string[]][] = [
      [
        'precompute',
        'precompute.ts',
        [
          ...data,
          ...['--encoder-id', 'made', '--out', 'out', '--strategy', 'pca', '--strategies', 'pca'],
          ...['--bytes', '32', '--encoding', 'int4', '--fusion', 'identity'],
        ],
      ],
      ['publish', 'publish.ts', ['out', '--name', 'made']],
      [
        'index',
        'index-corpus.ts',
        ['--corpus', 'made', '--image-embeddings', 'images.npy', '--selection', 'made'],
      ],
    ];
    return steps.flatMap(([name, script, args]) => {
      tell(`${name}: ${args.join(' ')}`);
      const { megabytes, cpuSeconds } = runCommand(folder, script, args);
      tell(`${name}: ${megabytes.toFixed(0)} MB, ${cpuSeconds.toFixed(0)} s of CPU`);
      return [
        limitRow(`${name} ${size}`, 'peak memory', 'MB', spreadOf([megabytes]), MOST_MEGABYTES),
        limitRow(`${name} ${size}`, 'CPU', 's', spreadOf([cpuSeconds]), null),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error with what it wrote to stderr when the command fails */
function runCommand(folder: string, script: string, args: readonly string[]): CommandUsage {
  const usage = join(folder, 'usage.json');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', PRELOAD, join(SCRIPTS, script), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PEAK_FILE: usage, ALIGNQL_STATE: join(folder, 'state') },
    },
  );
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`);
  return JSON.parse(readFileSync(usage, 'utf8')) as CommandUsage;
}

/** images.npy and texts.npy, written part by part. */
function writeMatrices(folder: string, pairs: number): void {
  const fill = createFiller();
  const header = encodeNpyHeader(new Float32Array(), [pairs, DIM]);
  const files = ['images.npy', 'texts.npy'].map((name) => openSync(join(folder, name), 'w'));
  try {
    for (const file of files) writeSync(file, header);
    for (let first = 0; first < pairs; first += ROWS_AT_ONCE) {
      const { images, texts } = fill(Math.min(ROWS_AT_ONCE, pairs - first));
      [images, texts].forEach((rows, i) => {
        const bytes = new Uint8Array(rows.buffer);
        for (let at = 0; at < bytes.length;) at += writeSync(files[i], bytes, at);
      });
    }
  } finally {
    files.forEach((file) => closeSync(file));
  }
}
