/**
 * Draw docs/images/search-recall.svg from out/search-recall.csv, which `npm run bench -- search-recall` writes:
 *
 *   node bench/search-recall-plot.ts
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as Plot from '@observablehq/plot';
import { draw } from '../scripts/report/charts/draw.ts';
import { drawTwoPanels, INK, TWO_PANELS } from './two-panels.ts';

const FROM = new URL('../out/search-recall.csv', import.meta.url);
const TO = new URL('../docs/images/search-recall.svg', import.meta.url);

const PANEL = { height: 330, top: 64 };
const PLAN_BYTES = 68;
const RERANKED = 100;
const TARGET = 0.98;
const DEPTH = 10;
const COLOURS = {
  'pca uncentred': '#8a63d2',
  pca: '#2b8ea0',
  'cross-covariance': '#d06a2c',
  'mutual-information': '#c2487e',
  random: '#8b8f96',
};

interface Point {
  readonly strategy: keyof typeof COLOURS;
  readonly bytes: number;
  readonly reranked: number;
  readonly recall: number;
}

/** Points of text queries, of the strategies that are drawn. */
function readPoints(): Point[] {
  const [header, ...lines] = readFileSync(FROM, 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.flatMap((line) => {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)];
    const strategy = cell('strategy');
    if (cell('queries') !== 'text' || !isDrawn(strategy)) return [];
    return [
      {
        strategy,
        bytes: Number(cell('bytes')),
        reranked: Number(cell('reranked')),
        recall: Number(cell('recall')),
      },
    ];
  });
}

function isDrawn(strategy: string): strategy is Point['strategy'] {
  return strategy in COLOURS;
}

const shared: Plot.PlotOptions = {
  width: TWO_PANELS.panelWidth,
  height: PANEL.height,
  marginRight: 22,
  style: { color: INK },
  color: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
  y: { domain: [0, 1], label: 'recall@10 of exact search', grid: true, ticks: 5 },
};

const target = Plot.ruleY([TARGET], { stroke: INK, strokeDasharray: '1 3' });

function bytesPanel(points: readonly Point[]): string {
  const line = { x: 'bytes', y: 'recall', stroke: 'strategy', z: 'strategy' } as const;
  const ticks = [12, 20, 36, 68, 132, 260];
  return draw(
    {
      ...shared,
      x: {
        type: 'log',
        domain: [11, 280],
        ticks,
        tickFormat: String,
        label: 'bytes a vector (log)',
        labelAnchor: 'center',
      },
      marks: [
        target,
        Plot.line(
          points.filter(({ reranked }) => reranked === 0),
          { ...line, strokeWidth: 1.5, strokeDasharray: '5 3' },
        ),
        Plot.line(
          points.filter(({ reranked }) => reranked === RERANKED),
          { ...line, strokeWidth: 2 },
        ),
      ],
    },
    {
      id: 'bytes',
      title: 'Recall@10 against bytes a vector',
      description: describe(
        points.filter(({ bytes, reranked }) => bytes === PLAN_BYTES && reranked === RERANKED),
      ),
    },
  );
}

function candidatesPanel(points: readonly Point[]): string {
  // Ten candidates make the answer whether they are scored again or not.
  const shown = points
    .filter(({ bytes }) => bytes === PLAN_BYTES)
    .map((point) => ({ ...point, candidates: Math.max(DEPTH, point.reranked) }));
  return draw(
    {
      ...shared,
      x: {
        type: 'log',
        domain: [DEPTH, 2000],
        ticks: [10, 20, 50, 100, 200, 500, 1000, 2000],
        tickFormat: String,
        label: 'candidates re-ranked (log)',
        labelAnchor: 'center',
      },
      marks: [
        target,
        Plot.line(shown, { x: 'candidates', y: 'recall', stroke: 'strategy', z: 'strategy', strokeWidth: 2 }),
      ],
    },
    {
      id: 'candidates',
      title: `Recall@10 against candidates re-ranked, at ${PLAN_BYTES} bytes a vector`,
      description: describe(shown.filter(({ reranked }) => reranked === 0)),
    },
  );
}

function describe(points: readonly Point[]): string {
  return points
    .map(
      ({ strategy, recall, reranked }) => `${strategy} has ${recall.toFixed(3)} with ${reranked} re-ranked`,
    )
    .join(', ');
}

function page(points: readonly Point[]): string {
  return drawTwoPanels(
    COLOURS,
    [
      {
        svg: bytesPanel(points),
        caption: `dashed: compact vectors alone; solid: best ${RERANKED} re-ranked`,
      },
      { svg: candidatesPanel(points), caption: `at ${PLAN_BYTES} bytes a vector; dotted: ${TARGET}` },
    ],
    PANEL,
  );
}

if (!existsSync(FROM)) {
  process.stderr.write('no out/search-recall.csv to draw: run npm run bench -- search-recall first\n');
  process.exit(1);
}
mkdirSync(new URL('.', TO), { recursive: true });
writeFileSync(TO, page(readPoints()));
