import * as Plot from '@observablehq/plot';
import { draw } from '../scripts/report/charts/draw.ts';
import { spreadLabels } from '../scripts/report/charts/spread-labels.ts';
import { UserError } from '../scripts/cli/user-error.ts';
import type { BenchRow, Series, Spread } from './measure.ts';
import { figureText } from './table.ts';

interface Point extends Spread {
  readonly line: string;
  readonly x: number;
  readonly isRival: boolean;
}

/** One picture of growth: some lines over one x. */
export interface GrowthChart {
  readonly chart: string;
  readonly metric: string;
  readonly unit: string;
  readonly xUnit: string;
  /** Ascending in x within a line. */
  readonly points: readonly Point[];
}

const SIZE = { width: 720, height: 380, marginTop: 30, marginBottom: 44, marginLeft: 62 } as const;
const LINE_HEIGHT = 15;
/** Of 12 pixel letters, on the safe side of most fonts' mean. */
const LETTER_WIDTH = 6.4;
/** Told apart by the colour-blind, too; the rival's lines are grey and dashed. */
const COLOURS = ['#0b6e99', '#b6410f', '#5b3fa0', '#2f7d32', '#a0136b'];
const RIVAL_COLOUR = '#6b6b6b';
const INK = '#222';
/** A tenfold range is where a linear axis begins to hide the small end. */
const LOG_RANGE = 10;

/**
 * The pictures that rows with `series` make up, in the order they first occur. A row's rival is a line of its own name.
 * @throws UserError when rows of one picture differ in metric, unit or xUnit
 */
export function growthCharts(rows: readonly BenchRow[]): GrowthChart[] {
  const placed = rows.flatMap(({ series, ...row }) => (series === undefined ? [] : [{ ...row, series }]));
  return [...Map.groupBy(placed, ({ series }) => series.chart)].map(([chart, group]) => {
    const kinds = new Set(
      group.map(({ metric, unit, series }) => `${metric} in ${unit} over ${series.xUnit}`),
    );
    if (kinds.size > 1) {
      throw new UserError(
        `Rows of the picture "${chart}" must be of one kind, got ${[...kinds].join('; ')}.`,
      );
    }
    const [{ metric, unit, series }] = group;
    return { chart, metric, unit, xUnit: series.xUnit, points: pointsOf(group) };
  });
}

/** Several rows may have measured one rival at one x: the first stands for them. */
function pointsOf(rows: readonly (BenchRow & { readonly series: Series })[]): Point[] {
  const points = new Map<string, Point>();
  const add = (point: Point): void => {
    const key = JSON.stringify([point.line, point.x]);
    if (!points.has(key)) points.set(key, point);
  };
  for (const { ours, series } of rows) add({ ...ours, line: series.name, x: series.x, isRival: false });
  for (const { rival, series } of rows) {
    if (rival === null) continue;
    const { name: line, median, min, max } = rival;
    add({ median, min, max, line, x: series.x, isRival: true });
  }
  const order = [...new Set([...points.values()].map(({ line }) => line))];
  return [...points.values()].sort((a, b) => order.indexOf(a.line) - order.indexOf(b.line) || a.x - b.x);
}

/** An SVG file: medians as points, from the least to the most as a bar, each line named at its end. */
export function drawGrowth(chart: GrowthChart): string {
  const { metric, unit, xUnit, points } = chart;
  const svg = draw(chartOptions(chart), {
    id: chart.chart,
    title: `${metric} in ${unit} by ${xUnit}`,
    description: describe(points),
  });
  // Alone in a file it needs its namespace.
  const namespace = 'xmlns="http://www.w3.org/2000/svg"';
  return `${svg.includes(namespace) ? svg : svg.replace('<svg ', `<svg ${namespace} `)}\n`;
}

function describe(points: readonly Point[]): string {
  return [...Map.groupBy(points, ({ line }) => line)]
    .map(
      ([line, some]) =>
        `${line}: ${some.map(({ x, median }) => `${figureText(median)} at ${x}`).join(', ')}.`,
    )
    .join(' ');
}

