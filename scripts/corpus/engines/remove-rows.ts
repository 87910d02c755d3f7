import type { CorpusSegment } from '../../../src/format/corpus-manifest.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';
import { rowIdsOf } from './store-rows.ts';
import { waitUntilVisible } from './wait-until-visible.ts';

/** How rows are removed. */
export interface Removing {
  /** Of segments that are known to have rows. */
  readonly segments: readonly Pick<CorpusSegment, 'id' | 'count'>[];
  /** Not to wait until all is seen that was written. */
  readonly mayBePending: boolean;
  readonly tell: (line: string) => void;
}

/**
 * Removes all rows of a corpus from an engine. One that shows changes later does not list what was sent moments before, which would come back
 * when the list is done with: so all of it is waited for. Without waiting those rows are deleted by their names that a manifest knows; changes
 * take place in the order that they were sent in.
 * @throws AppError STORAGE_FAILED
 */
export async function removeAllRows(
  rows: VectorEngine,
  { segments, mayBePending, tell }: Removing,
): Promise<void> {
  if (rows.mark !== undefined && mayBePending) {
    for (const segment of segments) await rows.delete(rowIdsOf(segment));
    tell(
      'note: rows that a run sent within the last minutes, and ended before any manifest named them, may come later: --drop without --no-wait waits for them',
    );
  } else if (rows.mark !== undefined) {
    const mark = await rows.mark();
    tell('waiting until all rows are seen, so that none comes after they are removed');
    if (mark !== null) await waitUntilVisible(rows, mark, 'run the same command again, or with --no-wait.');
  }
  await rows.drop();
}
