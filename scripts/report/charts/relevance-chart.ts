import * as Plot from '@observablehq/plot';
import { type ChartText, drawBoth } from './draw.ts';

/** One thin bar a coordinate; kept ones in colour with a dot on top, so that colour is not the only mark. */
export function coordinateChart(
  values: readonly (number | null)[],
  kept: ReadonlySet<number>,
  { yLabel, ...text }: Omit<ChartText, 'description'> & { readonly yLabel: string },
): string {
  const bars = values.flatMap((value, coordinate) =>
    value === null || !Number.isFinite(value) ? [] : [{ coordinate, value, kept: kept.has(coordinate) }],
  );
  const keptBars = bars.filter((bar) => bar.kept);
  const most = Math.max(0, ...bars.map(({ value }) => value));
  const description = `${bars.length} bars, ${keptBars.length} of them marked as kept; the highest is ${most.toPrecision(3)}.`;
  return drawBoth({ ...text, description }, (format) => ({
    height: format === 'wide' ? 260 : 220,
    marginLeft: 56,
    x: { label: 'coordinate', domain: [-1, values.length], ticks: format === 'wide' ? 10 : 5 },
    y: { label: yLabel, grid: true, ticks: 5, zero: true },
    marks: [
      Plot.ruleX(
        bars.filter((bar) => !bar.kept),
        { x: 'coordinate', y: 'value', stroke: 'var(--quiet)', strokeWidth: format === 'wide' ? 1 : 0.6 },
      ),
      Plot.ruleX(keptBars, { x: 'coordinate', y: 'value', stroke: 'var(--match)', strokeWidth: 1.5 }),
      Plot.dot(keptBars, {
        x: 'coordinate',
        y: 'value',
        fill: 'var(--match)',
        r: format === 'wide' ? 2.75 : 2,
      }),
      Plot.ruleY([0], { stroke: 'var(--ink)' }),
    ],
  }));
}
