import { type Column, dataTable, measuredColumn, numberColumn, textColumn } from '../data-table.ts';
import { html } from '../html.ts';
import { type Section, folded } from '../page-parts.ts';
import type { PrecomputeReport, RegionsReport } from '../report-data.ts';
import { signed, signedNumber } from '../report-words.ts';

type Row = RegionsReport['rows'][number];

/** Whether picture vectors of the regions that an explanation picks do better than those of whole pictures; where it was asked. */
export function regionsSection({ regions }: PrecomputeReport): Section[] {
  if (regions === undefined) return [];
  return [
    {
      id: 'regions',
      title: 'Regions in place of whole pictures',
      lead: html`<p>
        A picture's vector pooled from some of its patches: the hottest of a map, by the nearest training
        caption of another group, or those in the middle, which a map has to beat. Same folds, mean recall@1
        of both directions. ${describeBest(regions.rows)}
      </p>`,
      body: folded(
        'What regions add, as a table',
        dataTable<Row>({
          id: 'regions-table',
          caption: 'Difference to whole pictures, ± standard error over folds',
          columns: [
            textColumn('strategy', ({ strategy }) => strategy),
            numberColumn('k', ({ k }) => k, 0),
            measuredColumn('whole', 'whole pictures, mean recall@1', ({ whole }) => whole),
            ...regions.choices.map(gainColumn),
          ],
          rows: regions.rows,
        }),
      ),
    },
  ];
}

/** The best of many differences is flattered by the choice: two standard errors make it worth a look, no more. */
function describeBest(rows: readonly Row[]): string {
  const gains = rows.flatMap(({ strategy, gains: some }) => some.map((gain) => ({ strategy, gain })));
  const [best] = gains.sort((a, b) => b.gain.mean - a.gain.mean);
  const told = `The largest difference is ${signed(best.gain)}, under ${best.strategy}`;
  return best.gain.mean > 2 * best.gain.standardError && best.gain.mean > 0
    ? `${told}: the best of ${gains.length}, so look at it on other pairs before you rely on it.`
    : `${told}: of ${gains.length} none is clear of chance, so whole pictures are as good or better.`;
}

function gainColumn({ map, share }: RegionsReport['choices'][number], place: number): Column<Row> {
  const name = `${map} ${share}`;
  return {
    heading: name,
    cell: ({ gains }) =>
      html`${signedNumber(gains[place].mean)}
        <span class="sd">se ${gains[place].standardError.toFixed(3)}</span>`,
    className: 'stacked',
    copied: [
      { name: `${name} mean`, of: ({ gains }) => gains[place].mean },
      { name: `${name} standard error`, of: ({ gains }) => gains[place].standardError },
    ],
  };
}
