import * as Plot from '@observablehq/plot';
import type { HistogramBin } from '../../../src/core/evaluation/calibrate.ts';
import type { DecisionCounts } from '../../../src/core/evaluation/decision-counts.ts';
import type { CalibrationReport } from '../report-data.ts';
import { describeThresholds } from '../report-words.ts';
import { type Format, drawBoth } from './draw.ts';

/** Both stand one above the other on one axis of scores, so that a probability is read off where the pairs are. */
const MARGINS = { marginLeft: 52, marginRight: 16 } as const;

/** A label needs so much of the axis below its line. */
const LOWEST_BELOW = 0.12;

interface ScoreRule {
  readonly side: 'match' | 'mismatch';
  readonly score: number;
  readonly threshold: number;
}

/** Score to probability with its interval, as the record has it; the decision thresholds stand on the curve. */
export function calibratorChart(fit: CalibrationReport): string {
  const domain = scoreDomain(fit.histogram);
  const rules = scoreRules(fit, domain);
  const text = {
    id: 'calibrator-chart',
    title: 'Probability by score',
    description: `The ${fit.kind} calibrator over scores from ${domain[0].toFixed(3)} to ${domain[1].toFixed(3)}, with a 95% interval. ${describeThresholds(fit)}`,
  };
  return drawBoth(text, (format) => ({
    ...MARGINS,
    height: format === 'wide' ? 215 : 220,
    marginBottom: 8,
    marginTop: 40,
    x: { domain, axis: null },
    y: { domain: [0, 1], label: 'probability', grid: true, ticks: 5 },
    marks: [
      Plot.areaY(fit.curve, { x: 'score', y1: 'low', y2: 'high', fill: 'var(--match)', fillOpacity: 0.2 }),
      Plot.lineY(fit.curve, { x: 'score', y: 'probability', stroke: 'var(--match)', strokeWidth: 2.25 }),
      Plot.dot(fit.kind === 'isotonic' ? stepsOf(fit.curve) : [], {
        x: 'score',
        y: 'probability',
        r: 2.25,
        fill: 'var(--match)',
      }),
      Plot.ruleX(rules, { x: 'score', stroke: 'var(--ink)', strokeDasharray: '3 3' }),
      Plot.ruleY(rules, {
        y: 'threshold',
        x1: domain[0],
        x2: 'score',
        stroke: 'var(--ink)',
        strokeDasharray: '3 3',
      }),
      Plot.dot(rules, {
        x: 'score',
        y: 'threshold',
        r: 4,
        fill: 'var(--page)',
        stroke: 'var(--ink)',
        strokeWidth: 1.5,
      }),
      ...rules.map((rule) => thresholdLabel(rule, domain[0])),
      ...zoneNames(fit, domain, format),
    ],
  }));
}

/** At the axis, where the curve of a threshold that divides is still low: above its line, or below where both would touch. */
function thresholdLabel({ side, threshold, score }: ScoreRule, from: number): Plot.Markish {
  const isBelow = side === 'mismatch' && threshold > LOWEST_BELOW;
  return Plot.text([{ score, threshold }], {
    x: from,
    y: 'threshold',
    textAnchor: 'start',
    lineAnchor: isBelow ? 'top' : 'bottom',
    dx: 4,
    dy: isBelow ? 4 : -4,
    text: () =>
      side === 'match' ? `match from ${threshold.toFixed(2)}` : `mismatch up to ${threshold.toFixed(2)}`,
    fill: 'var(--ink)',
    stroke: 'var(--page)',
    strokeWidth: 4,
  });
}

/** Scores of held-out pairs: matches above the line, mismatches below, the two decision thresholds across. */
export function scoreHistogram(fit: CalibrationReport): string {
  const bins = fit.histogram;
  const domain = scoreDomain(bins);
  const text = {
    id: 'score-chart',
    title: 'Scores of matches and mismatches',
    description:
      'Histogram of held-out scores: matching pairs rise above the line, mismatched pairs hang below it; dashed lines mark the thresholds.',
  };
  return drawBoth(text, (format) => ({
    ...MARGINS,
    height: 180,
    marginTop: 24,
    x: { label: 'score', domain, ticks: format === 'wide' ? 10 : 5 },
    y: { label: 'pairs', grid: true, ticks: 6, tickFormat: (count: number) => String(Math.abs(count)) },
    marks: [
      Plot.rectY(bins, { x1: 'low', x2: 'high', y: 'matches', fill: 'var(--match)', inset: 0.5 }),
      Plot.rectY(bins, {
        x1: 'low',
        x2: 'high',
        y: (bin: HistogramBin) => -bin.mismatches,
        fill: 'var(--mismatch)',
        inset: 0.5,
      }),
      Plot.ruleY([0], { stroke: 'var(--ink)' }),
      Plot.ruleX(scoreRules(fit, domain), { x: 'score', stroke: 'var(--ink)', strokeDasharray: '3 3' }),
    ],
  }));
}

