import * as Plot from '@observablehq/plot';
import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { type Role, bestFirst, chosenRow, comparedKs, mainRows, roleOf, rowName } from '../strategy-rows.ts';
import { type Format, WIDTHS, draw } from './draw.ts';

interface Entry {
  readonly k: number;
  readonly label: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly role: Role;
}

/** Side by side at a desk; of more values of k as few rows as do. */
const MOST_COLUMNS = 4;
const LABEL_WIDTH = 196;
const NARROW_LABEL_WIDTH = 166;
const VALUE_WIDTH = 38;
/** Ticks of two digits, as of recalls by chance, are wider and would run into one another. */
const FEW_TICKS_BELOW = 0.3;

/**
 * Mean recall@1 of every strategy, a panel for each k, one standard deviation over folds to either side. All panels
 * share one order, so that a row is followed across them.
 */
export function strategiesChart(report: PrecomputeReport): string {
  const ks = comparedKs(report.rows);
  const labels = rowOrder(report);
  const entries = ks.flatMap((k) => panelEntries(report, k));
  const highest = Math.max(0.05, ...entries.map((entry) => entry.high));
  const domain: [number, number] = [0, Math.min(1, Math.ceil(highest * 20) / 20)];
  const panels = (some: readonly number[], format: Format, id: string): string => {
    const shown = entries.filter((entry) => some.includes(entry.k));
    return draw(
      { ...panelOptions(shown, labels, domain, format), width: WIDTHS[format] },
      { id, title: titleOf(some), description: describe(shown, some) },
      format,
    );
  };
  const rows = Math.ceil(ks.length / MOST_COLUMNS);
  const columns = Math.ceil(ks.length / rows);
  const together = Array.from({ length: rows }, (_, row) => ks.slice(row * columns, (row + 1) * columns));
  return [
    ...together.map((some, i) => panels(some, 'wide', `strategies-chart-wide-${i}`)),
    ...ks.map((k) => panels([k], 'narrow', `strategies-chart-narrow-${k}`)),
  ].join('');
}

function titleOf(ks: readonly number[]): string {
  return `Mean recall@1 by strategy at k = ${ks.join(', ')}`;
}

function describe(entries: readonly Entry[], ks: readonly number[]): string {
  return ks
    .map((k) => {
      const ranked = entries.filter((entry) => entry.k === k).sort((a, b) => b.mean - a.mean);
      const best = ranked.map(({ label, mean }) => `${label} ${mean.toFixed(3)}`).join(', ');
      return `At k = ${k}, best first: ${best}.`;
    })
    .join(' ');
}

/** All coordinates first, as what a small k is measured against; then every strategy, best first at the selection's k. */
function rowOrder(report: PrecomputeReport): string[] {
  const main = new Set(mainRows(report.rows));
  const shown = shownRows(report, main);
  const atChosenK = bestFirst(shown.filter((row) => row.strategy === 'full' || row.k === report.k));
  const ordered = [...atChosenK, ...bestFirst(shown)];
  const isFull = (row: ReportRow): boolean => row.strategy === 'full';
  const names = [...ordered.filter(isFull), ...ordered.filter((row) => !isFull(row))];
  return [...new Set(names.map((row) => rowName(row, { main })))];
}

/** The main rows, and the chosen strategy's learned fusions. */
function shownRows({ rows }: PrecomputeReport, main: ReadonlySet<ReportRow>): ReportRow[] {
  return rows.filter((row) => main.has(row) || row.fusion !== 'identity');
}

function panelEntries(report: PrecomputeReport, k: number): Entry[] {
  const main = new Set(mainRows(report.rows));
  const chosen = chosenRow(report);
  return shownRows(report, main)
    .filter((row) => row.strategy === 'full' || row.k === k)
    .map((row) => {
      const { mean, sd } = meanRecallAt1(row);
      return {
        k,
        label: rowName(row, { main }),
        mean,
        low: Math.max(0, mean - sd),
        high: Math.min(1, mean + sd),
        role: roleOf(row, chosen),
      };
    });
}

