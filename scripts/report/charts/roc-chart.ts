import * as Plot from '@observablehq/plot';
import type { RocCurve } from '../../../src/core/evaluation/roc-curve.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { PANEL_WIDTH, draw } from './draw.ts';

type Roc = NonNullable<PrecomputeReport['roc']>;

/** Below this share of false positives a few hundred pairs tell nothing. */
const LOWEST_RATE = 0.001;

/** The ROC curve as it is usually drawn, and once more with false positives on a logarithmic axis, where filters work. */
export function rocCharts(roc: Roc): [linear: string, logarithmic: string] {
  const aucs = `AUC ${roc.random.auc.toFixed(3)} against random captions${roc.hard === null ? '' : `, ${roc.hard.auc.toFixed(3)} against the nearest other captions`}`;
  const x = { domain: [0, 1], label: 'mismatches passed', ticks: 5, grid: true, tickFormat: '~%' };
  const linear = draw(
    {
      ...square,
      x,
      marks: [Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, ...chance }), ...curves(roc, 0), ...keys(roc)],
    },
    { id: 'roc-chart', title: 'ROC curve', description: `${aucs}. The dashed diagonal is chance.` },
  );
  const rates = Array.from({ length: 61 }, (_, i) => 10 ** (-3 + i / 20)).map((rate) => ({ rate }));
  const logarithmic = draw(
    {
      ...square,
      x: { ...x, type: 'log', domain: [LOWEST_RATE, 1], ticks: [0.001, 0.01, 0.1, 1], tickFormat: '~%' },
      marks: [Plot.line(rates, { x: 'rate', y: 'rate', ...chance }), ...curves(roc, LOWEST_RATE)],
    },
    {
      id: 'roc-log-chart',
      title: 'ROC curve, false positives on a logarithmic axis',
      description: `When 1% of random mismatches pass, ${percent(truePositivesAt(roc.random, 0.01))} of matches do${roc.hard === null ? '' : `; when 1% of the nearest captions pass, ${percent(truePositivesAt(roc.hard, 0.01))}`}.`,
    },
  );
  return [linear, logarithmic];
}

const square = {
  width: PANEL_WIDTH,
  height: 320,
  y: { domain: [0, 1], label: 'matches passed', grid: true, ticks: 5, tickFormat: '~%' },
} as const;

const chance = { stroke: 'var(--quiet)', strokeDasharray: '4 4' } as const;
const hardStroke = { stroke: 'var(--mismatch)', strokeWidth: 2, strokeDasharray: '6 3' } as const;
const randomStroke = { stroke: 'var(--match)', strokeWidth: 2 } as const;

/** The share of matches passed when a share of mismatches is. */
export function truePositivesAt({ points }: RocCurve, rate: number): number {
  const passed = points.filter((point) => point.falsePositiveRate <= rate);
  return Math.max(0, ...passed.map((point) => point.truePositiveRate));
}

function curves(roc: Roc, lowest: number): Plot.Markish[] {
  const line = { x: 'falsePositiveRate', y: 'truePositiveRate', curve: 'step-after' } as const;
  return [
    ...(roc.hard === null ? [] : [Plot.line(pointsFrom(roc.hard, lowest), { ...line, ...hardStroke })]),
    Plot.line(pointsFrom(roc.random, lowest), { ...line, ...randomStroke }),
  ];
}

/** A logarithmic axis has no zero: the curve starts at its lowest rate with what is passed there. */
function pointsFrom(curve: RocCurve, lowest: number): RocCurve['points'] {
  const shown = curve.points.filter((point) => point.falsePositiveRate > lowest || lowest === 0);
  return lowest === 0
    ? shown
    : [{ falsePositiveRate: lowest, truePositiveRate: truePositivesAt(curve, lowest) }, ...shown];
}

/** Names in the corner that a curve better than chance leaves empty. */
function keys({ random, hard }: Roc): Plot.Markish[] {
  const rows = [
    { y: 0.2, text: `random captions, AUC ${random.auc.toFixed(3)}`, stroke: randomStroke },
    ...(hard === null
      ? []
      : [{ y: 0.1, text: `nearest captions, AUC ${hard.auc.toFixed(3)}`, stroke: hardStroke }]),
  ];
  return rows.flatMap(({ y, text, stroke }) => [
    Plot.link([0], { x1: 0.25, x2: 0.35, y1: y, y2: y, ...stroke }),
    Plot.text([text], { x: 0.37, y, text: (d: string) => d, textAnchor: 'start', fill: 'var(--ink)' }),
  ]);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
