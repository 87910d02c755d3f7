import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { comparisonCandidates } from '../../../src/core/evaluation/candidates.ts';
import type { Candidate } from '../../../src/core/evaluation/candidates.ts';
import { crossValidate } from './cross-validate.ts';
import type { Evaluation } from '../../../src/core/evaluation/cross-validation.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { STRATEGIES } from '../../../src/core/selection/strategy-names.ts';
import { buildModel } from '../../../src/core/fitting/model-builder.ts';
import { prepareTraining } from '../../../src/core/selection/training.ts';
import { cosineSimilarity, columnMeans, gatherRows, normalizeRows } from '../../../src/core/vector.ts';
import { readEmbeddings } from '../../../src/format/npy.ts';
import { gaussians } from '../random-data.ts';

const DIM = 24;
const COCO = new URL('../../../../shared/data/coco500-clip-vit-b16/', import.meta.url);

/** Images and captions that share `signal` coordinates and differ in the rest; several captions an image. */
function madeSet(images: number, captions: number, signal: number, seed: number): PairSet {
  const imageEmbeddings = Float32Array.from(gaussians(images * DIM, seed));
  const noise = gaussians(images * captions * DIM, seed + 1);
  const textEmbeddings = Float32Array.from(noise, (x, i) => {
    const image = Math.floor(i / DIM / captions);
    return i % DIM < signal ? imageEmbeddings[image * DIM + (i % DIM)] + 0.3 * x : x;
  });
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const textRows = Uint32Array.from({ length: images * captions }, (_, i) => i);
  const imageRows = textRows.map((i) => Math.floor(i / captions));
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows,
    textRows,
    groups: Int32Array.from(imageRows),
  };
}

const candidate = (more: Partial<Candidate>): Candidate => ({
  strategy: 'mutual-information',
  k: 8,
  encoding: 'float32',
  centred: true,
  fusion: 'identity',
  ...more,
});
const OPTIONS = { folds: 4, seed: 1 };
const recallAt1 = ({ recallAt1 }: Evaluation) => recallAt1.reduce((sum, x) => sum + x, 0) / recallAt1.length;