/** Two neighbours on one plateau differ by less (`fitIsotonic` tilts it). */
const PLATEAU_RISE = 1e-4;

/** The ends of plateaus; what lies on one is there for the interval. */
function stepsOf(curve: CalibrationReport['curve']): CalibrationReport['curve'] {
  return curve.filter(
    ({ probability }, i) =>
      i > 0 &&
      i + 1 < curve.length &&
      !(
        probability - curve[i - 1].probability < PLATEAU_RISE &&
        curve[i + 1].probability - probability < PLATEAU_RISE
      ),
  );
}

function scoreDomain(bins: readonly HistogramBin[]): [number, number] {
  return [bins[0].low, bins[bins.length - 1].high];
}

function scoreRules(fit: CalibrationReport, [low, high]: readonly [number, number]): ScoreRule[] {
  const sides = [
    { side: 'mismatch', score: fit.mismatchScore, threshold: fit.mismatchThreshold },
    { side: 'match', score: fit.matchScore, threshold: fit.matchThreshold },
  ] as const;
  return sides.filter(
    (rule): rule is (typeof sides)[number] & ScoreRule =>
      rule.score !== null && rule.score >= low && rule.score <= high,
  );
}

/** What is said of a score, above the part of the axis where it is said; a part too narrow for its name goes without. */
function zoneNames(
  fit: CalibrationReport,
  [low, high]: readonly [number, number],
  format: Format,
): Plot.Markish[] {
  const pixels = (format === 'wide' ? 880 : 328) - MARGINS.marginLeft - MARGINS.marginRight;
  // No score divides: the side is closed, or takes them all.
  const from = clamp(fit.mismatchScore ?? (fit.mismatchThreshold > 0 ? high : low), low, high);
  const to = clamp(fit.matchScore ?? (fit.matchThreshold < 1 ? low : high), low, high);
  const zones = [
    { name: 'mismatch', from: low, to: from },
    { name: 'uncertain', from, to },
    { name: 'match', from: to, to: high },
  ];
  return zones
    .filter((zone) => ((zone.to - zone.from) / (high - low)) * pixels > 6.2 * zone.name.length)
    .map((zone) =>
      Plot.text([zone], {
        x: (zone.from + zone.to) / 2,
        frameAnchor: 'top',
        lineAnchor: 'bottom',
        dy: -6,
        text: 'name',
        fill: 'var(--soft)',
        fontStyle: 'italic',
      }),
    );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

const SAID = [
  { key: 'match', fill: 'var(--match)', ink: 'var(--page)' },
  { key: 'uncertain', fill: 'var(--line)', ink: 'var(--ink)' },
  { key: 'mismatch', fill: 'var(--mismatch)', ink: 'var(--page)' },
] as const;

interface Segment {
  readonly key: string;
  readonly share: number;
  readonly from: number;
  readonly to: number;
}

const BAR_WIDTH: Readonly<Record<Format, number>> = { wide: 768, narrow: 216 };

/** As much as fits: word and share, or the share, or nothing. */
function segmentText({ key, share }: Segment, pixels: number): string {
  const text = `${key} ${percent(share)}`;
  if (pixels > 8 * text.length) return text;
  return pixels > 48 ? percent(share) : '';
}

/** What is said of matches and of mismatches, as shares of each. */
export function decisionsChart(decisions: DecisionCounts): string {
  const segments = (['match', 'mismatch'] as const).flatMap((truth) => {
    const counts = decisions[truth];
    const total = Math.max(1, counts.match + counts.uncertain + counts.mismatch);
    let from = 0;
    return SAID.map((said) => {
      const share = counts[said.key] / total;
      const segment = {
        ...said,
        truth: truth === 'match' ? 'matches' : 'mismatches',
        share,
        from,
        to: from + share,
      };
      from += share;
      return segment;
    });
  });
  const listed = segments
    .map(({ truth, key, share }) => `${truth} called ${key} ${percent(share)}`)
    .join(', ');
  const text = { id: 'decisions-chart', title: 'Decisions on held-out pairs', description: `${listed}.` };
  return drawBoth(text, (format) => ({
    height: 112,
    marginLeft: 92,
    marginRight: 20,
    marginTop: 12,
    x: { domain: [0, 1], label: 'share', ticks: 5, tickFormat: '~%' },
    y: { domain: ['matches', 'mismatches'], label: null, padding: 0.25 },
    marks: [
      Plot.axisY({ tickSize: 0, label: null, tickPadding: 8, fill: 'var(--ink)' }),
      Plot.barX(segments, { y: 'truth', x1: 'from', x2: 'to', fill: 'fill', insetRight: 1 }),
      ...SAID.map((said) =>
        Plot.text(
          segments.filter((segment) => segment.key === said.key),
          {
            y: 'truth',
            x: ({ from, to }: Segment) => (from + to) / 2,
            text: (segment: Segment) => segmentText(segment, segment.share * BAR_WIDTH[format]),
            fill: said.ink,
            fontWeight: 600,
          },
        ),
      ),
    ],
  }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
