import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { meanRecallAt1 } from './comparison.ts';
import type { ReliabilityBin } from '../../src/core/metrics.ts';
import type { ReportRow, HistogramBin, PrecomputeReport } from './report-data.ts';

/** Charts as inline SVG text. Colours are the custom properties of report-style.ts, so that dark mode needs no second chart. */

/** Drawn small, so that text stays readable where a phone shrinks the drawing; report-style.ts sets the text size. */
const WIDTH = 600;

interface ChartText {
  /** Unique in the page: names the title and description for screen readers. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** One thin bar a coordinate, nats high; kept ones in colour with a dot on top, so that colour is not the only mark. */
export function relevanceChart(relevance: PrecomputeReport['relevance'], kept: ReadonlySet<number>): string {
  const bars = relevance.values.map((nats, coordinate) => ({ coordinate, nats, kept: kept.has(coordinate) }));
  const keptBars = bars.filter((bar) => bar.kept);
  const most = Math.max(...relevance.values);
  return draw(
    {
      height: 300,
      x: { label: 'coordinate', domain: [-1, bars.length], nice: false },
      y: { label: 'mutual information (nats)', grid: true },
      marks: [
        Plot.ruleX(
          bars.filter((bar) => !bar.kept),
          { x: 'coordinate', y: 'nats', stroke: 'var(--quiet)' },
        ),
        Plot.ruleX(keptBars, { x: 'coordinate', y: 'nats', stroke: 'var(--match)', strokeWidth: 1.5 }),
        Plot.dot(keptBars, { x: 'coordinate', y: 'nats', fill: 'var(--match)', r: 2.5 }),
        Plot.ruleY([0], { stroke: 'var(--ink)' }),
      ],
    },
    {
      id: 'relevance-chart',
      title: 'Relevance by coordinate',
      description: `${bars.length} bars, ${keptBars.length} of them marked as kept; the highest is ${most.toFixed(3)} nats.`,
    },
  );
}

/** Predicted probability against the share that truly matched, with 95% Wilson intervals; a dot grows with its count. */
export function reliabilityChart(bins: readonly ReliabilityBin[]): string {
  const dots = filledBins(bins).map((bin) => ({ ...bin, ...wilsonInterval(bin.matchShare, bin.count) }));
  return draw(
    {
      height: 420,
      width: 480,
      x: { label: 'predicted probability', domain: [0, 1], grid: true },
      y: { label: 'share that truly matched', labelAnchor: 'center', domain: [0, 1], grid: true },
      r: { range: [3, 14], domain: [0, Math.max(1, ...dots.map((dot) => dot.count))] },
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: 'var(--quiet)', strokeDasharray: '4 4' },
        ),
        Plot.ruleX(dots, { x: 'meanProbability', y1: 'from', y2: 'to', stroke: 'var(--match)' }),
        Plot.dot(dots, {
          x: 'meanProbability',
          y: 'matchShare',
          r: 'count',
          fill: 'var(--match)',
          fillOpacity: 0.75,
        }),
        // Counts in a row above the frame: beside their dots they would run into one another.
        Plot.text(dots, {
          x: 'meanProbability',
          frameAnchor: 'top',
          lineAnchor: 'bottom',
          dy: -6,
          text: (dot: FilledBin) => String(dot.count),
          fill: 'var(--ink)',
        }),
      ],
    },
    {
      id: 'reliability-chart',
      title: 'Reliability diagram',
      description: `Held-out pairs in ${dots.length} filled bins of predicted probability; on the dashed diagonal the probability is right.`,
    },
  );
}

