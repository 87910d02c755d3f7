import * as Plot from '@observablehq/plot';
import type { MaskStability } from '../../../src/core/evaluation/mask-stability.ts';
import { PANEL_WIDTH, draw } from './draw.ts';

export interface FoldCount {
  readonly folds: number;
  readonly coordinates: number;
  /** Of as many masks drawn at random. */
  readonly chance: number;
}

/** How many coordinates were kept in 1, 2, ... folds, beside what random masks would give. */
export function foldCounts(
  { keptInFolds }: Pick<MaskStability, 'keptInFolds'>,
  { folds, k, dim }: { readonly folds: number; readonly k: number; readonly dim: number },
): FoldCount[] {
  const share = k / dim;
  let ways = 1;
  return Array.from({ length: folds }, (_, i) => {
    const count = i + 1;
    ways = (ways * (folds - i)) / count;
    return {
      folds: count,
      coordinates: keptInFolds.filter((kept) => kept === count).length,
      chance: dim * ways * share ** count * (1 - share) ** (folds - count),
    };
  });
}

/** A bar for 1, 2, ... folds, with a tick at what chance would give. */
export function foldCountsChart(counts: readonly FoldCount[], strategy: string): string {
  const listed = counts.map(({ folds, coordinates }) => `${coordinates} in ${folds}`).join(', ');
  return draw(
    {
      width: PANEL_WIDTH,
      height: 260,
      x: { type: 'band', label: 'folds that kept it', padding: 0.3 },
      y: { label: 'coordinates', grid: true, ticks: 5 },
      marks: [
        Plot.barY(counts, { x: 'folds', y: 'coordinates', fill: 'var(--match)' }),
        Plot.tickY(counts, { x: 'folds', y: 'chance', stroke: 'var(--mismatch)', strokeWidth: 2.5 }),
        Plot.text(counts, {
          x: 'folds',
          y: 'coordinates',
          text: ({ coordinates }: FoldCount) => String(coordinates),
          dy: -9,
          fill: 'var(--ink)',
          // Where a tick stands behind the number.
          stroke: 'var(--page)',
          strokeWidth: 5,
        }),
        Plot.ruleY([0], { stroke: 'var(--ink)' }),
      ],
    },
    {
      id: 'folds-chart',
      title: 'Coordinates by the number of folds that kept them',
      description: `Of the ${strategy} mask: ${listed} folds. Ticks show what random masks would give.`,
    },
  );
}

/** Selection frequencies over bootstrap rounds, highest first, against the step that a mask free of chance would make. */
export function bootstrapChart(bootstrap: NonNullable<MaskStability['bootstrap']>, k: number): string {
  const ranked = [...bootstrap.selectionFrequency].sort((a, b) => b - a);
  const ever = ranked.filter((share) => share > 0).length;
  const shown = ranked.slice(0, Math.max(ever, k) + 1).map((share, rank) => ({ rank: rank + 1, share }));
  const ideal = [
    [0.5, 1],
    [k + 0.5, 1],
    [k + 0.5, 0],
    [shown.length + 0.5, 0],
  ];
  return draw(
    {
      width: PANEL_WIDTH,
      height: 260,
      x: { label: 'coordinates, most often kept first', domain: [0.5, shown.length + 0.5], ticks: 5 },
      y: { label: 'share of rounds', domain: [0, 1], grid: true, ticks: 5 },
      marks: [
        Plot.areaY(shown, { x: 'rank', y: 'share', fill: 'var(--match)', fillOpacity: 0.25, curve: 'step' }),
        Plot.lineY(shown, { x: 'rank', y: 'share', stroke: 'var(--match)', strokeWidth: 2, curve: 'step' }),
        Plot.line(ideal, { stroke: 'var(--soft)', strokeDasharray: '4 3' }),
        Plot.ruleY([0], { stroke: 'var(--ink)' }),
      ],
    },
    {
      id: 'bootstrap-chart',
      title: 'How often resampled pairs keep each coordinate',
      description: `${bootstrap.rounds} rounds; ${ever} coordinates were kept at least once, ${ranked.filter((share) => share >= 0.9).length} in nine of ten rounds. The dashed step is a mask that never changes.`,
    },
  );
}
