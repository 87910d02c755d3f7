import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbeddingMatrix } from '../../scripts/dataset/embedding-matrix.ts';
import { openEmbeddingFolder } from '../../scripts/dataset/embedding-folder.ts';
import { openNpyShard } from '../../scripts/dataset/npy-pairs.ts';
import { sampleShards, sumShards } from '../../scripts/dataset/sharded-pairs.ts';
import { makeSelection } from '../../scripts/precompute/make-selection.ts';
import type { PrecomputeOptions } from '../../scripts/precompute/options.ts';
import type { PairSourceOptions } from '../../scripts/dataset/source-options.ts';
import { createRandom, shuffle } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { sampleKey } from '../../src/core/pairs/grouped-sample.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { crossValidateHere } from '../../src/precompute/cross-validate-here.ts';
import { makeRecordFromShards, planSample } from '../../src/precompute/make-record-from-shards.ts';
import { makeRecord } from '../../src/precompute/make-record.ts';
import { DIM, madePairs } from '../precompute/made-shards.ts';
import { runScript } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const COUNT = 600;
const ALL = madePairs(COUNT);
const temporary = temporaryFolder();
const silent = {
  startProgress: () => ({ add: () => undefined, stop: () => undefined }),
  tell: () => undefined,
};

/** The pairs in that order as shards of these lengths, laid out as clip-retrieval does. */
function writeShards(name: string, order: Uint32Array, lengths: readonly number[]): string {
  const folder = join(temporary.path(), name);
  let start = 0;
  for (const [shard, length] of lengths.entries()) {
    const rows = order.subarray(start, start + length);
    start += length;
    for (const [short, all] of [
      ['img', ALL.images],
      ['text', ALL.texts],
    ] as const) {
      mkdirSync(join(folder, `${short}_emb`), { recursive: true });
      const data = Float32Array.from(
        [...rows].flatMap((row) => [...all.subarray(row * DIM, (row + 1) * DIM)]),
      );
      writeFileSync(join(folder, `${short}_emb/${short}_emb_${shard}.npy`), encodeNpy(data, [length, DIM]));
    }
  }
  return folder;
}

const inOrder = Uint32Array.from({ length: COUNT }, (_, i) => i);

function optionsOf(
  source: PairSourceOptions,
  strategy: string,
  sample: number,
): Omit<PrecomputeOptions, 'out'> {
  return {
    source,
    sample,
    strategy,
    strategies: [strategy],
    k: 4,
    ks: [4],
    fusion: 'identity',
    centred: true,
    mismatches: { ratio: 1, hardShare: 0 },
    calibration: { baseRate: 0.5, precision: 0.9 },
    bootstrap: 0,
    folds: 3,
    seed: 0,
    threads: 1,
  };
}

/** Rows are scaled to unit norm as they are read, which changes the last bits of some. */
function keysAsRead(): number[] {
  return Array.from(ALL.keys, (_, i) => {
    const image = ALL.images.slice(i * DIM, (i + 1) * DIM);
    normalizeRows(image, DIM);
    return sampleKey(image, { group: null, name: null });
  });
}

function shardsAt(path: string): PairSourceOptions {
  return { kind: 'shards', path, encoderId: 'some/clip', encoderFingerprint: 'undeclared' };
}

