/**
 * How well the tail shares of a record tell what it was not calibrated on: run by `node bench/domain.ts`, prints the table of
 * docs/precompute.md. In-domain inputs are held out: five folds of the samples, each judged by a domain of the other four. Nothing
 * that is judged here is among the outliers that a record is fitted against; "without" are those of the same family left out, too.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '../scripts/clip/png-file.ts';
import { loadPairEncoder, openCache } from '../scripts/dataset/load-pair-encoder.ts';
import { loadOutliers } from '../scripts/precompute/load-outliers.ts';
import { OUTSIDE_SHARE, type ModalityDomain, tailShare } from '../src/core/calibration/domain.ts';
import { fitModalityDomain } from '../src/core/evaluation/fit-domain.ts';
import { auc } from '../src/core/evaluation/metrics.ts';
import { PICTURE_FAMILIES, type PictureFamily } from '../src/core/outliers/made-pictures.ts';
import { TEXT_FAMILIES } from '../src/core/outliers/made-texts.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import type { OutlierSet } from '../src/core/pairs/outliers.ts';
import { drawKinds } from './domain/draw-kinds.ts';
import { askKinds } from './domain/ask-kinds.ts';
import { writeKinds } from './domain/write-kinds.ts';
import { alignColumns } from './table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDS = 5;
const NOISE: readonly PictureFamily[] = ['pixelNoise', 'gaussianNoise', 'blocks', 'specks'];
const PAGES: readonly PictureFamily[] = ['text', 'darkText', 'form', 'table', 'chart'];
const SMOOTH: readonly PictureFamily[] = ['plain', 'gradient', 'clouds'];
const PATTERNS: readonly PictureFamily[] = ['checks', 'stripes', 'rings', 'strokes'];

const { info, encoder } = await loadPairEncoder();
const folder = await mkdtemp(join(tmpdir(), 'alignql-domain-'));
const quiet = { add: () => undefined, stop: () => undefined };
const cache = await openCache(folder, info, () => undefined);
const lines = readFileSync(join(ROOT, 'models/sample/captions.csv'), 'utf8').trim().split('\n').slice(1);
const captions = lines.map((line) => /^[^,]*,(?:"([^"]*)"|([^,]*))/.exec(line)?.slice(1).find(Boolean) ?? '');
const outliers = await loadOutliers(encoder, captions, cache, () => quiet).finally(() =>
  rm(folder, { recursive: true }),
);

async function encodeAll<Input>(
  inputs: readonly Input[],
  encode: (batch: readonly Input[]) => Promise<readonly unknown[]>,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let i = 0; i < inputs.length; i += 16) {
    for (const vector of await encode(inputs.slice(i, i + 16))) {
      if (vector instanceof Float32Array) vectors.push(vector);
    }
  }
  return vectors;
}

function fitAll(vectors: readonly Float32Array[], against: OutlierSet | null): ModalityDomain {
  const rows = Uint32Array.from(vectors.keys());
  const all = new Float32Array(vectors.length * info.dim);
  vectors.forEach((vector, i) => all.set(vector, i * info.dim));
  const domain = fitModalityDomain(all, info.dim, { rows, groups: Int32Array.from(rows) }, 0, against);
  if (domain === null) throw new Error('too few samples');
  return domain;
}

/** @param names of all families; `left` are left out */
function without(set: OutlierSet | null, names: readonly string[], left: readonly string[]): OutlierSet {
  if (set === null) throw new Error('no outliers');
  const rows = Array.from(set.families.keys()).filter((row) => !left.includes(names[set.families[row]]));
  const embeddings = new Float32Array(rows.length * info.dim);
  rows.forEach((row, i) =>
    embeddings.set(set.embeddings.subarray(row * info.dim, (row + 1) * info.dim), i * info.dim),
  );
  return { ...set, embeddings, families: Int32Array.from(rows, (row) => set.families[row]) };
}

interface Kind {
  readonly vectors: readonly Float32Array[];
  /** Families of outliers that are much like it. */
  readonly families: readonly string[];
}