describe('crossValidate', () => {
  it('finds the coordinates that carry the signal and ranks strategies by them', () => {
    const set = madeSet(160, 1, 8, 10);
    const [information, random, full] = crossValidate(
      set,
      [
        candidate({}),
        candidate({ strategy: 'random' }),
        candidate({ strategy: 'full', k: DIM, centred: false }),
      ],
      OPTIONS,
    );
    for (const { projection } of information.models) {
      const kept = projection.kind === 'mask' ? [...projection.indices] : [];
      expect(kept.filter((index) => index < 8).length).toBeGreaterThanOrEqual(7);
    }
    expect(recallAt1(information)).toBeGreaterThan(recallAt1(full));
    expect(recallAt1(full)).toBeGreaterThan(recallAt1(random));
    expect(information.row.auc.mean).toBeGreaterThan(0.99);
    expect(information.row.stability?.mean).toBeGreaterThan(0.7);
    expect(random.row.stability).toBeNull();
    expect(full.row.stability).toBeNull();
  });

  it('stays at chance on embeddings that know nothing, every strategy', () => {
    const evaluations = crossValidate(
      madeSet(160, 1, 0, 20),
      comparisonCandidates(STRATEGIES, [8], DIM),
      OPTIONS,
    );
    for (const evaluation of evaluations) {
      const { strategy, encoding, auc, ece } = evaluation.row;
      // 160 pairs: AUC spreads by about 0.03 around 1/2, recall@1 of 40 by 0.012 around 1/40.
      expect(Math.abs(auc.mean - 0.5), `${strategy} ${encoding}`).toBeLessThan(0.12);
      expect(recallAt1(evaluation), `${strategy} ${encoding}`).toBeLessThan(0.08);
      expect(ece.mean).toBeLessThan(0.2);
    }
  });

  it('keeps the captions of one image in one fold: the leaky split scores visibly higher', () => {
    // Captions of one image resemble each other and have nothing to do with the image: there is nothing to learn, only
    // to memorise, which pays where a sibling caption is among the pairs fitted on.
    const images = 24;
    const meanAuc = (leaky: boolean) => {
      const aucs = Array.from({ length: 12 }, (_, i) => {
        const seed = 1000 + 10 * i;
        const set = madeSet(images, 5, 0, seed);
        const topics = gaussians(images * DIM, seed + 2);
        const textEmbeddings = Float32Array.from(
          gaussians(images * 5 * DIM, seed + 3),
          (x, i) => 3 * topics[Math.floor(i / DIM / 5) * DIM + (i % DIM)] + x,
        );
        normalizeRows(textEmbeddings, DIM);
        const groups = leaky ? Int32Array.from(set.textRows) : set.groups;
        const memorising = candidate({ strategy: 'full', k: DIM, fusion: 'weighted' });
        return crossValidate({ ...set, textEmbeddings, groups }, [memorising], OPTIONS)[0].row.auc.mean;
      });
      return aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
    };
    // One set spreads by 0.09 (grouped) and 0.06 (leaky), means of twelve by 0.03 and 0.02.
    const grouped = meanAuc(false);
    expect(Math.abs(grouped - 0.5)).toBeLessThan(0.09);
    expect(meanAuc(true)).toBeGreaterThan(grouped + 0.06);
  });

  it('fits nothing on the pairs it judges: changing a held-out pair leaves its fold model alone', () => {
    const set = madeSet(60, 1, 8, 40);
    const options = { folds: 3, seed: 2 };
    const [before] = crossValidate(set, [candidate({ fusion: 'weighted' })], options);
    const textEmbeddings = set.textEmbeddings.slice();
    textEmbeddings.set(set.textEmbeddings.subarray(DIM, 2 * DIM), 0);
    const [after] = crossValidate({ ...set, textEmbeddings }, [candidate({ fusion: 'weighted' })], options);
    const same = before.models.map(
      (model, fold) => JSON.stringify(model) === JSON.stringify(after.models[fold]),
    );
    // Pair 0 is held out once and trained on twice.
    expect(same.filter(Boolean)).toHaveLength(1);
  });

  it('repeats for a seed', () => {
    const set = madeSet(60, 2, 8, 50);
    const run = () =>
      crossValidate(set, [candidate({}), candidate({ strategy: 'random' })], OPTIONS).map(({ row }) => row);
    expect(run()).toEqual(run());
  });

  it('takes the bytes of each encoding', () => {
    const evaluations = crossValidate(
      madeSet(40, 1, 8, 60),
      comparisonCandidates(['variance', 'full'], [5], DIM),
      OPTIONS,
    );
    expect(evaluations.map(({ row }) => row.bytes)).toEqual([20, 96, 28, 3]);
  });

  it('fits a strategy alike whatever else is compared, at every k', () => {
    const set = madeSet(60, 1, 8, 61);
    for (const strategy of ['pca-rfe', 'rfe', 'cross-covariance', 'random-forest']) {
      const [alone] = crossValidate(set, [candidate({ strategy, k: 3 })], OPTIONS);
      const [beside] = crossValidate(
        set,
        [3, 9].map((k) => candidate({ strategy, k })),
        OPTIONS,
      );
      expect(beside.row, strategy).toEqual(alone.row);
    }
  });

  it('gives rfe in front of another strategy the parameters it has alone', () => {
    const set = madeSet(80, 1, 8, 62);
    const candidates = ['rfe', 'rfe:6+variance'].map((strategy) => candidate({ strategy, k: 6 }));
    const [alone, inFront] = crossValidate(set, candidates, OPTIONS);
    const masks = ({ models }: Evaluation) =>
      models.map(({ projection }) => (projection.kind === 'mask' ? [...projection.indices] : []));
    expect(masks(inFront)).toEqual(masks(alone));
  });

  it('refuses a mask of more coordinates than a prefilter leaves', () => {
    const most = comparisonCandidates(['f-statistic:6+mrmr'], [4, 8], DIM);
    expect(most.map(({ k }) => k)).toEqual([4]);
    const filtered = candidate({ strategy: 'variance:0.0001+f-statistic', k: DIM });
    const flat = madeSet(40, 1, 8, 63);
    flat.imageEmbeddings.forEach((_, i) => {
      if (i % DIM === 3) flat.imageEmbeddings[i] = 0;
    });
    expect(() => crossValidate(flat, [filtered], OPTIONS)).toThrow(/at most the \d+ features .* leaves/);
  });

  it('averages ranks in every fold when told to', () => {
    const set = madeSet(60, 1, 8, 64);
    const mask = candidate({ strategy: 'mutual-information', k: 6 });
    const [once] = crossValidate(set, [mask], OPTIONS);
    const [averaged] = crossValidate(set, [mask], { ...OPTIONS, bootstrap: 10 });
    expect(averaged.models).not.toEqual(once.models);
    expect(averaged.row.stability?.mean).toBeGreaterThan(0);
  });

  it('rejects k beyond dim, and fewer groups than folds', () => {
    expect(() => crossValidate(madeSet(40, 1, 8, 70), [candidate({ k: 25 })], OPTIONS)).toThrow(
      /k from 0 to 24/,
    );
    expect(() => crossValidate(madeSet(3, 1, 8, 71), [candidate({})], OPTIONS)).toThrow(/at least 4 groups/);
  });
});

