import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../src/core/random.ts';
import { encodeNpy } from '../src/format/npy.ts';
import type { BenchRow } from './measure.ts';
import { limitRow, spreadOf } from './measure.ts';
import type { StreamFigures } from './stream-shards.ts';

const DIM = 512;
const PAIRS = 1_000_000;
/** 51 MB a matrix. */
const SHARD_ROWS = 25_000;
/** Two matrices of float32 and a label. */
const BYTES_PER_PAIR = 2 * DIM * 4 + 1;
const MOST_MEGABYTES = 1_000;
const CHILD = fileURLToPath(new URL('stream-shards.ts', import.meta.url));

/**
 * A million pairs, 4.1 GB of .npy shards made in a temporary folder and removed again, streamed through what is mergeable
 * over shards; a fresh process reads them, whose peak memory is the figure that counts.
 *
 * Memory is bound by one shard, as bytes and as numbers, of both modalities: 205 MB at 25,000 rows, and as much again until
 * the collector comes by (418 MB measured); the sums themselves take 2 MB each. Time is bound by arithmetic, as in
 * selection-linear.ts: the scatter of both modalities and the cross-scatter take 524 GFLOP each, 18 s at 30 GFLOP/s.
 * @param options.pairs one million when left out
 * @returns no rows when the disk is too full, which is told
 */
export function benchStreaming(
  tell: (line: string) => void,
  { pairs = PAIRS }: { readonly pairs?: number } = {},
): BenchRow[] {
  const needed = pairs * BYTES_PER_PAIR * 1.02;
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < needed) {
    const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
    tell(
      `streaming left out: ${gigabytes(needed)} GB of shards do not fit in ${tmpdir()}, which has ` +
        `${gigabytes(bavail * bsize)} GB free; TMPDIR names another folder`,
    );
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'alignql-stream-'));
  try {
    tell(`streaming: making ${pairs} pairs × ${DIM} in ${folder}`);
    const shards = writeShards(folder, pairs);
    tell(`streaming: ${shards} shards`);
    const output = execFileSync(process.execPath, [CHILD, folder, String(shards), String(DIM)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { megabytes, steps } = JSON.parse(output) as StreamFigures;
    const size = `${pairs}×${DIM}`;
    return [
      limitRow(`streaming ${size}`, 'peak memory', 'MB', spreadOf([megabytes]), MOST_MEGABYTES),
      ...steps.map(({ name, ms }) =>
        limitRow(`streaming ${name} ${size}`, 'time', 'ms', spreadOf([ms]), null),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** images-N.npy, texts-N.npy, labels-N.npy. @returns how many shards */
function writeShards(folder: string, pairs: number): number {
  const fill = createFiller();
  let shard = 0;
  for (let first = 0; first < pairs; first += SHARD_ROWS, shard++) {
    const rows = Math.min(SHARD_ROWS, pairs - first);
    const { images, texts, labels } = fill(rows);
    writeFileSync(join(folder, `images-${shard}.npy`), encodeNpy(images, [rows, DIM]));
    writeFileSync(join(folder, `texts-${shard}.npy`), encodeNpy(texts, [rows, DIM]));
    writeFileSync(join(folder, `labels-${shard}.npy`), encodeNpy(labels, [rows]));
  }
  return shard;
}

/** Rows of made pairs: embeddings not of unit norm, a label each. */
export interface MadeRows {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly labels: Uint8Array;
}

/** Seeded normals out of a table, at places drawn by xorshift: ten times as fast as drawing each, and random enough here. */
export function createFiller(): (rows: number) => MadeRows {
  const random = createRandom(1);
  const table = Float64Array.from({ length: 65_536 }, () => random.nextGaussian());
  const scales = Float64Array.from({ length: DIM }, (_, i) => 1 / Math.sqrt(1 + i / 8));
  let state = 0x9e3779b9 | 0;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
  return (rows) => {
    const images = new Float32Array(rows * DIM);
    const texts = new Float32Array(rows * DIM);
    const labels = Uint8Array.from({ length: rows }, () => next() & 1);
    for (let row = 0, at = 0; row < rows; row++) {
      const shift = 0.2 * labels[row];
      for (let i = 0; i < DIM; i++, at++) {
        const bits = next();
        const shared = table[bits & 65_535] * scales[i];
        images[at] = shared + shift + 0.3 * table[bits >>> 16];
        texts[at] = shared + 0.3 * table[next() & 65_535];
      }
    }
    return { images, texts, labels };
  };
}
