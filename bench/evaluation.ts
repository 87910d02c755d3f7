import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recall, recallAtK } from '../src/core/pairs/recall.ts';
import { createRandom } from '../src/core/random.ts';
import { normalizeRows } from '../src/core/vector.ts';
import { encodeNpy } from '../src/format/npy.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, limitRow, measureMs, onCurve, spreadOf } from './measure.ts';
import { rivalOf, runRival } from './rival.ts';

const K = 50;
/** What one fold of a comparison scores: every k of the default, and full vectors. */
const FOLD = { pairs: 2_000, ks: [16, 50, 128, 512] } as const;
const SIZES = [1_000, 3_000, 10_000, 30_000];
const REPETITIONS = 5;
const TARGET = 0.5;
const COMPARE = { pairs: 10_000, dim: 512, mostSeconds: 20 } as const;
const STRATEGIES = 'mutual-information,f-statistic,pca,cross-covariance';
/** Of each direction's share; both sum in float32, in another order. */
const AGREEMENT = 0.002;

/** Tiles of rows, so that no matrix of all scores is held; ties with the right item share its place, as ours. */
const RIVAL = `
TILE = 1000

def recall(images, texts):
    count = len(images)
    right = np.einsum("ij,ij->i", images, texts)
    above = [np.zeros(count, int), np.zeros(count, int)]
    tied = [np.zeros(count, int), np.zeros(count, int)]
    for start in range(0, count, TILE):
        scores = images[start:start + TILE] @ texts.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = right[start:start + TILE]
        own = right[start:start + TILE, None]
        above[0][start:start + TILE] = (scores > own).sum(axis=1)
        tied[0][start:start + TILE] = (scores == own).sum(axis=1) - 1
        above[1] += (scores > right).sum(axis=0)
        tied[1] += (scores == right).sum(axis=0)
    tied[1] -= 1
    places = [np.array([np.clip((k - a) / (1 + t), 0, 1).mean() for k in (1, 5, 10)]) for a, t in zip(above, tied)]
    return [p.tolist() for p in places]

sets = [(load(f"images{i}"), load(f"texts{i}")) for i in range(int(load("sets")[0]))]
run = lambda: [recall(images, texts) for images, texts in sets]
answer({"times": timed(run), "recalls": run()})
`;

interface RivalFigures {
  readonly times: number[];
  readonly recalls: [imageToText: number[], textToImage: number[]][];
}

/**
 * Recall both ways of a held-out fold, which is what a comparison spends its time on, against numpy doing the same on one
 * thread; how it grows with the pairs; and the whole of `compare` on 10,000.
 *
 * Each score is computed once, in tiles of 4×8 that stay in registers, and both directions are counted from it while it is
 * in the cache. WebAssembly's vectors hold four float32, so the product is about a quarter of what OpenBLAS makes of vectors of
 * 512 bits; counting is what numpy passes over the matrix four times for.
 */
export function benchEvaluation(tell: (line: string) => void): BenchRow[] {
  const fold = FOLD.ks.map((k) => madePairs(FOLD.pairs, k));
  tell(`evaluation: a fold of ${FOLD.pairs} pairs, k = ${FOLD.ks.join(', ')}`);
  const name = `evaluation of a fold: ${FOLD.pairs} pairs, k = ${FOLD.ks.join(', ')}`;
  const rows = [recallRow(name, fold, REPETITIONS, TARGET, tell)];
  for (const pairs of SIZES) {
    tell(`evaluation: ${pairs} pairs, k = ${K}`);
    const repetitions = pairs > 5_000 ? 1 : REPETITIONS;
    const row = recallRow(
      `evaluation: ${pairs} pairs, k = ${K}`,
      [madePairs(pairs, K)],
      repetitions,
      null,
      tell,
    );
    rows.push(onCurve(row, { chart: 'evaluation', name: `k = ${K}`, x: pairs, xUnit: 'pairs' }));
  }
  tell(`evaluation: compare of ${COMPARE.pairs} pairs`);
  return [...rows, compareRow()];
}

interface MadePairs {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly dim: number;
}

function recallRow(
  name: string,
  sets: readonly MadePairs[],
  repetitions: number,
  target: number | null,
  tell: (line: string) => void,
): BenchRow {
  const run = (): Recall[] => sets.map(recallOf);
  const ours = measureMs(repetitions, () => run()[0].imageToText[0]);
  const inputs = Object.fromEntries(
    sets.flatMap(({ images, texts, dim }, i) => [
      [`images${i}`, { data: images, shape: [images.length / dim, dim] }],
      [`texts${i}`, { data: texts, shape: [texts.length / dim, dim] }],
    ]),
  );
  const count = { data: Int32Array.of(sets.length), shape: [1] };
  const rival = runRival<RivalFigures>(RIVAL, { ...inputs, sets: count }, repetitions, tell);
  if (rival !== null) run().forEach((recall, i) => assertAgreement(recall, rival.value.recalls[i]));
  return benchRow(
    name,
    ours,
    rivalOf('numpy', rival, ({ times }) => times),
    target,
  );
}

function recallOf({ images, texts, dim }: MadePairs): Recall {
  const groups = Uint32Array.from({ length: images.length / dim }, (_, i) => i);
  return recallAtK({ images, texts, dim, imageGroups: groups, textGroups: groups }, [1, 5, 10]);
}

function assertAgreement({ imageToText, textToImage }: Recall, theirs: readonly number[][]): void {
  const ours = [...imageToText, ...textToImage];
  const worst = theirs.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
  if (!(worst <= AGREEMENT)) {
    throw new Error(`expected the rival's recall within ${AGREEMENT}, got a difference of ${worst}`);
  }
}

/** Unit vectors; a text is its image and noise, so that recall is neither 0 nor 1. */
function madePairs(count: number, dim: number): MadePairs {
  const random = createRandom(count + dim);
  const images = Float32Array.from({ length: count * dim }, () => random.nextGaussian());
  const texts = images.map((value) => value + 1.5 * random.nextGaussian());
  normalizeRows(images, dim);
  normalizeRows(texts, dim);
  return { images, texts, dim };
}

/** The command as a person runs it, on all cores. */
function compareRow(): BenchRow {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bench-'));
  try {
    const { images, texts, dim } = madePairs(COMPARE.pairs, COMPARE.dim);
    const files = { images: join(folder, 'images.npy'), texts: join(folder, 'texts.npy') };
    writeFileSync(files.images, encodeNpy(images, [COMPARE.pairs, dim]));
    writeFileSync(files.texts, encodeNpy(texts, [COMPARE.pairs, dim]));
    const start = performance.now();
    execFileSync(
      process.execPath,
      [
        new URL('../scripts/compare.ts', import.meta.url).pathname,
        ...['--image-embeddings', files.images, '--text-embeddings', files.texts],
        ...['--strategies', STRATEGIES],
      ],
      { stdio: 'ignore' },
    );
    const seconds = (performance.now() - start) / 1000;
    const name = `compare: ${COMPARE.pairs}×${dim}, 4 strategies, 5 folds, all cores`;
    return limitRow(name, 'time', 's', spreadOf([seconds]), COMPARE.mostSeconds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
