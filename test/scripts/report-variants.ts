import type { CalibrationReport, PrecomputeReport, ReportRow } from '../../scripts/report/report-data.ts';
import type { MeanAndDeviation } from '../../src/core/evaluation/paired-difference.ts';
import { buildExamples, buildReport } from './report-builder.ts';
import { buildKinds } from './report-kinds.ts';

/** A fiftieth of the recall: about what one in a hundred is. */
function byChance(row: ReportRow): ReportRow {
  const scale = ({ mean, sd }: MeanAndDeviation): MeanAndDeviation => ({ mean: mean / 50, sd: sd / 5 });
  const { imageToText, textToImage } = row.recall;
  return {
    ...row,
    recall: {
      imageToText: { ...imageToText, '1': scale(imageToText['1']) },
      textToImage: { ...textToImage, '1': scale(textToImage['1']) },
    },
  };
}

/** What other runs leave out or bring along: each must be as readable. */
export function reportVariants(): Readonly<Record<string, PrecomputeReport>> {
  const base = buildReport();
  const mask = base.rows.filter((row) => row.k === base.k || row.strategy === 'full');
  const isotonic: CalibrationReport = {
    ...base.calibration,
    kind: 'isotonic',
    slope: null,
    intercept: null,
    matchScore: null,
    matchThreshold: 1,
  };
  const { stability } = base;
  return {
    'one-k': {
      ...base,
      rows: mask,
      calibration: { ...isotonic, before: null },
      centring: null,
      roc: base.roc === null ? null : { ...base.roc, hard: null },
      relevance: { ...base.relevance, own: null },
      stability: { ...stability, bootstrap: null },
      fusionTrials: base.fusionTrials.slice(0, 1),
    },
    full: {
      ...base,
      strategy: 'full',
      k: base.dim,
      centred: false,
      rows: mask.map((row) => ({ ...row, kuncheva: null })),
      roc: null,
      relevance: { ...base.relevance, kept: null, own: null },
      choice: { ...base.choice, belowFull: null },
      fusionTrials: base.fusionTrials.slice(0, 1),
      stability: { ...stability, strategy: 'mutual-information', meanKuncheva: null },
      examples: buildExamples([null]),
    },
    'five-k': {
      ...base,
      strategy: 'cross-covariance',
      relevance: { ...base.relevance, kept: null, own: null },
      rows: [
        ...base.rows,
        ...[8, 256].flatMap((k) =>
          mask.filter((row) => row.strategy !== 'full').map((row) => ({ ...row, k, bytes: 4 * k })),
        ),
      ],
      stability: { ...stability, strategy: 'mutual-information' },
    },
    'bad-data': {
      ...base,
      rows: base.rows.map(byChance),
      dataset: {
        ...base.dataset,
        duplicates: 31,
        signal: { difference: -0.004, p: 0.71, permutations: 1999, groups: 597, found: false },
      },
    },
    kinds: { ...base, kinds: buildKinds() },
    regions: {
      ...base,
      regions: {
        choices: [
          { map: 'shares', share: 0.25 },
          { map: 'centre', share: 0.25 },
        ],
        rows: ['pca', 'full'].map((strategy, i) => ({
          strategy,
          k: 50,
          whole: { mean: 0.5, sd: 0.02 },
          gains: [
            { mean: 0.06 - 0.1 * i, standardError: 0.02, better: i === 0 },
            { mean: -0.01, standardError: 0.03, better: false },
          ],
        })),
      },
    },
    weighted: { ...base, fusion: 'weighted', strategy: 'f-statistic' },
  };
}