function panelOptions(
  entries: readonly Entry[],
  labels: readonly string[],
  domain: readonly [number, number],
  format: Format,
): Plot.PlotOptions {
  const present = labels.filter((label) => entries.some((entry) => entry.label === label));
  const chosenLabels = entries.filter(({ role }) => role === 'chosen').map(({ label }) => label);
  const isChosen = (label: string): boolean => chosenLabels.includes(label);
  const marginLeft = format === 'wide' ? LABEL_WIDTH : NARROW_LABEL_WIDTH;
  const longest = Math.floor(marginLeft / 6.4);
  const name = (label: string): string =>
    label.length > longest ? `${label.slice(0, longest - 1)}…` : label;
  const withRole = (...roles: Role[]): Entry[] => entries.filter(({ role }) => roles.includes(role));
  const ticks = domain[1] < FEW_TICKS_BELOW ? 2 : 4;
  const axis = { anchor: 'left', tickSize: 0, label: null, tickPadding: 8, fill: 'var(--ink)' } as const;
  const dot = { fx: 'k', x: 'mean', y: 'label', r: 3.75, title: valueTitle } as const;
  return {
    height: 74 + 18 * present.length,
    marginLeft,
    marginRight: VALUE_WIDTH + 6,
    marginTop: 34,
    marginBottom: 36,
    x: { domain: [...domain], label: 'mean recall@1', ticks },
    y: { domain: present, type: 'point', padding: 0.6 },
    fx: { paddingInner: 0.22, paddingOuter: 0, label: null, axis: null },
    marks: [
      Plot.axisFx({
        anchor: 'top',
        label: null,
        tickFormat: (k: number) => `k = ${k}`,
        fontWeight: 700,
        fill: 'var(--ink)',
      }),
      Plot.axisX({ ticks, label: 'mean recall@1', tickSize: 0, labelAnchor: 'right' }),
      Plot.gridX({ ticks, stroke: 'var(--line)', strokeOpacity: 1 }),
      Plot.axisY(
        present.filter((label) => !isChosen(label)),
        { ...axis, tickFormat: name },
      ),
      Plot.axisY(present.filter(isChosen), {
        ...axis,
        tickFormat: name,
        fontWeight: 700,
      }),
      Plot.ruleX(
        entries.filter(({ label }) => label === 'full, float32'),
        { fx: 'k', x: 'mean', stroke: 'var(--quiet)', strokeDasharray: '5 3' },
      ),
      Plot.ruleX(
        entries.filter(({ label }) => label === 'random'),
        { fx: 'k', x: 'mean', stroke: 'var(--quiet)', strokeDasharray: '1.5 3' },
      ),
      Plot.ruleY(entries, {
        fx: 'k',
        y: 'label',
        x1: 'low',
        x2: 'high',
        stroke: roleColour,
        strokeWidth: 2,
      }),
      Plot.dot(withRole('method'), { ...dot, fill: 'var(--ink)' }),
      Plot.dot(withRole('yardstick'), {
        ...dot,
        fill: 'var(--page)',
        stroke: 'var(--ink)',
        strokeWidth: 1.75,
      }),
      Plot.dot(withRole('chosen'), { ...dot, r: 5.5, symbol: 'diamond2', fill: 'var(--match)' }),
      Plot.text(entries, {
        fx: 'k',
        y: 'label',
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: VALUE_WIDTH,
        text: (entry: Entry) => entry.mean.toFixed(3),
        fill: 'var(--soft)',
        fontVariant: 'tabular-nums',
      }),
    ],
  };
}

function roleColour({ role }: Entry): string {
  return role === 'chosen' ? 'var(--match)' : 'var(--soft)';
}

function valueTitle({ label, mean, high }: Entry): string {
  return `${label}: ${mean.toFixed(3)} ± ${(high - mean).toFixed(3)}`;
}
