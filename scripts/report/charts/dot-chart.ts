import * as Plot from '@observablehq/plot';
import type { MeanAndDeviation } from '../../../src/core/evaluation/paired-difference.ts';
import { type ChartText, PANEL_WIDTH, draw } from './draw.ts';

export interface DotRow {
  readonly label: string;
  readonly value: MeanAndDeviation;
  readonly isMarked: boolean;
}

/** A line to compare with, named below the axis it crosses. */
export interface DotReference {
  readonly value: number;
  readonly label: string;
}

interface DotChart extends ChartText {
  readonly xLabel: string;
  readonly reference: DotReference | null;
  readonly domain: readonly [number, number];
  readonly labelWidth: number;
}

/** Values with one standard deviation to either side, in the order given; a marked row is a diamond with a bold name. */
export function dotChart(
  rows: readonly DotRow[],
  { xLabel, reference, domain, labelWidth, ...text }: DotChart,
): string {
  const labels = rows.map(({ label }) => label);
  const marked = rows.filter((row) => row.isMarked);
  const others = rows.filter((row) => !row.isMarked);
  const longest = Math.floor(labelWidth / 6.4);
  const short = (label: string): string =>
    label.length > longest ? `${label.slice(0, longest - 1)}…` : label;
  const axis = { anchor: 'left', tickSize: 0, label: null, tickPadding: 8, fill: 'var(--ink)' } as const;
  const names = (some: readonly DotRow[]): string[] => some.map(({ label }) => label);
  const dot = { x: (row: DotRow) => row.value.mean, y: 'label', r: 3.75 } as const;
  const references = reference === null ? [] : [reference];
  return draw(
    {
      width: PANEL_WIDTH,
      height: 66 + 21 * rows.length,
      marginLeft: labelWidth,
      marginRight: 44,
      marginTop: 26,
      x: { domain: [...domain], label: xLabel, ticks: 4 },
      y: { domain: labels, type: 'point', padding: 0.6 },
      marks: [
        Plot.axisX({ ticks: 4, tickSize: 0, label: xLabel, labelAnchor: 'right' }),
        Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisY(names(others), { ...axis, tickFormat: short }),
        Plot.axisY(names(marked), {
          ...axis,
          tickFormat: short,
          fontWeight: 700,
        }),
        Plot.ruleX(references, { x: 'value', stroke: 'var(--soft)', strokeDasharray: '4 3' }),
        Plot.text(references, {
          x: 'value',
          text: 'label',
          frameAnchor: 'top',
          lineAnchor: 'bottom',
          dy: -4,
          fill: 'var(--soft)',
        }),
        Plot.ruleY(rows, {
          y: 'label',
          x1: ({ value }: DotRow) => Math.max(domain[0], value.mean - value.sd),
          x2: ({ value }: DotRow) => Math.min(domain[1], value.mean + value.sd),
          stroke: (row: DotRow) => (row.isMarked ? 'var(--match)' : 'var(--soft)'),
          strokeWidth: 2,
        }),
        Plot.dot(others, { ...dot, fill: 'var(--ink)' }),
        Plot.dot(marked, { ...dot, r: 5.5, symbol: 'diamond2', fill: 'var(--match)' }),
        Plot.text(rows, {
          y: 'label',
          frameAnchor: 'right',
          textAnchor: 'end',
          dx: 40,
          text: ({ value }: DotRow) => value.mean.toFixed(3),
          fill: 'var(--soft)',
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    text,
  );
}