describe('precompute on more pairs than a sample takes', () => {
  it('samples the same whole groups in whatever order and cut, and sums to the same statistics', async () => {
    const shuffled = inOrder.slice();
    shuffle(shuffled, createRandom(4));
    const sources = [
      writeShards('one', inOrder, [COUNT]),
      writeShards('many', inOrder, [100, 4, 496]),
      writeShards('shuffled', shuffled, [200, 400]),
    ];
    const samples = await Promise.all(
      sources.map(async (path) => {
        const folder = await openEmbeddingFolder(path);
        return { folder, ...(await sampleShards(folder, 200, silent.startProgress)) };
      }),
    );
    const keysOf = ({ pairs }: (typeof samples)[number]): number[] =>
      [...pairs.sampleKeys].sort((a, b) => a - b);
    for (const sample of samples) {
      expect([sample.total, sample.isWhole]).toEqual([COUNT, false]);
      expect(keysOf(sample)).toEqual(keysOf(samples[0]));
    }
    const [{ pairs }] = samples;
    expect(pairs.groups.length).toBeLessThanOrEqual(200);
    expect(pairs.groups.length).toBeGreaterThan(196);
    // Every pair of a sampled picture is there: three of four pictures have one caption, the fourth pair is the third's second.
    const taken = new Set(pairs.sampleKeys);
    expect(keysAsRead().filter((key) => taken.has(key))).toHaveLength(pairs.groups.length);
    const sample = { pairs, keys: pairs.sampleKeys, total: COUNT, isWhole: false };
    const plan = planSample(
      sample,
      { centred: true, seed: 0, mismatches: { ratio: 1, hardShare: 0 } },
      { covariance: false, features: true },
    );
    const sums = await Promise.all(
      samples.map(({ folder }) => sumShards(folder, plan, silent.startProgress)),
    );
    expect(sums[1].features?.bins.classes).toEqual(sums[0].features?.bins.classes);
    expect(sums[2].counts.pairs).toBe(COUNT);
  });

  it.each([
    ['pca', 'shards'],
    ['f-statistic', 'shards'],
    ['l1-logistic', 'sample'],
  ])('fits %s on the %s, judges on the sample, and says so in the record', async (strategy, fittedOn) => {
    const lines: string[] = [];
    const options = optionsOf(shardsAt(writeShards(strategy, inOrder, [300, 300])), strategy, 200);
    const made = await makeSelection(options, { ...silent, tell: (line) => lines.push(line) });
    const { pairs, sampled } = made.loaded;
    expect(sampled?.total).toBe(COUNT);
    expect(made.record.params['fittedOn']).toBe(fittedOn);
    expect(made.record.metrics).toMatchObject({ pairs: pairs.groups.length, sampledFrom: COUNT });
    expect(lines.find((line) => line.startsWith('sampled: '))).toMatch(
      new RegExp(`^sampled: ${pairs.groups.length} of ${COUNT} pairs, whole groups`),
    );
    const again = await makeSelection({ ...options, threads: 1 }, silent);
    expect(again.id).toBe(made.id);
  });

  it('gives the bytes of all pairs at once where they fit, by the function that the pipeline calls too', async () => {
    const options = optionsOf(shardsAt(writeShards('fits', inOrder, [60, 60])), 'pca', 120);
    const made = await makeSelection(options, silent);
    expect(made.record.params).not.toHaveProperty('fittedOn');
    const { encoder, pairs } = made.loaded;
    const direct = await makeRecord({ encoder, pairs }, options, crossValidateHere(options));
    expect(made.bytes).toEqual(direct.bytes);
    const statistics = (): never => {
      throw new Error('not asked for');
    };
    const sample = { pairs, keys: pairs.sampleKeys, total: 120, isWhole: true };
    const shared = await makeRecordFromShards(
      { encoder, sample, statistics },
      options,
      crossValidateHere(options),
    );
    expect(shared.bytes).toEqual(direct.bytes);
  });

  it('compares a folder of shards on a sample, and says so', () => {
    const path = writeShards('compared', inOrder, [100, 20]);
    const quick = ['--strategies', 'full', '--k', '4', '--folds', '2', '--sample', '60'];
    const { status, stdout, stderr } = runScript('compare', [path, ...quick]);
    expect(status).toBe(0);
    const { pairs, sampledFrom } = JSON.parse(stdout) as { pairs: number; sampledFrom: number };
    expect(sampledFrom).toBe(120);
    expect(pairs).toBeGreaterThan(56);
    expect(stderr).toContain(`sampled: ${pairs} of 120 pairs, whole groups by a hash of their content`);
  });

  it('refuses a sample smaller than a group, and hard mismatches', async () => {
    const path = writeShards('refused', inOrder, [COUNT]);
    const images = join(path, 'img_emb/img_emb_0.npy');
    const texts = join(path, 'text_emb/text_emb_0.npy');
    const groups = join(path, 'groups.npy');
    writeFileSync(groups, encodeNpy(new Int32Array(COUNT).fill(7), [COUNT]));
    const shard = await openNpyShard({ imageEmbeddings: images, textEmbeddings: texts, groups });
    await expect(sampleShards(shard, 200, silent.startProgress)).rejects.toThrow(
      /one group .* has more than 200 pairs, more than a sample takes\. Give a larger --sample/,
    );
    const hard = { ...optionsOf(shardsAt(path), 'pca', 200), mismatches: { ratio: 2, hardShare: 0.5 } };
    await expect(makeSelection(hard, silent)).rejects.toThrow(
      /--hard-negatives needs all captions at once, and of 600 pairs \d+ are sampled: .* --sample 600/,
    );
  });
});

describe('a matrix longer than Node reads at once', () => {
  it('is read by ranges, its last row too', async () => {
    const path = join(temporary.path(), 'long.npy');
    const [rows, dim] = [1_500_000, 512];
    // Sparse: 3 GB of zeros that take no room, with one row of numbers at the end.
    const header = encodeNpy(new Float32Array(dim), [1, dim]).subarray(0, -4 * dim);
    const text = new TextDecoder().decode(header).replace('(1, 512), }      ', `(${rows}, 512), }`);
    const file = openSync(path, 'w');
    const bytes = header.length + 4 * rows * dim;
    try {
      writeSync(file, Buffer.from(text, 'latin1'));
      writeSync(file, Buffer.from(Uint8Array.from(header.subarray(0, 10))), 0, 10, 0);
      ftruncateSync(file, bytes);
      writeSync(file, Buffer.from(new Float32Array(dim).fill(2.5).buffer), 0, 4 * dim, bytes - 4 * dim);
    } finally {
      closeSync(file);
    }
    const matrix = await openEmbeddingMatrix(path, 'the matrix');
    expect([matrix.count, matrix.dim]).toEqual([rows, dim]);
    const last = await matrix.readRows(rows - 2, rows);
    expect([last[0], last[dim], last[2 * dim - 1]]).toEqual([0, 2.5, 2.5]);
  });
});
