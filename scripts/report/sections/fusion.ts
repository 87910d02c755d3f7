import { type DotRow, dotChart } from '../charts/dot-chart.ts';
import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import { type Column, dataTable, measuredColumn, proseColumn, textColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import { type Section, figure, folded, printedFold } from '../page-parts.ts';
import type { CentringEffect } from '../../../src/core/evaluation/choose-strategy.ts';
import type { FusionTrial } from '../../../src/core/evaluation/fusion-trials.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { signed, signedNumber } from '../report-words.ts';

/** Which fusions were tried and lost, and what centring does: the two switches beside the choice of coordinates. */
export function fusionSection(report: PrecomputeReport): Section {
  const { fusionTrials, centring } = report;
  const taken = fusionTrials.find((trial) => trial.taken);
  return {
    id: 'fusion',
    title: 'Fusion and centring',
    lead: html`<p>
        Taken: ${taken?.fusion ?? report.fusion}${taken === undefined ? '' : ` (${taken.reason})`}.
        ${centring === null ? '' : describeCentring(centring)}
      </p>
      ${printedFold(
        'Charts: what was tried',
        html`<p>
            A learned fusion replaces the plain one only where it beats both identity and full int8 vectors by
            more than one standard error over the same folds.
          </p>
          ${figure(trialCharts(report), 'Mean recall@1 of both directions; lines span one standard deviation over folds. Diamond: what this selection does. Dashed: full int8 vectors.')}`,
      )}`,
    body: folded(
      'What was tried as tables',
      html`${trialTable(fusionTrials)} ${centring === null ? '' : centringTable(centring)}`,
    ),
  };
}

function describeCentring({ strategy, k, difference }: CentringEffect): string {
  return `Subtracting each modality's training mean changes ${strategy} at k = ${k} by ${signed(difference)}; it costs two vectors in the record and nothing a query.`;
}

function centringTable({ strategy, k, centred, uncentred, difference }: CentringEffect): Html {
  const rows = [
    { name: 'centred', value: centred, change: difference.mean },
    { name: 'not centred', value: uncentred, change: null },
  ];
  return dataTable<(typeof rows)[number]>({
    id: 'centring-table',
    caption: `Centring, ${strategy} at k = ${k}`,
    columns: [
      textColumn('means', ({ name }) => name),
      measuredColumn('recall@1', 'mean recall@1', ({ value }) => value),
      {
        heading: 'difference',
        cell: ({ change }) => (change === null ? '–' : signedNumber(change)),
        className: '',
        copied: [{ name: 'difference', of: ({ change }) => change }],
      },
    ],
    rows,
  });
}

function trialCharts(report: PrecomputeReport): string[] {
  const { fusionTrials, centring, rows } = report;
  const int8 = rows.find((row) => row.strategy === 'full' && row.encoding === 'int8');
  const trials = fusionTrials.map((trial): DotRow => ({
    label: trial.fusion,
    value: trial.recallAt1,
    isMarked: trial.taken,
  }));
  const centrings: DotRow[] =
    centring === null
      ? []
      : [
          { label: 'centred', value: centring.centred, isMarked: report.centred },
          { label: 'not centred', value: centring.uncentred, isMarked: !report.centred },
        ];
  const reference = int8 === undefined ? null : { value: meanRecallAt1(int8).mean, label: 'full int8' };
  const highest = Math.max(
    reference?.value ?? 0,
    ...[...trials, ...centrings].map(({ value }) => value.mean + value.sd),
  );
  const common = {
    xLabel: 'mean recall@1',
    domain: [0, Math.min(1, Math.ceil(highest * 10 + 0.2) / 10)],
    labelWidth: 104,
    reference,
  } as const;
  const describe = (some: readonly DotRow[]): string =>
    `${some.map(({ label, value }) => `${label} ${value.mean.toFixed(3)}`).join(', ')}${reference === null ? '' : `; full int8 ${reference.value.toFixed(3)}`}.`;
  return [
    dotChart(trials, {
      ...common,
      id: 'fusion-chart',
      title: 'Mean recall@1 by fusion',
      description: describe(trials),
    }),
    ...(centring === null
      ? []
      : [
          dotChart(centrings, {
            ...common,
            id: 'centring-chart',
            title: 'Mean recall@1 with and without centring',
            description: describe(centrings),
          }),
        ]),
  ];
}

function trialTable(trials: readonly FusionTrial[]): Html {
  return dataTable<FusionTrial>({
    id: 'fusion-table',
    caption: 'Fusions tried on the chosen strategy',
    columns: [
      textColumn('fusion', ({ fusion }) => fusion),
      measuredColumn('recall@1', 'mean recall@1', ({ recallAt1 }) => recallAt1),
      differenceColumn('against identity', ({ differenceToIdentity }) => differenceToIdentity),
      differenceColumn('against full int8', ({ differenceToInt8 }) => differenceToInt8),
      proseColumn('why', ({ reason }) => reason),
    ],
    rows: trials,
    isMarked: ({ taken }) => taken,
  });
}

function differenceColumn(
  name: string,
  of: (trial: FusionTrial) => FusionTrial['differenceToIdentity'],
): Column<FusionTrial> {
  return {
    heading: name,
    cell: (trial) => {
      const difference = of(trial);
      if (difference === null) return '–';
      return html`${signedNumber(difference.mean)}
        <span class="sd">se ${difference.standardError.toFixed(3)}</span>`;
    },
    className: 'stacked',
    copied: [
      { name: `${name} mean`, of: (trial) => of(trial)?.mean ?? null },
      { name: `${name} standard error`, of: (trial) => of(trial)?.standardError ?? null },
    ],
  };
}
