import * as Plot from '@observablehq/plot';
import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { type Role, chosenRow, mainRows, roleOf, rowName } from '../strategy-rows.ts';
import { type Format, WIDTHS, drawBoth } from './draw.ts';
import { type Anchor, type Placement, placeLabels } from './place-labels.ts';

interface Point {
  readonly series: string;
  readonly bytes: number;
  readonly recall: number;
  readonly role: Role;
  readonly k: number;
}

interface Label {
  readonly from: Point;
  readonly placement: Placement;
}

/** From a share of the axes to pixels and back. */
interface Scales {
  readonly xOf: (bytes: number) => number;
  readonly yOf: (recall: number) => number;
  readonly bytesAt: (x: number) => number;
  readonly recallAt: (y: number) => number;
}

const LINE_HEIGHT = 15;
const MARGIN = { marginTop: 30, marginBottom: 42, marginLeft: 46 } as const;
/** Room for the name of what stands last. */
const MARGIN_RIGHT: Readonly<Record<Format, number>> = { wide: 104, narrow: 14 };
const HEIGHT: Readonly<Record<Format, number>> = { wide: 310, narrow: 340 };
/** Of 12 pixel letters, on the safe side of most fonts' mean; bold ones are wider. */
const LETTER_WIDTH: Readonly<Record<Role, number>> = { chosen: 7.4, yardstick: 6.7, method: 6.7 };
const DOT_RADIUS: Readonly<Record<Role, number>> = { chosen: 6, yardstick: 5, method: 3 };

/**
 * Recall@1 against what a stored vector takes: a line a strategy, a point for what is stored of full vectors. Named are the selection,
 * the yardsticks and, where there is room, mutual information and the best other strategy, each at the end of its line; the rest is
 * drawn without a name.
 */
export function bytesChart(report: PrecomputeReport): string {
  const points = chartPoints(report);
  const series = new Set(points.map((point) => point.series));
  const text = {
    id: 'bytes-chart',
    title: 'Mean recall@1 against bytes a vector',
    description: `Logarithmic in bytes; ${series.size} lines and points. ${describe(points)}`,
  };
  return drawBoth(text, (format) => options(points, format));
}

function chartPoints(report: PrecomputeReport): Point[] {
  const main = mainRows(report.rows);
  const chosen = chosenRow(report);
  const shown = chosen === null || main.includes(chosen) ? main : [...main, chosen];
  const strategyRole = (row: ReportRow): Role =>
    row !== chosen &&
    row.strategy === report.strategy &&
    row.encoding === 'float32' &&
    report.fusion === 'identity'
      ? 'chosen'
      : roleOf(row, chosen);
  return shown
    .map((row) => ({
      series: rowName(row, { main: new Set(main) }),
      bytes: row.bytes,
      recall: meanRecallAt1(row).mean,
      role: strategyRole(row),
      k: row.k,
    }))
    .sort((a, b) => a.bytes - b.bytes);
}

function describe(points: readonly Point[]): string {
  const last = lastPoints(points).sort((a, b) => b.recall - a.recall);
  return (
    last
      .map(({ series, bytes, recall }) => `${series} reaches ${recall.toFixed(3)} at ${bytes} bytes`)
      .join(', ') + '.'
  );
}

function lastPoints(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [point.series, point])).values()];
}

/** The ends of the series that get a name, the most important first. */
function named(points: readonly Point[]): Point[] {
  const ends = lastPoints(points);
  const ofRole = (role: Role): Point[] => ends.filter((end) => end.role === role);
  const methods = ofRole('method').sort((a, b) => b.recall - a.recall);
  const others = methods.filter((end, rank) => rank === 0 || end.series === 'mutual-information');
  return [...ofRole('chosen'), ...ofRole('yardstick'), ...others];
}

function options(points: readonly Point[], format: Format): Plot.PlotOptions {
  const highest = Math.max(0.05, ...points.map(({ recall }) => recall));
  const top = Math.min(1, Math.ceil(highest * 10 + 0.5) / 10);
  const bytes = points.map((point) => point.bytes);
  const domain: [number, number] = [Math.min(...bytes) / 1.25, Math.max(...bytes) * 1.25];
  const scales = scalesOf(domain, top, format);
  const labels = placedLabels(points, scales, format);
  return {
    ...MARGIN,
    width: WIDTHS[format],
    height: HEIGHT[format],
    marginRight: MARGIN_RIGHT[format],
    x: {
      type: 'log',
      base: 2,
      domain,
      label: 'bytes a vector (log)',
      labelAnchor: 'center',
      tickFormat: bytesText,
      ticks: byteTicks(domain, format),
    },
    y: { domain: [0, top], label: 'mean recall@1', grid: true, ticks: 5 },
    marks: [
      ...lineMarks(points),
      ...dotMarks(points),
      leaders(labels, scales),
      ...labels.map((label) => labelMark(label)),
    ],
  };
}

