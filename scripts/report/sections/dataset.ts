import { signalInWords } from '../data-warnings.ts';
import { dataTable, proseColumn, textColumn } from '../data-table.ts';
import { html } from '../html.ts';
import { type Section, folded } from '../page-parts.ts';
import type { PrecomputeReport } from '../report-data.ts';

const MOST_LISTED = 50;

/** What went in, and what was left out. */
export function datasetSection({ dataset, encoder, id }: PrecomputeReport): Section {
  const { source, pairs, images, captions, groups, mismatches, duplicates, signal, skipped } = dataset;
  const listed = skipped.slice(0, MOST_LISTED);
  const first = listed.length < skipped.length ? ` (first ${listed.length} of ${skipped.length})` : '';
  return {
    id: 'dataset',
    title: 'Dataset',
    lead: html`<p>
        <code>${source}</code>: ${pairs} pairs of ${images} pictures and ${captions} captions in ${groups}
        groups. Pairs that share a picture or a caption are one group: never split over folds, never each
        other's mismatch. Marked mismatches used as negatives: ${mismatches}. Repeated rows, each pair counted
        once: ${duplicates}. Skipped: ${skipped.length}.
      </p>
      <p>
        ${
          signal === null
            ? 'Too few groups to test whether captions belong to their pictures beyond chance.'
            : `Do captions belong to their pictures beyond chance? ${signal.found ? 'Yes' : 'No'}: ${signalInWords(signal)}, by ${signal.permutations} random pairings of groups (permutation test at 0.002).`
        }
      </p>
      <p class="soft">
        Encoder <code>${encoder.id}</code>, fingerprint <code>${encoder.fingerprint}</code>. Record
        <code>${id}</code>.
      </p>`,
    body: html`${
      listed.length === 0
        ? ''
        : folded(
            'The skipped rows as a table',
            dataTable<(typeof listed)[number]>({
              id: 'skipped-table',
              caption: `Skipped${first}`,
              columns: [
                textColumn('where', ({ where }) => where),
                proseColumn('reason', ({ reason }) => reason),
              ],
              rows: listed,
            }),
          )
    }`,
  };
}
