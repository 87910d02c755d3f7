import * as Plot from '@observablehq/plot';
import type { ReliabilityBin } from '../../../src/core/evaluation/metrics.ts';
import { type ChartText, PANEL_WIDTH, draw } from './draw.ts';

const HEADING_HEIGHT = 24;
const LONGEST_HEADING = 36;

/** A bin that holds pairs, so that its mean and share exist. */
export interface FilledBin extends ReliabilityBin {
  readonly meanProbability: number;
  readonly matchShare: number;
}

export function filledBins(bins: readonly ReliabilityBin[]): FilledBin[] {
  return bins.filter((bin): bin is FilledBin => bin.meanProbability !== null && bin.matchShare !== null);
}

/** Predicted probability against the share that truly matched, with 95% Wilson intervals; a dot grows with its count. */
export function reliabilityChart(
  bins: readonly ReliabilityBin[],
  {
    xLabel,
    colour,
    heading,
    ...text
  }: Omit<ChartText, 'description'> & {
    readonly xLabel: string;
    readonly colour: string;
    /** Of one of several: shown above. */
    readonly heading?: string;
  },
): string {
  const dots = filledBins(bins).map((bin) => ({ ...bin, ...wilsonInterval(bin.matchShare, bin.count) }));
  const description = `Held-out pairs in ${dots.length} filled bins; on the dashed diagonal the probability is right.`;
  return draw(
    {
      width: PANEL_WIDTH,
      height: heading === undefined ? 340 : 340 + HEADING_HEIGHT,
      marginTop: heading === undefined ? 54 : 54 + HEADING_HEIGHT,
      x: { label: xLabel, domain: [0, 1], grid: true, ticks: 5 },
      y: { label: null, domain: [0, 1], grid: true, ticks: 5 },
      r: { range: [0, 10], domain: [0, Math.max(1, ...dots.map((dot) => dot.count))] },
      marks: [
        Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: 'var(--quiet)', strokeDasharray: '4 4' }),
        Plot.text(heading === undefined ? [] : [shorten(heading)], {
          frameAnchor: 'top-left',
          dx: -44,
          dy: -46 - HEADING_HEIGHT,
          textAnchor: 'start',
          text: (d: string) => d,
          fill: 'var(--ink)',
          fontSize: 14,
          fontWeight: 600,
        }),
        Plot.text(['share that truly matched'], {
          frameAnchor: 'top-left',
          dx: -44,
          dy: -46,
          textAnchor: 'start',
          text: (d: string) => d,
          fill: 'var(--soft)',
        }),
        Plot.ruleX(dots, { x: 'meanProbability', y1: 'from', y2: 'to', stroke: colour, strokeWidth: 1.5 }),
        Plot.dot(dots, {
          x: 'meanProbability',
          y: 'matchShare',
          r: (dot: FilledBin) => dot.count,
          fill: colour,
          fillOpacity: 0.7,
          stroke: colour,
        }),
        // At the bins' centres: beside dots of nearly equal means they would run into one another.
        Plot.text(dots, {
          x: ({ low, high }: FilledBin) => (low + high) / 2,
          frameAnchor: 'top',
          lineAnchor: 'bottom',
          dy: -14,
          text: ({ count }: FilledBin) => countText(count),
          fill: 'var(--ink)',
          fontSize: 10.5,
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    { ...text, description },
  );
}

/** As long as a panel is wide; the table below has the whole name. */
function shorten(heading: string): string {
  const letters = [...heading];
  return letters.length <= LONGEST_HEADING ? heading : `${letters.slice(0, LONGEST_HEADING - 1).join('')}…`;
}

/** At most four characters, as wide as a bin is. */
function countText(count: number): string {
  if (count < 10_000) return String(count);
  return count < 999_500 ? `${Math.round(count / 1000)}k` : `${Math.round(count / 1_000_000)}M`;
}

/** Wilson score interval at 95%: sound for small counts and shares near 0 and 1. */
function wilsonInterval(share: number, count: number): { readonly from: number; readonly to: number } {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) / (1 + (z * z) / count);
  return { from: Math.max(0, centre - half), to: Math.min(1, centre + half) };
}
