import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addToCrossMoments,
  addToScatterMoments,
  createCrossMoments,
  mergeCrossMoments,
  createScatterMoments,
  mergeScatterMoments,
} from '../src/core/linear-algebra/moments.ts';
import {
  addToBinCounts,
  createBinCounts,
  informationOfCounts,
  mergeBinCounts,
} from '../src/core/selection/information/bin-counts.ts';
import { chiSquareFromSums } from '../src/core/selection/univariate/chi-square.ts';
import {
  addToClassMoments,
  createClassMoments,
  mergeClassMoments,
} from '../src/core/selection/univariate/class-moments.ts';
import {
  addToClassSums,
  createClassSums,
  mergeClassSums,
} from '../src/core/selection/univariate/class-sums.ts';
import {
  addToColumnRanges,
  createColumnRanges,
  mergeColumnRanges,
} from '../src/core/selection/univariate/column-ranges.ts';
import { crossCovarianceMapOfMoments } from '../src/core/selection/projection/cross-covariance.ts';
import { fFromMoments } from '../src/core/selection/univariate/f-statistic.ts';
import { pcaMapOfMoments } from '../src/core/selection/projection/pca.ts';
import { variancesFromMoments } from '../src/core/selection/univariate/variance.ts';
import { decodeNpy } from '../src/format/npy.ts';

/** The process that bench/streaming.ts starts: reads shard after shard and prints `StreamFigures` as JSON. */
export interface StreamFigures {
  /** Peak resident memory of this process, in units of 10^6 bytes. */
  readonly megabytes: number;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

interface Shard {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  /** 0 or 1 a row. */
  readonly labels: Uint8Array;
}

/** Something that takes in shards and answers once all were seen. */
interface Statistic {
  readonly name: string;
  /** Into accumulators of this shard alone, merged with those before. */
  readonly add: (shard: Shard) => void;
  /** @returns a figure that depends on all of the work */
  readonly finish: () => number;
}

const K = 50;
const BINS = 10;

/** Labels go with the rows of `images`. */
function main([folder, shards, dim]: readonly string[]): void {
  const times = new Map<string, number>();
  let ranges = createColumnRanges(Number(dim));
  const rangesOfBins: Statistic = {
    name: 'ranges of bins',
    add: ({ images }) => {
      const own = createColumnRanges(Number(dim));
      addToColumnRanges(own, images);
      ranges = mergeColumnRanges(ranges, own);
    },
    finish: () => ranges.minima[0],
  };
  const first = [rangesOfBins, ...testsOfFeatures(Number(dim)), ...linearMaps(Number(dim))];
  streamPass(folder, Number(shards), first, times);
  // Bins of equal width need the ranges of all rows first.
  let bins = createBinCounts(ranges, BINS);
  const binned: Statistic = {
    name: 'mutual-information-binned',
    add: ({ images, labels }) => {
      const own = createBinCounts(ranges, BINS);
      addToBinCounts(own, images, labels);
      bins = mergeBinCounts(bins, own);
    },
    finish: () => informationOfCounts(bins)[0],
  };
  streamPass(folder, Number(shards), [binned], times);
  const figures: StreamFigures = {
    // maxRSS is in kilobytes of 1,024.
    megabytes: (process.resourceUsage().maxRSS * 1024) / 1e6,
    steps: Array.from(times, ([name, ms]) => ({ name, ms })),
  };
  process.stdout.write(JSON.stringify(figures));
}

function testsOfFeatures(dim: number): Statistic[] {
  let moments = createClassMoments(dim);
  let sums = createClassSums(dim);
  return [
    {
      name: 'variance and f-statistic',
      add: ({ images, labels }) => {
        const own = createClassMoments(dim);
        addToClassMoments(own, images, labels);
        moments = mergeClassMoments(moments, own);
      },
      finish: () => variancesFromMoments(moments)[0] + fFromMoments(moments).scores[0],
    },
    {
      name: 'chi-square',
      add: ({ images, labels }) => {
        const own = createClassSums(dim);
        addToClassSums(own, images, labels);
        sums = mergeClassSums(sums, own);
      },
      finish: () => chiSquareFromSums(sums).scores[0],
    },
  ];
}

function linearMaps(dim: number): Statistic[] {
  let scatter = createScatterMoments(dim);
  let cross = createCrossMoments(dim);
  return [
    {
      name: 'pca',
      add: ({ images, texts }) => {
        const own = createScatterMoments(dim);
        addToScatterMoments(own, images);
        addToScatterMoments(own, texts);
        scatter = mergeScatterMoments(scatter, own);
      },
      finish: () => pcaMapOfMoments(scatter, K).explainedVarianceShare,
    },
    {
      name: 'cross-covariance',
      add: ({ images, texts }) => {
        const own = createCrossMoments(dim);
        addToCrossMoments(own, images, texts);
        cross = mergeCrossMoments(cross, own);
      },
      finish: () => crossCovarianceMapOfMoments(cross, K).eigenvalues[0],
    },
  ];
}

/** One reading of all shards; milliseconds go to each statistic's name, and to `reading`. */
function streamPass(
  folder: string,
  shards: number,
  statistics: readonly Statistic[],
  times: Map<string, number>,
): void {
  const clock = (name: string, ms: number): void => {
    times.set(name, (times.get(name) ?? 0) + ms);
  };
  for (let i = 0; i < shards; i++) {
    const { ms, value: shard } = timed(() => readShard(folder, i));
    clock('reading', ms);
    for (const { name, add } of statistics) clock(name, timed(() => add(shard)).ms);
  }
  for (const { name, finish } of statistics) {
    const { ms, value } = timed(finish);
    if (!Number.isFinite(value)) throw new Error(`expected a finite figure of ${name}, got ${value}`);
    clock(name, ms);
  }
}

function timed<T>(run: () => T): { ms: number; value: T } {
  const start = performance.now();
  const value = run();
  return { ms: performance.now() - start, value };
}

function readShard(folder: string, shard: number): Shard {
  const images = readNpy(join(folder, `images-${shard}.npy`));
  const texts = readNpy(join(folder, `texts-${shard}.npy`));
  const labels = readNpy(join(folder, `labels-${shard}.npy`));
  if (!(images instanceof Float32Array && texts instanceof Float32Array && labels instanceof Uint8Array)) {
    throw new Error(`expected float32 embeddings and uint8 labels in shard ${shard}`);
  }
  return { images, texts, labels };
}

const readNpy = (path: string) => decodeNpy(readFileSync(path)).data;

main(process.argv.slice(2));