function chartOptions({ metric, unit, xUnit, points }: GrowthChart): Plot.PlotOptions {
  const lines = [...Map.groupBy(points, ({ line }) => line).values()];
  const ours: (readonly Point[])[] = lines.filter(([{ isRival }]) => !isRival);
  const colour = (line: readonly Point[]): string =>
    line[0].isRival ? RIVAL_COLOUR : COLOURS[ours.indexOf(line) % COLOURS.length];
  const longest = Math.max(...points.map(({ line }) => line.length));
  const x = axisOf(points.map((point) => point.x));
  const y = axisOf(points.flatMap(({ min, max }) => [min, max]));
  const xs = [...new Set(points.map((point) => point.x))];
  const ticks = y.type === 'log' ? decades(y.domain) : 5;
  return {
    ...SIZE,
    marginRight: 20 + LETTER_WIDTH * longest,
    style: { background: '#fff', color: INK, fontFamily: 'system-ui, sans-serif' },
    x: { ...x, label: `${xUnit}${x.type === 'log' ? ' (log)' : ''}` },
    y: { ...y, label: `${metric}, ${unit}${y.type === 'log' ? ' (log)' : ''}` },
    marks: [
      Plot.gridY({ ticks }),
      // A log scale hands tickFormat to d3, which leaves labels out; `text` shows them all.
      Plot.axisX(xs, { labelAnchor: 'center', text: (value: number) => value.toLocaleString('en') }),
      Plot.axisY({ ticks, text: tickText }),
      ...lines.flatMap((line) => lineMarks(line, colour(line))),
      ...endLabels(lines, y).map(({ line, dy }) =>
        Plot.text(line.slice(-1), {
          x: 'x',
          y: 'median',
          text: 'line',
          textAnchor: 'start',
          dx: 9,
          dy,
          fill: colour(line),
        }),
      ),
    ],
  };
}

function lineMarks(line: readonly Point[], stroke: string): Plot.Markish[] {
  const dash = line[0].isRival ? { strokeDasharray: '5 3' } : {};
  return [
    Plot.line(line, { x: 'x', y: 'median', stroke, strokeWidth: 1.75, ...dash }),
    Plot.ruleX(line, { x: 'x', y1: 'min', y2: 'max', stroke, strokeWidth: 1.25 }),
    Plot.dot(line, { x: 'x', y: 'median', r: 3, fill: stroke }),
  ];
}

interface Axis {
  readonly type: 'log' | 'linear';
  readonly domain: readonly [number, number];
}

/** Logarithmic from a tenfold range on; a linear one begins at zero, with room above. */
function axisOf(values: readonly number[]): Axis & Plot.ScaleOptions {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && high / low >= LOG_RANGE) return { type: 'log', domain: [low / 1.15, high * 1.15] };
  return { type: 'linear', domain: [Math.min(0, low), high > 0 ? high * 1.05 : 1] };
}

/** Powers of ten in the domain, and their doubles and fives where there are few. */
function decades([low, high]: readonly [number, number]): number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    powers.push(power);
  const steps = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

function tickText(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** Where each line's name stands below its last point, in pixels, so that no two names touch. */
function endLabels(
  lines: readonly (readonly Point[])[],
  { type, domain: [low, high] }: Axis,
): { readonly line: readonly Point[]; readonly dy: number }[] {
  const [top, bottom] = [SIZE.marginTop, SIZE.height - SIZE.marginBottom];
  const place = type === 'log' ? Math.log : (value: number) => value;
  const wanted = lines.map((line) => {
    const share = (place(line[line.length - 1].median) - place(low)) / (place(high) - place(low));
    return bottom - share * (bottom - top);
  });
  const placed = spreadLabels(wanted, LINE_HEIGHT, [top, bottom]);
  return lines.map((line, i) => ({ line, dy: placed[i] - wanted[i] }));
}
