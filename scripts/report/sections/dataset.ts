import { dataTable, proseColumn, textColumn } from '../data-table.ts';
import { html } from '../html.ts';
import type { Section } from '../page-parts.ts';
import type { PrecomputeReport } from '../report-data.ts';

const MOST_LISTED = 50;

/** What went in, and what was left out. */
export function datasetSection({ dataset, encoder }: PrecomputeReport): Section {
  const { source, pairs, images, captions, groups, mismatches, skipped } = dataset;
  const listed = skipped.slice(0, MOST_LISTED);
  const first = listed.length < skipped.length ? ` (first ${listed.length} of ${skipped.length})` : '';
  return {
    id: 'dataset',
    title: 'Dataset',
    body: html`<p>
        <code>${source}</code>: ${pairs} pairs of ${images} pictures and ${captions} captions in ${groups}
        groups. Pairs that share a picture or a caption are one group: never split over folds, never each
        other's mismatch. Marked mismatches used as negatives: ${mismatches}. Skipped: ${skipped.length}.
      </p>
      <p class="soft">Encoder <code>${encoder.id}</code>, fingerprint <code>${encoder.fingerprint}</code>.</p>
      ${
        listed.length === 0
          ? ''
          : dataTable<(typeof listed)[number]>({
              id: 'skipped-table',
              caption: `Skipped${first}`,
              columns: [
                textColumn('where', ({ where }) => where),
                proseColumn('reason', ({ reason }) => reason),
              ],
              rows: listed,
            })
      }`,
  };
}