function scalesOf([from, to]: readonly [number, number], top: number, format: Format): Scales {
  const width = WIDTHS[format] - MARGIN.marginLeft - MARGIN_RIGHT[format];
  const height = HEIGHT[format] - MARGIN.marginTop - MARGIN.marginBottom;
  return {
    xOf: (bytes) => MARGIN.marginLeft + (width * Math.log(bytes / from)) / Math.log(to / from),
    yOf: (recall) => MARGIN.marginTop + (1 - recall / top) * height,
    bytesAt: (x) => from * (to / from) ** ((x - MARGIN.marginLeft) / width),
    recallAt: (y) => (1 - (y - MARGIN.marginTop) / height) * top,
  };
}

function placedLabels(points: readonly Point[], { xOf, yOf }: Scales, format: Format): Label[] {
  const ends = named(points);
  const anchors = ends.map(({ series, bytes, recall, role }): Anchor => ({
    x: xOf(bytes),
    y: yOf(recall),
    radius: DOT_RADIUS[role],
    width: LETTER_WIDTH[role] * series.length,
    isNeeded: role !== 'method',
  }));
  const frame = {
    left: MARGIN.marginLeft,
    right: WIDTHS[format],
    top: MARGIN.marginTop - 4,
    bottom: HEIGHT[format] - MARGIN.marginBottom,
  };
  const segments = [...Map.groupBy(points, ({ series }) => series).values()].flatMap((line) =>
    line.slice(1).map((to, i) => ({
      from: { x: xOf(line[i].bytes), y: yOf(line[i].recall) },
      to: { x: xOf(to.bytes), y: yOf(to.recall) },
    })),
  );
  return placeLabels(anchors, frame, { lineHeight: LINE_HEIGHT, lines: segments }).flatMap((placement, i) =>
    placement === null ? [] : [{ from: ends[i], placement }],
  );
}

function lineMarks(points: readonly Point[]): Plot.Markish[] {
  const line = { x: 'bytes', y: 'recall', z: 'series' } as const;
  const ofRole = (role: Role): Point[] => points.filter((point) => point.role === role);
  return [
    Plot.line(ofRole('method'), { ...line, stroke: 'var(--quiet)', strokeWidth: 1.25 }),
    Plot.line(ofRole('yardstick'), {
      ...line,
      stroke: 'var(--ink)',
      strokeWidth: 1.5,
      strokeDasharray: '4 3',
    }),
    Plot.line(ofRole('chosen'), { ...line, stroke: 'var(--match)', strokeWidth: 2.5 }),
  ];
}

function dotMarks(points: readonly Point[]): Plot.Markish[] {
  const dot = { x: 'bytes', y: 'recall', title: pointTitle } as const;
  const ofRole = (role: Role): Point[] => points.filter((point) => point.role === role);
  return [
    Plot.dot(ofRole('method'), { ...dot, r: 2.5, fill: 'var(--quiet)' }),
    Plot.dot(ofRole('yardstick'), {
      ...dot,
      r: 4,
      fill: 'var(--page)',
      stroke: 'var(--ink)',
      strokeWidth: 1.75,
    }),
    Plot.dot(ofRole('chosen'), { ...dot, r: 5.5, symbol: 'diamond2', fill: 'var(--match)' }),
  ];
}

/** From the end of a line to a name that stands a few lines away. */
function leaders(labels: readonly Label[], { xOf, yOf, bytesAt, recallAt }: Scales): Plot.Markish {
  const away = labels.filter(
    ({ placement }) => placement.textAnchor !== 'middle' && Math.abs(placement.dy) > 2,
  );
  const nearText = ({ from, placement: { dx } }: Label): number => xOf(from.bytes) + dx - Math.sign(dx) * 2;
  return Plot.link(away, {
    x1: ({ from }: Label) => from.bytes,
    y1: ({ from }: Label) => from.recall,
    x2: (label: Label) => bytesAt(nearText(label)),
    y2: ({ from, placement }: Label) => recallAt(yOf(from.recall) + placement.dy),
    stroke: 'var(--quiet)',
    strokeWidth: 1,
  });
}

function labelMark({ from: { series, bytes, recall, role }, placement }: Label): Plot.Markish {
  return Plot.text([series], {
    ...placement,
    x: [bytes],
    y: [recall],
    lineAnchor: 'middle',
    text: (name: string) => name,
    fill: role === 'chosen' ? 'var(--match)' : role === 'yardstick' ? 'var(--ink)' : 'var(--soft)',
    fontWeight: role === 'chosen' ? 700 : 400,
    // Lines of others may pass below.
    stroke: 'var(--page)',
    strokeWidth: 4,
  });
}

/** Powers of two or four, so that a phone's ticks do not touch. */
function byteTicks([from, to]: readonly [number, number], format: Format): number[] {
  const step =
    format === 'wide' && to / from < 2 ** 12 ? 1 : Math.max(2, Math.ceil(Math.log2(to / from) / 4));
  const ticks = [];
  for (let power = Math.ceil(Math.log2(from)); 2 ** power <= to; power += step) ticks.push(2 ** power);
  return ticks;
}

function bytesText(bytes: number): string {
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes}`;
}

function pointTitle({ series, k, bytes, recall }: Point): string {
  return `${series}, k = ${k}: ${recall.toFixed(3)} at ${bytes} bytes`;
}