function heldOutShares(inside: readonly Float32Array[], against: OutlierSet | null): number[] {
  return groupedFolds(Int32Array.from(inside.keys()), FOLDS, 1).flatMap((fold) => {
    const rest = Array.from(remainingRows(inside.length, fold), (i) => inside[i]);
    const domain = fitAll(rest, against);
    return Array.from(fold, (i) => tailShare(domain, inside[i]));
  });
}

function flagged(shares: readonly number[]): string {
  return `${((100 * shares.filter((share) => share < OUTSIDE_SHARE).length) / shares.length).toFixed(1)}%`;
}

function judge(inside: readonly Float32Array[], against: OutlierSet | null) {
  const held = heldOutShares(inside, against);
  const domain = fitAll(inside, against);
  return {
    held,
    figures: (vectors: readonly Float32Array[]): string[] => {
      const shares = vectors.map((vector) => tailShare(domain, vector));
      const labels = new Uint8Array(held.length + shares.length).fill(1, held.length);
      const scores = Float64Array.from([...held, ...shares], (share) => -share);
      return [auc(scores, labels).toFixed(3), flagged(shares)];
    },
  };
}

function table(
  record: string,
  inside: readonly Float32Array[],
  kinds: Readonly<Record<string, Kind>>,
  set: OutlierSet | null,
  names: readonly string[],
): string[][] {
  const plain = judge(inside, null);
  const full = judge(inside, set);
  const partial = new Map<string, ReturnType<typeof judge>>();
  const rows = Object.entries(kinds).map(([kind, { vectors, families }]) => {
    const key = families.join();
    const judged =
      families.length === 0 ? full : (partial.get(key) ?? judge(inside, without(set, names, families)));
    partial.set(key, judged);
    const figures = [full, judged, plain].flatMap(({ figures: of }) => of(vectors));
    return [record, kind, String(vectors.length), ...figures];
  });
  const held = [full, full, plain].flatMap((judged) => ['', flagged(judged.held)]);
  return [[record, 'held-out samples', String(inside.length), ...held], ...rows];
}

const files = lines.map((line) =>
  readFileSync(join(ROOT, 'models/sample', line.slice(0, line.indexOf(',')))),
);
const images = await encodeAll(files, encoder.encodeImages);
const isDrawing = lines.map((line) => line.trimEnd().endsWith(',drawing'));
const texts = await encodeAll(captions, encoder.encodeTexts);

const familiesOf: Readonly<Record<string, readonly string[]>> = {
  noise: NOISE,
  smooth: SMOOTH,
  pattern: PATTERNS,
  chart: ['chart'],
  none: [],
};
const pictures: Record<string, Kind> = {};
const screens = join(ROOT, 'docs/images/screens');
const screenFiles = readdirSync(screens)
  .filter((name) => name.endsWith('.webp'))
  .map((name) => readFileSync(join(screens, name)));
pictures['screenshots of this page'] = {
  vectors: await encodeAll(screenFiles, encoder.encodeImages),
  families: PAGES,
};
for (const { kind, family, pictures: drawn } of drawKinds()) {
  const vectors = await encodeAll(drawn.map(encodePng), encoder.encodeImages);
  pictures[kind] = { vectors, families: familiesOf[family] };
}
const written: Record<string, Kind> = {};
for (const { kind, families, texts: some } of [...askKinds(captions), ...writeKinds()]) {
  written[kind] = { vectors: await encodeAll(some, encoder.encodeTexts), families };
}
const drawings = images.filter((_, i) => isDrawing[i]);
const photographs = { vectors: images.filter((_, i) => !isDrawing[i]), families: [] };
process.stdout.write(
  alignColumns([
    ['record of', 'input', 'count', 'AUROC', 'flagged', 'without', 'flagged', 'alone', 'flagged'],
    ...table('all samples', images, pictures, outliers.image, PICTURE_FAMILIES),
    ...table('drawings alone', drawings, { photographs, ...pictures }, outliers.image, PICTURE_FAMILIES),
    ...table('captions', texts, written, outliers.text, TEXT_FAMILIES),
  ]),
);
