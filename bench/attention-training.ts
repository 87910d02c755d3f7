import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpyPairs } from '../scripts/dataset/npy-pairs.ts';
import { fitProjections } from '../src/core/evaluation/fold-evaluation.ts';
import type { HeldOutFold } from '../src/core/evaluation/fold-measures.ts';
import { measureFold, prepareHeldOut } from '../src/core/evaluation/fold-measures.ts';
import { pairedDifference } from '../src/core/evaluation/paired-difference.ts';
import { ATTENTION_SCHEDULE, type AttentionSchedule } from '../src/core/fitting/attention-training.ts';
import { buildModel } from '../src/core/fitting/model-builder.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import type { PairSet } from '../src/core/pairs/pair-set.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import { parseStrategy } from '../src/core/selection/strategy-names.ts';
import { prepareTraining } from '../src/core/selection/training.ts';
import { type BenchRow, limitRow } from './measure.ts';
import { ownCpuMs } from './measure-cpu.ts';
import { encodeSample } from './search-corpus.ts';

const STRATEGY = 'whitened-cross-covariance';
const K = 50;
const FOLDS = 5;
/** Folds are drawn anew by each: pairs of a set this small are few, and what training gains is less. */
const SEEDS = [0, 1];
/** 500 real pairs, where someone has them. */
const CLIP_PAIRS = new URL('../../shared/data/coco500-clip-vit-b16/', import.meta.url);

const PLAIN: AttentionSchedule = { batch: 32, patience: 4, singleShare: 0, learningRate: 1e-3, refit: false };
const CHANGES = {
  'single captions': { singleShare: 1 },
  'batch of 128': { batch: 128 },
  'patience 15': { patience: 15 },
  refit: { refit: true },
} as const satisfies Readonly<Record<string, Partial<AttentionSchedule>>>;
const ALL: AttentionSchedule = Object.assign({ ...PLAIN }, ...Object.values(CHANGES)) as AttentionSchedule;

/** Each change by itself, all of them, and all but each. */
const SCHEDULES: Readonly<Record<string, AttentionSchedule>> = {
  'none of them': PLAIN,
  ...Object.fromEntries(Object.entries(CHANGES).map(([name, change]) => [name, { ...PLAIN, ...change }])),
  'all four': ALL,
  ...Object.fromEntries(
    Object.entries(CHANGES).map(([name, change]) => [`all but ${name}`, without(change)]),
  ),
  'all four, half single': { ...ALL, singleShare: 0.5 },
  'all four, a third of the rate': { ...ALL, learningRate: 3e-4 },
  'all four, three times the rate': { ...ALL, learningRate: 3e-3 },
  'as it is': ATTENTION_SCHEDULE,
};

function without(change: Partial<AttentionSchedule>): AttentionSchedule {
  const names = Object.keys(change);
  return Object.fromEntries(
    Object.entries(ALL).map(([name, value]) => [
      name,
      names.includes(name) ? PLAIN[name as keyof AttentionSchedule] : value,
    ]),
  ) as unknown as AttentionSchedule;
}

/** What training gains over identity fusion in held-out folds, by how it is done. */
export async function benchAttentionTraining(tell: (line: string) => void): Promise<BenchRow[]> {
  const sets: [string, PairSet][] = [['the sample set', await encodeSample()]];
  if (existsSync(CLIP_PAIRS)) sets.push(['500 CLIP pairs', await readClipPairs()]);
  else tell(`no ${fileURLToPath(CLIP_PAIRS)}: measuring on models/sample alone`);
  return sets.flatMap(([name, set]) => rowsOf(name, set, tell));
}

function readClipPairs(): Promise<PairSet> {
  const path = (file: string): string => join(fileURLToPath(CLIP_PAIRS), file);
  return readNpyPairs({
    imageEmbeddings: path('img_emb/img_emb_0.npy'),
    textEmbeddings: path('text_emb/text_emb_0.npy'),
    groups: null,
  });
}

function rowsOf(setName: string, set: PairSet, tell: (line: string) => void): BenchRow[] {
  const names = Object.keys(SCHEDULES);
  const identity: number[] = [];
  const recalls = names.map((): number[] => []);
  const times = names.map(() => 0);
  for (const seed of SEEDS) {
    groupedFolds(set.groups, FOLDS, seed).forEach((held, fold) => {
      tell(`attention: ${setName}, fold ${fold + 1} of ${FOLDS}, seed ${seed}`);
      const heldOut = prepareHeldOut(set, held, seed);
      const training = prepareTraining(set, remainingRows(set.groups.length, held), { centred: true, seed });
      const { projectTo } = fitProjections(parseStrategy(STRATEGY), training, { seed, k: K });
      identity.push(recallAt1(heldOut, buildModel(training, projectTo(K), 'identity', seed)));
      names.forEach((name, i) => {
        const before = ownCpuMs();
        const model = buildModel(training, projectTo(K), 'attention', seed, SCHEDULES[name]);
        times[i] += ownCpuMs() - before;
        recalls[i].push(recallAt1(heldOut, model));
      });
    });
  }
  return names.flatMap((name, i) => {
    const { mean, standardError } = pairedDifference(recalls[i], identity);
    const spread = { median: mean, min: mean - standardError, max: mean + standardError };
    const perFit = times[i] / identity.length;
    tell(
      `attention: ${setName}, ${name}: ${mean.toFixed(4)} ±${standardError.toFixed(4)}, ${perFit.toFixed(0)} ms of CPU a fit`,
    );
    return [limitRow(`attention, ${setName}: ${name}`, 'recall@1 over identity', 'share', spread, null)];
  });
}

/** Mean of both directions. */
function recallAt1(fold: HeldOutFold, model: UncalibratedModel): number {
  const { imageToText, textToImage } = measureFold(fold, model, { kind: 'float32' }).recall;
  return (imageToText[0] + textToImage[0]) / 2;
}