/** Scores of held-out pairs: matches above the line, mismatches below, the two decision thresholds across. */
export function scoreHistogram(
  bins: readonly HistogramBin[],
  thresholds: { readonly match: number; readonly mismatch: number },
): string {
  const low = bins[0].low;
  const high = bins[bins.length - 1].high;
  const rules = [
    { score: thresholds.mismatch, label: 'mismatch ≤', anchor: 'end', dx: -4 },
    { score: thresholds.match, label: '≥ match', anchor: 'start', dx: 4 },
  ].filter(({ score }) => score >= low && score <= high);
  return draw(
    {
      height: 320,
      x: { label: 'score', domain: [low, high] },
      y: {
        label: 'pairs',
        grid: true,
        tickFormat: (count: number) => String(Math.abs(count)),
      },
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
        Plot.ruleX(rules, { x: 'score', stroke: 'var(--ink)', strokeDasharray: '3 3' }),
        ...rules.map((rule) =>
          Plot.text([rule], {
            x: 'score',
            text: 'label',
            frameAnchor: 'top',
            dy: -12,
            dx: rule.dx,
            textAnchor: rule.anchor === 'end' ? 'end' : 'start',
            fill: 'var(--ink)',
          }),
        ),
      ],
    },
    {
      id: 'score-chart',
      title: 'Scores of matches and mismatches',
      description:
        'Histogram of held-out scores: matching pairs rise above the line, mismatched pairs hang below it; dashed lines mark the thresholds.',
    },
  );
}

/** Mean recall@1 of both directions for every row, with one standard deviation over folds to either side. */
export function recallChart(rows: readonly ReportRow[], chosen: ReportRow | null): string {
  const dots = rows
    .map((row) => ({ label: rowLabel(row), chosen: row === chosen, ...meanRecallAt1(row) }))
    .sort((a, b) => b.mean - a.mean);
  return draw(
    {
      height: 60 + 26 * dots.length,
      marginLeft: 210,
      x: {
        label: 'mean recall@1',
        domain: [0, Math.min(1, Math.max(0.05, ...dots.map((dot) => dot.mean + dot.sd)))],
        grid: true,
        nice: true,
      },
      y: { label: null, domain: dots.map((dot) => dot.label) },
      marks: [
        Plot.ruleY(dots, {
          y: 'label',
          x1: (dot: (typeof dots)[number]) => Math.max(0, dot.mean - dot.sd),
          x2: (dot: (typeof dots)[number]) => dot.mean + dot.sd,
          stroke: 'var(--quiet)',
          strokeWidth: 2,
        }),
        Plot.dot(dots, {
          y: 'label',
          x: 'mean',
          r: 5,
          symbol: (dot: (typeof dots)[number]) => (dot.chosen ? 'diamond' : 'circle'),
          fill: (dot: (typeof dots)[number]) => (dot.chosen ? 'var(--match)' : 'var(--ink)'),
        }),
      ],
    },
    {
      id: 'recall-chart',
      title: 'Mean recall@1 by strategy',
      description: `${dots.length} strategies, best first: ${dots.map((dot) => `${dot.label} ${dot.mean.toFixed(3)}`).join(', ')}.`,
    },
  );
}

/** A bin that holds pairs, so that its mean and share exist. */
export interface FilledBin extends ReliabilityBin {
  readonly meanProbability: number;
  readonly matchShare: number;
}

export function filledBins(bins: readonly ReliabilityBin[]): FilledBin[] {
  return bins.filter((bin): bin is FilledBin => bin.meanProbability !== null && bin.matchShare !== null);
}

export function rowLabel(row: ReportRow): string {
  return `${row.strategy}, ${row.k}${row.encoding === 'float32' ? '' : ` ${row.encoding}`}${row.fusion === 'identity' ? '' : ` ${row.fusion}`}`;
}

/** Wilson score interval at 95%: sound for small counts and shares near 0 and 1. */
function wilsonInterval(share: number, count: number): { readonly from: number; readonly to: number } {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) / (1 + (z * z) / count);
  return { from: Math.max(0, centre - half), to: Math.min(1, centre + half) };
}

function draw(options: Plot.PlotOptions, { id, title, description }: ChartText): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    width: WIDTH,
    marginLeft: 60,
    marginBottom: 45,
    style: { background: 'none' },
    marginTop: 26,
    ...options,
    document,
  });
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${id}-title ${id}-description`);
  svg.prepend(
    textElement(document, 'title', `${id}-title`, title),
    textElement(document, 'desc', `${id}-description`, description),
  );
  return svg.outerHTML;
}

function textElement(document: Document, name: 'title' | 'desc', id: string, text: string): Element {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  element.setAttribute('id', id);
  element.textContent = text;
  return element;
}