describe('prepareTraining', () => {
  it('uses the pairs it is given alone: as many mismatches as matches, none within a group', () => {
    const set = madeSet(20, 2, 8, 80);
    const rows = Uint32Array.from({ length: 30 }, (_, i) => i);
    const { features, labels, groups, count, imageMean } = prepareTraining(set, rows, {
      centred: true,
      seed: 3,
    });
    expect(count).toBe(60);
    expect(labels.reduce((sum, label) => sum + label, 0)).toBe(30);
    expect([...groups.subarray(0, 30)]).toEqual([...groups.subarray(30)]);
    expect(features).toHaveLength(60 * DIM);
    // Means over the 15 images, each once, though each has two captions.
    expect(imageMean).toEqual(
      columnMeans(gatherRows(set.imageEmbeddings, DIM, [...new Set(set.imageRows.subarray(0, 30))]), DIM),
    );
  });

  it('builds a model that keeps what it is told', () => {
    const set = madeSet(20, 1, 8, 90);
    const training = prepareTraining(set, set.textRows, { centred: false, seed: 3 });
    expect(training.imageMean).toBeNull();
    expect(buildModel(training, { kind: 'full' }, 'identity', 0)).toEqual({
      dim: DIM,
      k: DIM,
      imageMean: null,
      textMean: null,
      projection: { kind: 'full' },
      fusion: { kind: 'identity' },
    });
    const weighted = buildModel(training, { kind: 'mask', indices: Uint32Array.of(0, 5) }, 'weighted', 0);
    expect(weighted.k).toBe(2);
    expect(weighted.fusion.kind).toBe('weighted');
  });
});

describe.skipIf(!existsSync(COCO))('crossValidate on 500 COCO pairs of CLIP ViT-B/16', () => {
  const read = (path: string) => readEmbeddings(readFileSync(new URL(path, COCO))).embeddings;

  it('comes near the published figures: full .72, cross-covariance .60, PCA .56, mutual information .38, random .29', () => {
    const dim = 512;
    const rows = Uint32Array.from({ length: 500 }, (_, i) => i);
    const set = {
      dim,
      imageEmbeddings: read('img_emb/img_emb_0.npy'),
      textEmbeddings: read('text_emb/text_emb_0.npy'),
      imageRows: rows,
      textRows: rows,
      groups: Int32Array.from(rows),
    };
    normalizeRows(set.imageEmbeddings, dim);
    normalizeRows(set.textEmbeddings, dim);
    const names = ['full', 'cross-covariance', 'pca', 'mutual-information', 'random'];
    const candidates = comparisonCandidates(names, [50], dim);
    const [full, int8, , crossCovariance, pca, information, random] = crossValidate(set, candidates, {
      folds: 5,
      seed: 0,
    }).map(recallAt1);
    // One split of 500 queries: a standard error of about 0.02.
    expect(Math.abs(full - 0.72)).toBeLessThan(0.03);
    expect(Math.abs(crossCovariance - 0.6)).toBeLessThan(0.05);
    expect(Math.abs(pca - 0.56)).toBeLessThan(0.05);
    expect(Math.abs(information - 0.38)).toBeLessThan(0.05);
    expect(Math.abs(random - 0.29)).toBeLessThan(0.05);
    expect(Math.abs(int8 - full)).toBeLessThan(0.01);
    const order = [full, crossCovariance, pca, information, random];
    expect(order.toSorted((a, b) => b - a)).toEqual(order);
    const own = cosineSimilarity(set.imageEmbeddings.subarray(0, dim), set.textEmbeddings.subarray(0, dim));
    expect(own).toBeGreaterThan(0.2);
  });
});
