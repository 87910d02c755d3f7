import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import type { Verdict } from '../../scripts/report/verdict.ts';
import { createRandom } from '../../src/core/random.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { decodeSelection } from '../../src/format/selection-record.ts';
import { DIM, type Ran, type Workplace, createWorkplace, readJson } from './precompute-setup.ts';

/** Every fourth pair is a photograph. */
const COUNT = 240;
const kindOf = (pair: number): string => (pair % 4 === 0 ? 'photograph' : 'drawing');
const FEW = ['--k', '8', '--strategy', 'full', '--strategies', 'variance', '--fusion', 'identity'];
const EMBEDDINGS = ['--encoder-id', 'some/clip'];

let place: Workplace;
let made: Ran;

/** All images and texts of photographs lie near one another, so that one score means less there than among drawings. */
beforeAll(() => {
  place = createWorkplace();
  const random = createRandom(3);
  const images = Float32Array.from({ length: COUNT * DIM }, () => random.nextGaussian());
  const texts = images.map((value) => value + 1.6 * random.nextGaussian());
  for (const matrix of [images, texts]) {
    for (let pair = 0; pair < COUNT; pair += 4) matrix[pair * DIM] = 6;
  }
  for (const [name, matrix] of [
    ['img_emb', images],
    ['text_emb', texts],
  ] as const) {
    place.put(`pairs/${name}/${name}_0.npy`, encodeNpy(matrix, [COUNT, DIM]));
  }
  mkdirSync(join(place.folder, 'pairs/metadata'));
  const pairs = Array.from({ length: COUNT }, (_, i) => i);
  parquetWriteFile({
    filename: join(place.folder, 'pairs/metadata/metadata_0.parquet'),
    columnData: [
      { name: 'image_path', data: pairs.map((i) => `${i}.jpg`), type: 'STRING' },
      { name: 'caption', data: pairs.map((i) => `caption ${i}`), type: 'STRING' },
      { name: 'style', data: pairs.map(kindOf), type: 'STRING' },
    ],
  });
  made = place.run('pairs', ...EMBEDDINGS, ...FEW, '--kind-column', 'Style', '--out', 'made');
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

const readReport = (folder: string): PrecomputeReport & { readonly verdict: Verdict } =>
  readJson(place.folder, folder, 'report.json');
const readMetrics = (folder: string) =>
  decodeSelection(readFileSync(join(place.folder, folder, 'selection.bin'))).metrics;

describe('precompute --kind-column', () => {
  it('reports each kind: pairs, AUC, calibration error, Brier score, log loss and a diagram', () => {
    expect(made.stderr).toContain('report:');
    expect(made.status).toBe(0);
    const { kinds, calibration } = readReport('made');
    expect(kinds?.kinds.map(({ kind, pairs, matches }) => [kind, pairs, matches])).toEqual([
      ['photograph', 120, 60],
      ['drawing', 360, 180],
    ]);
    for (const { auc, aucWithinKind, ece, brier, logLoss, bins, pairs } of kinds?.kinds ?? []) {
      for (const figure of [auc, aucWithinKind, ece, brier, logLoss]) {
        if (figure === null) throw new Error('a figure is missing');
        expect(figure.low).toBeLessThanOrEqual(figure.value);
        expect(figure.high).toBeGreaterThanOrEqual(figure.value);
      }
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(pairs);
    }
    // Half of all are matches, and of each kind: the whole is the mean of its parts.
    const mean = (kinds?.kinds ?? []).reduce((sum, { pairs, brier }) => sum + (pairs / 480) * brier.value, 0);
    expect(mean).toBeCloseTo(calibration.brier, 12);
    expect(kinds?.together?.shared.ece.value).toBeCloseTo(calibration.ece, 12);
  });

  it('says that one calibrator does not fit photographs, and what that costs', () => {
    const { kinds } = readReport('made');
    const [photograph, drawing] = kinds?.kinds ?? [];
    expect(photograph.fits).toBe(false);
    expect(photograph.own?.cost.low).toBeGreaterThan(0);
    expect(photograph.own?.ece.value).toBeLessThan(photograph.ece.value);
    // Against captions of drawings a photograph is easily told: those within its kind are the harder ones.
    expect(photograph.aucWithinKind?.value).toBeLessThan(photograph.auc?.value ?? NaN);
    expect(drawing.pairs).toBe(360);
    const verdict =
      /warning: The calibrator does not fit photograph: over 120 held-out pairs its calibration error is 0\.\d+, and chance gives at most 0\.\d+\. A calibrator of its own has an error of .*: sharing one costs 0\.\d+ \(95% interval 0\.\d+ to 0\.\d+\)\./;
    expect(made.stderr).toMatch(verdict);
    expect(made.stderr).toMatch(
      /kind photograph: 120 held-out pairs, AUC 0\.\d+, ECE 0\.\d+ \(chance: at most/,
    );
    const html = readFileSync(join(place.folder, 'made/report.html'), 'utf8');
    expect(html).toContain('Each kind of pair');
    expect(html.match(/<title id="reliability-kind-\d-title">[^<]*/g)).toEqual([
      '<title id="reliability-kind-0-title">Reliability: photograph',
      '<title id="reliability-kind-1-title">Reliability: drawing',
    ]);
    expect(html).toContain('does not fit photograph');
  });

  it('puts the figures into the record, beside what is there', () => {
    const { kinds } = readReport('made');
    const metrics = readMetrics('made');
    // Numbers and texts as a file holds them, without the diagrams.
    const without = kinds?.kinds.map((figures): unknown =>
      JSON.parse(JSON.stringify({ ...figures, bins: undefined })),
    );
    expect(metrics.kinds).toEqual(without);
    expect(metrics.kindsTogether).toEqual(kinds?.together);
    expect(metrics.calibration).toHaveProperty('brier');
  });

  it('changes nothing but that: same model and calibrator, and without the option no word of kinds', () => {
    const plain = place.run('pairs', ...EMBEDDINGS, ...FEW, '--out', 'plain');
    expect(plain.status).toBe(0);
    const { kinds, verdict, ...report } = readReport('made');
    expect(kinds).toBeDefined();
    const { id, verdict: plainVerdict, ...plainReport } = readReport('plain');
    expect(report).toEqual({ ...plainReport, id: report.id });
    expect(id).not.toBe(report.id);
    // What to do stays; that the calibrator does not fit a kind is said beside it.
    expect(verdict.sentence).toBe(plainVerdict.sentence);
    expect(verdict.cautions).toEqual([...plainVerdict.cautions, expect.stringContaining('photograph')]);
    const { kinds: ofKinds, kindsTogether } = readMetrics('made');
    expect({ ...readMetrics('plain'), kinds: ofKinds, kindsTogether }).toEqual(readMetrics('made'));
    const read = (folder: string) =>
      decodeSelection(readFileSync(join(place.folder, folder, 'selection.bin'))).model;
    expect(read('plain')).toEqual(read('made'));
    expect(readFileSync(join(place.folder, 'plain/report.html'), 'utf8')).not.toContain('Each kind of pair');
  });

  it('reports kinds of a recalibration, under recalibrated', () => {
    const { status, stderr } = place.run(
      'pairs',
      ...EMBEDDINGS,
      '--kind-column',
      'style',
      '--calibrate-only',
      'made',
      '--out',
      'again',
    );
    expect(stderr).toMatch(/kind photograph: 120 held-out pairs/);
    expect(status).toBe(0);
    expect(readMetrics('again').recalibrated).toMatchObject({
      kinds: [
        { kind: 'photograph', pairs: 120, matches: 60 },
        { kind: 'drawing', pairs: 360, matches: 180 },
      ],
    });
  });

  it('refuses what names no kinds, with exit 1 and one line', () => {
    const refused = [
      place.run('pairs', ...EMBEDDINGS, '--kind-column', 'shop', '--out', 'x'),
      place.run('pairs', ...EMBEDDINGS, ...FEW, '--kind-column', 'caption', '--out', 'x'),
      place.run('pairs', ...EMBEDDINGS, '--kind-column', '', '--out', 'x'),
      place.run(
        '--image-embeddings',
        'images.npy',
        '--text-embeddings',
        'texts.npy',
        ...EMBEDDINGS,
        '--kind-column',
        'style',
        '--out',
        'x',
      ),
    ];
    expect(refused.map(({ status }) => status)).toEqual([1, 1, 1, 1]);
    const messages = refused.map(({ stderr }) => stderr.trim().split('\n').at(-1));
    expect(messages[0]).toMatch(/--kind-column shop: .* Its columns: image_path, caption, style/);
    expect(messages[1]).toMatch(/at most 12 kinds, found 240/);
    expect(messages[2]).toMatch(/Expected the name of a column, got nothing/);
    expect(messages[3]).toMatch(/\.npy files have none/);
  });
});
