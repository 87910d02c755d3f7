/**
 * How well `anyMatch` tells queries with an answer from those without, and how often `relevantCount` is right, by corpus size: run by
 * `node bench/any-match.ts`, prints the table of docs/search.md. Everything is held out: five folds, in each the means, the domain and
 * both regressions are fitted on the other four.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alignColumns } from './table.ts';
import { loadPairs } from '../scripts/precompute/load-pairs.ts';
import { answerAnyMatch } from '../src/core/calibration/any-match.ts';
import { type KnownSearch, fitSearches, knownSearches } from '../src/core/evaluation/fit-any-match.ts';
import { fitDomain } from '../src/core/evaluation/fit-domain.ts';
import { auc, expectedCalibrationError } from '../src/core/evaluation/metrics.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import type { PairSet } from '../src/core/pairs/pair-set.ts';
import { createRandom } from '../src/core/random.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import { readEmbeddings } from '../src/format/npy.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COCO = process.env.ALIGNQL_COCO ?? join(ROOT, '../shared/data/coco500-clip-vit-b16');
const SIZES = [2, 5, 10, 20, 50, 99];
const FOLDS = 5;

interface Judged {
  readonly search: KnownSearch;
  readonly anyMatch: number;
  readonly relevantCount: number;
}

function judge(pairs: PairSet, modality: 'image' | 'text'): Judged[] {
  const { dim, groups } = pairs;
  const model: UncalibratedModel = {
    dim,
    k: dim,
    imageMean: null,
    textMean: null,
    projection: { kind: 'full' },
    fusion: { kind: 'identity' },
  };
  return groupedFolds(groups, FOLDS, 0).flatMap((held, fold) => {
    const rest = remainingRows(groups.length, held);
    const training: PairSet = {
      ...pairs,
      imageRows: rest.map((i) => pairs.imageRows[i]),
      textRows: rest.map((i) => pairs.textRows[i]),
      groups: Int32Array.from(rest, (i) => groups[i]),
    };
    const domain = fitDomain(training, 0, null);
    const other = modality === 'text' ? domain.image : domain.text;
    if (other === null) throw new Error('too few pairs for a domain');
    const random = createRandom(fold);
    const searches = groupedFolds(training.groups, FOLDS, 1).flatMap((inner) =>
      knownSearches(training, inner, model, { modality, other, random }),
    );
    const fit = fitSearches(searches);
    if (fit === null) throw new Error('too few searches');
    return knownSearches(pairs, held, model, { modality, other, random }, SIZES).map((search) => {
      const { anyMatch, relevantCount } = answerAnyMatch(fit, search.best);
      return { search, anyMatch: anyMatch ?? NaN, relevantCount: relevantCount ?? NaN };
    });
  });
}

/** The results from the first on are just those that fit. */
function isRight({ label, fits }: KnownSearch, count: number): boolean {
  return label ? count === 1 && fits[0] : count === 0;
}

/** The share of right cuts at one threshold of the score for all searches, the best that there is, chosen on these very searches. */
function bestThreshold(judged: readonly Judged[]): number {
  const candidates = judged.map(({ search }) => search.best.scores[0]).sort((a, b) => a - b);
  let best = candidates[0];
  let most = -1;
  for (let i = 0; i < candidates.length; i += 10) {
    const right = shareRight(judged, candidates[i]);
    if (right > most) [best, most] = [candidates[i], right];
  }
  return best;
}

function shareRight(judged: readonly Judged[], threshold: number): number {
  const right = judged.filter(({ search }) =>
    isRight(search, Array.from(search.best.scores).filter((score) => score >= threshold).length),
  );
  return right.length / judged.length;
}

function rows(name: string, judged: readonly Judged[]): string[][] {
  const threshold = bestThreshold(judged);
  const row = (size: string, some: readonly Judged[]): string[] => {
    const labels = Uint8Array.from(some, ({ search }) => (search.label ? 1 : 0));
    const probabilities = Float64Array.from(some, ({ anyMatch }) => anyMatch);
    const bests = Float64Array.from(some, ({ search }) => search.best.scores[0]);
    const right = some.filter(({ search, relevantCount }) => isRight(search, relevantCount)).length;
    const figures = [
      auc(probabilities, labels),
      auc(bests, labels),
      expectedCalibrationError(probabilities, labels),
      right / some.length,
      shareRight(some, threshold),
    ];
    return [name, size, ...figures.map((figure) => figure.toFixed(3))];
  };
  const bySize = SIZES.map((size) => ({
    size,
    some: judged.filter(({ search }) => search.best.count === size),
  }));
  return [
    ...bySize.filter(({ some }) => some.length > 0).map(({ size, some }) => row(String(size), some)),
    row('all', judged),
  ];
}

function readCoco(): PairSet {
  const read = (name: string): Float32Array => readEmbeddings(readFileSync(join(COCO, name))).embeddings;
  const imageEmbeddings = read('img_emb/img_emb_0.npy');
  const numbers = Uint32Array.from({ length: imageEmbeddings.length / 512 }, (_, i) => i);
  const textEmbeddings = read('text_emb/text_emb_0.npy');
  const groups = Int32Array.from(numbers);
  return { dim: 512, imageEmbeddings, textEmbeddings, imageRows: numbers, textRows: numbers, groups };
}

async function readSample(): Promise<PairSet> {
  const source = {
    kind: 'dataset',
    path: join(ROOT, 'models/sample/captions.csv'),
    columns: { kind: 'kind' },
    cache: join(ROOT, '.alignql/embeddings'),
  } as const;
  const quiet = { add: () => undefined, stop: () => undefined };
  const output = { startProgress: () => quiet, tell: () => undefined };
  return (await loadPairs(source, output, () => undefined)).pairs;
}

const header = ['queries', 'among', 'AUROC', 'best score', 'ECE', 'cut right', 'by threshold'];
const sets = [
  ['COCO-500', readCoco()],
  ['samples', await readSample()],
] as const;
const table = sets.flatMap(([name, pairs]) =>
  (['text', 'image'] as const).flatMap((modality) => rows(`${name}, ${modality}`, judge(pairs, modality))),
);
process.stdout.write(alignColumns([header, ...table]));
