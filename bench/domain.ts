/**
 * How well the tail shares of a record tell what it was not calibrated on: run by `node bench/domain.ts`, prints the table of
 * docs/precompute.md. In-domain inputs are held out: five folds of the samples, each judged by a domain of the other four.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEncoder } from '../scripts/clip/load-encoder.ts';
import { encodePng } from '../scripts/clip/png-file.ts';
import { OUTSIDE_SHARE, tailShare } from '../src/core/calibration/domain.ts';
import { fitModalityDomain } from '../src/core/evaluation/fit-domain.ts';
import { auc } from '../src/core/evaluation/metrics.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import { createRandom } from '../src/core/random.ts';
import { alignColumns } from './table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDS = 5;
const COUNT = 100;
const SIDE = 128;
const WORDS: Readonly<Record<string, string>> = {
  Cyrillic: 'собака кошка дом дерево река гора большой красный сидит на столе рыба птица машина вода',
  Greek: 'σκύλος γάτα σπίτι δέντρο ποτάμι βουνό μεγάλο κόκκινο τρέχει στο τραπέζι ψάρι πουλί νερό',
  Arabic: 'كلب قطة بيت شجرة نهر جبل كبير أحمر صغير يجلس على الطاولة سمكة طائر سيارة ماء',
  Hebrew: 'כלב חתול בית עץ נהר הר גדול אדום קטן יושב על שולחן ביער דג ציפור מכונית מים',
  Devanagari: 'कुत्ता बिल्ली घर पेड़ नदी पहाड़ बड़ा लाल छोटा बैठा मेज पर मछली पक्षी गाड़ी पानी',
  Thai: 'สุนัข แมว บ้าน ต้นไม้ แม่น้ำ ภูเขา ใหญ่ แดง เล็ก วิ่ง นั่ง ปลา นก รถ ถนน น้ำ',
  Hangul: '개 고양이 집 나무 강 산 큰 빨간 작은 달리는 앉은 숲에서 물고기 새 자동차 물',
  Chinese: '狗 猫 房子 树 河 山 大 红色 小 坐着 在桌子上 在森林里 鱼 鸟 汽车 水',
};

const random = createRandom(0);
const encoder = await loadEncoder();

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

const encodeImages = (files: readonly Uint8Array[]): Promise<Float32Array[]> =>
  encodeAll(files, (batch) => encoder.images.encodeImages(batch));
const encodeTexts = (texts: readonly string[]): Promise<Float32Array[]> =>
  encodeAll(texts, (batch) => encoder.text.encodeTexts(batch));

function drawNoise(block: number, isGrey: boolean): Uint8Array {
  const across = Math.ceil(SIDE / block);
  const colours = Uint8Array.from({ length: across * across * 3 }, () => random.nextInt(256));
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
    const at = 3 * (Math.floor(y / block) * across + Math.floor(x / block));
    return colours[at + (isGrey ? 0 : channel)];
  });
  return encodePng({ width: SIDE, height: SIDE, data });
}

function fitAll(vectors: readonly Float32Array[]): NonNullable<ReturnType<typeof fitModalityDomain>> {
  const dim = vectors[0].length;
  const rows = Uint32Array.from(vectors.keys());
  const all = new Float32Array(vectors.length * dim);
  vectors.forEach((vector, i) => all.set(vector, i * dim));
  const domain = fitModalityDomain(all, dim, { rows, groups: Int32Array.from(rows) }, 0);
  if (domain === null) throw new Error('too few samples');
  return domain;
}

function table(
  record: string,
  inside: readonly Float32Array[],
  kinds: Readonly<Record<string, Float32Array[]>>,
): string[][] {
  const numbers = Int32Array.from(inside.keys());
  const held = groupedFolds(numbers, FOLDS, 1).flatMap((fold) => {
    const domain = fitAll(Array.from(remainingRows(inside.length, fold), (i) => inside[i]));
    return Array.from(fold, (i) => tailShare(domain, inside[i]));
  });
  const domain = fitAll(inside);
  const flagged = (shares: readonly number[]): string =>
    `${((100 * shares.filter((share) => share < OUTSIDE_SHARE).length) / shares.length).toFixed(1)}%`;
  const rows = Object.entries(kinds).map(([kind, vectors]) => {
    const shares = vectors.map((vector) => tailShare(domain, vector));
    const labels = new Uint8Array(held.length + shares.length).fill(1, held.length);
    const area = auc(
      Float64Array.from([...held, ...shares], (share) => -share),
      labels,
    );
    return [record, kind, String(shares.length), area.toFixed(3), flagged(shares)];
  });
  return [[record, 'held-out samples', String(held.length), '', flagged(held)], ...rows];
}

const lines = readFileSync(join(ROOT, 'models/sample/captions.csv'), 'utf8').trim().split('\n').slice(1);
const files = lines.map((line) =>
  readFileSync(join(ROOT, 'models/sample', line.slice(0, line.indexOf(',')))),
);
const images = await encodeImages(files);
const isDrawing = lines.map((line) => line.trimEnd().endsWith(',drawing'));
const captions = lines.map((line) => /^[^,]*,(?:"([^"]*)"|([^,]*))/.exec(line)?.slice(1).find(Boolean) ?? '');
const texts = await encodeTexts(captions);
const screens = join(ROOT, 'docs/images/screens');
const screenFiles = readdirSync(screens).filter((name) => name.endsWith('.webp'));
const many = <T>(make: () => T): T[] => Array.from({ length: COUNT }, make);
const pictures = {
  'noise, pixels': await encodeImages(many(() => drawNoise(1, false))),
  'noise, grey': await encodeImages(many(() => drawNoise(1, true))),
  'noise, blocks': await encodeImages(many(() => drawNoise(4 + random.nextInt(12), false))),
  'screenshots of this page': await encodeImages(
    screenFiles.map((name) => readFileSync(join(screens, name))),
  ),
};
const scripts: Record<string, Float32Array[]> = {};
for (const [script, list] of Object.entries(WORDS)) {
  const words = list.split(' ');
  const phrase = (): string =>
    Array.from({ length: 2 + random.nextInt(5) }, () => words[random.nextInt(words.length)]).join(' ');
  scripts[script] = await encodeTexts(many(phrase));
}
const drawings = images.filter((_, i) => isDrawing[i]);
const photographs = images.filter((_, i) => !isDrawing[i]);
process.stdout.write(
  alignColumns([
    ['record of', 'input', 'count', 'AUROC', 'flagged'],
    ...table('all samples', images, pictures),
    ...table('drawings alone', drawings, { photographs, ...pictures }),
    ...table('captions', texts, scripts),
  ]),
);
