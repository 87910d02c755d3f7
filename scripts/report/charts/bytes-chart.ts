import * as Plot from '@observablehq/plot';
import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { type Role, chosenRow, mainRows, roleOf, rowName } from '../strategy-rows.ts';
import { type Format, WIDTHS, drawBoth } from './draw.ts';
import { spreadLabels } from './spread-labels.ts';

interface Point {
  readonly series: string;
  readonly bytes: number;
  readonly recall: number;
  readonly role: Role;
  readonly k: number;
}

interface Label {
  readonly text: string;
  readonly role: Role;
  readonly from: Point;
  /** In the units of the y axis. */
  readonly at: number;
}

const LINE_HEIGHT = 15;
const MARGIN = { marginTop: 30, marginBottom: 42, marginLeft: 46 } as const;
const MOST_LABEL_WIDTH: Readonly<Record<Format, number>> = { wide: 260, narrow: 150 };
/** Of 12 pixel letters, on the safe side of most fonts' mean. */
const LETTER_WIDTH = 6.4;

/** Recall@1 against what a stored vector takes: a line a strategy, a point for what is stored of full vectors. */
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

function options(points: readonly Point[], format: Format): Plot.PlotOptions {
  const ends = lastPoints(points);
  const height = Math.max(format === 'wide' ? 400 : 380, 100 + LINE_HEIGHT * ends.length);
  const highest = Math.max(0.05, ...points.map(({ recall }) => recall));
  const top = Math.min(1, Math.ceil(highest * 10 + 0.5) / 10);
  const bytes = points.map((point) => point.bytes);
  const domain: [number, number] = [Math.min(...bytes) / 1.25, Math.max(...bytes) * 1.25];
  const labels = placeLabels(ends, height, top);
  const longest = Math.max(...ends.map(({ series }) => series.length));
  const labelWidth = Math.min(MOST_LABEL_WIDTH[format], 16 + LETTER_WIDTH * longest);
  const chosenPoint = points.filter((point) => point.role === 'chosen');
  const others = points.filter((point) => point.role !== 'chosen');
  const line = { x: 'bytes', y: 'recall', z: 'series' } as const;
  return {
    ...MARGIN,
    width: WIDTHS[format],
    height,
    marginRight: labelWidth,
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
      Plot.link(labels, {
        x1: (label: Label) => label.from.bytes,
        y1: (label: Label) => label.from.recall,
        x2: domain[1],
        y2: 'at',
        stroke: (label: Label) => (label.role === 'chosen' ? 'var(--match)' : 'var(--line)'),
        strokeWidth: 1,
      }),
      Plot.line(
        others.filter(({ role }) => role === 'method'),
        { ...line, stroke: 'var(--quiet)', strokeWidth: 1.25 },
      ),
      Plot.line(
        others.filter(({ role }) => role === 'yardstick'),
        { ...line, stroke: 'var(--ink)', strokeWidth: 1.5, strokeDasharray: '4 3' },
      ),
      Plot.line(chosenPoint, { ...line, stroke: 'var(--match)', strokeWidth: 2.5 }),
      Plot.dot(
        others.filter(({ role }) => role === 'method'),
        { x: 'bytes', y: 'recall', r: 2.5, fill: 'var(--quiet)', title: pointTitle },
      ),
      Plot.dot(
        others.filter(({ role }) => role === 'yardstick'),
        {
          x: 'bytes',
          y: 'recall',
          r: 4,
          fill: 'var(--page)',
          stroke: 'var(--ink)',
          strokeWidth: 1.75,
          title: pointTitle,
        },
      ),
      Plot.dot(chosenPoint, {
        x: 'bytes',
        y: 'recall',
        r: 5.5,
        symbol: 'diamond2',
        fill: 'var(--match)',
        title: pointTitle,
      }),
      ...(['chosen', 'yardstick', 'method'] as const).map((role) =>
        labelMark(
          labels.filter((label) => label.role === role),
          role,
          labelWidth,
        ),
      ),
    ],
  };
}

function placeLabels(ends: readonly Point[], height: number, top: number): Label[] {
  const inner = height - MARGIN.marginTop - MARGIN.marginBottom;
  const pixel = (recall: number): number => MARGIN.marginTop + (1 - recall / top) * inner;
  const range = [MARGIN.marginTop, height - MARGIN.marginBottom - 4] as const;
  const placed = spreadLabels(
    ends.map(({ recall }) => pixel(recall)),
    LINE_HEIGHT,
    range,
  );
  return ends.map((point, i) => ({
    text: point.series,
    role: point.role,
    from: point,
    at: (1 - (placed[i] - MARGIN.marginTop) / inner) * top,
  }));
}

function labelMark(labels: readonly Label[], role: Role, width: number): Plot.Markish {
  const longest = Math.floor((width - 10) / LETTER_WIDTH);
  const short = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
  return Plot.text(labels, {
    frameAnchor: 'right',
    y: 'at',
    dx: 6,
    textAnchor: 'start',
    text: (label: Label) => short(label.text),
    fill: role === 'chosen' ? 'var(--match)' : role === 'yardstick' ? 'var(--ink)' : 'var(--soft)',
    fontWeight: role === 'chosen' ? 700 : 400,
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
