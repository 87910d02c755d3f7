import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import type { StartProgress } from '../cli/progress.ts';
import { makeWritableFolder } from '../kv/writable-folder.ts';
import type { Skipped } from '../dataset/pair-source.ts';
import { refuseSkipped } from '../dataset/skipped-rows.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import type { FoundSelection } from '../selection/selection-file.ts';
import { checkTableFile } from '../files/table-file.ts';
import { findSelection } from './find-selection.ts';
import { type Journal, type Tally, finishJournal, openJournal } from './journal.ts';
import { openRows } from './open-rows.ts';
import type { EmbeddedInput, RowSource } from './row-source.ts';
import { scoreEmbeddings } from './score-embeddings.ts';
import type { MetricName } from './metric-names.ts';
import {
  type MetricSummary,
  type ScoredRow,
  csvHeader,
  csvRows,
  csvToParquet,
  summarizeMetrics,
} from './table.ts';

interface ScoreOptions {
  readonly source: PairSourceOptions;
  /** A published name, or a path to a selection.bin. */
  readonly selection: string;
  readonly remote: boolean;
  /** Ends in .csv or .parquet. */
  readonly out: string;
  /** In (0, 1); null: the selection's own. */
  readonly baseRate: number | null;
  /** Whether texts that a spreadsheet would run are neutralised. */
  readonly spreadsheetSafe: boolean;
  readonly metrics: readonly MetricName[];
}

interface ScoreOutput {
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}

/** What the command prints on stdout. `pairs` = `scored` + `failed`. */
interface ScoreSummary extends Tally {
  readonly out: string;
  readonly pairs: number;
  readonly scored: number;
  /** Of the pairs, those that repeat picture and caption of an earlier row; null for embeddings, which are not compared. */
  readonly duplicates: number | null;
  /** Where any were asked for. */
  readonly metrics?: MetricSummary;
  /** As it was asked for; `id` is the record's. */
  readonly selection: string;
  readonly id: string;
}

/**
 * Score every row of a dataset with a selection, in order, and write the table to `options.out`, which appears when it is
 * whole. An interrupted run continues at the window where it stopped and gives the same file. Memory holds the listing, a window
 * of rows and, for pictures, the embedding cache.
 * @throws UserError for whatever the caller can put right, and when no row can be scored
 */
export async function scoreDataset(options: ScoreOptions, output: ScoreOutput): Promise<ScoreSummary> {
  const { out, selection, baseRate, spreadsheetSafe, metrics } = options;
  const header = csvHeader(metrics);
  const isParquet = (await checkTableFile(out)) === 'parquet';
  if (isParquet && spreadsheetSafe) {
    throw new UserError(`--spreadsheet-safe goes with a .csv; no program runs the cells of ${out}`);
  }
  await makeWritableFolder(dirname(out), 'the folder of --out', 'Choose another with --out.');
  const found = await findSelection(selection, options.remote);
  const rows = await openRows(options.source, found.record, selection, metrics, output.tell);
  const { duplicates, total } = rows;
  if (duplicates !== null && duplicates > 0) {
    output.tell(`note: ${duplicates} of ${total} rows repeat the picture and the caption of an earlier row`);
  }
  const run = createHash('sha256')
    .update(
      JSON.stringify([header, found.id, baseRate, spreadsheetSafe, pixelLimit(options.source), rows.digest]),
    )
    .digest('hex');
  const journal = await openJournal(out, run, header);
  try {
    if (journal.hasReplaced) {
      output.tell(
        `note: ${journal.path} was of another run (other data, selection, options or columns of the table) and is begun anew`,
      );
    }
    await appendRest(journal, rows, found, options, output);
  } finally {
    await journal.close();
  }
  let measured: MetricSummary | undefined;
  await finishJournal(out, async (csv) => {
    if (metrics.length > 0) measured = await summarizeMetrics(csv, metrics);
    return isParquet ? assembleParquet(csv, metrics) : csv;
  });
  return { ...summarize(options, found, journal.state.tally, rows), ...(measured && { metrics: measured }) };
}

/** Rows of larger pictures fail: a run that was cut goes on under the same limit only. */
function pixelLimit(source: PairSourceOptions): number | null {
  return source.kind === 'dataset' ? (source.maxPixels ?? null) : null;
}

async function appendRest(
  journal: Journal,
  rows: RowSource,
  found: FoundSelection,
  options: ScoreOptions,
  { startProgress, tell }: ScoreOutput,
): Promise<void> {
  const resumed = journal.state.rows;
  const { failed } = journal.state.tally;
  if (options.source.strict === true && failed > 0) {
    throw new UserError(
      `--strict: ${failed} rows of ${journal.path} cannot be used: the column error says why`,
    );
  }
  if (resumed > 0) tell(`going on after ${resumed} of ${rows.total} pairs: ${journal.path}`);
  const progress = startProgress('pairs', rows.total);
  try {
    progress.add(resumed, { known: true });
    for await (const window of rows.windows(resumed)) {
      await appendWindow(journal, window, found, options);
      progress.add(window.length);
    }
  } finally {
    // A bar left running keeps the process alive.
    progress.stop();
  }
}

async function appendWindow(
  journal: Journal,
  window: readonly EmbeddedInput[],
  { record }: FoundSelection,
  { baseRate, spreadsheetSafe, source, metrics }: ScoreOptions,
): Promise<void> {
  const scored = window.map(({ image, caption, where, embeddings }): ScoredRow => {
    const shown = { image, caption, where };
    if ('error' in embeddings) return { ...shown, error: embeddings.error };
    const score = scoreEmbeddings(record, embeddings.image, embeddings.text, baseRate ?? undefined);
    if (score === null) return { ...shown, error: 'the selection gives no finite score for this pair' };
    return { ...shown, ...score, ...embeddings.metrics, error: null };
  });
  if (source.strict === true) refuseSkipped(failuresOf(scored));
  const text = csvRows(scored, spreadsheetSafe, metrics);
  await journal.append(text, scored.length, addTo(journal.state.tally, scored));
}

function failuresOf(rows: readonly ScoredRow[]): Skipped[] {
  return rows.flatMap(({ where, error }) => (error === null ? [] : [{ where, reason: error }]));
}

function addTo(tally: Tally, rows: readonly ScoredRow[]): Tally {
  const of = (decision: ScoredRow['decision']): number =>
    rows.filter((row) => row.decision === decision).length;
  return {
    match: tally.match + of('MATCH'),
    mismatch: tally.mismatch + of('MISMATCH'),
    uncertain: tally.uncertain + of('UNCERTAIN'),
    failed: tally.failed + of(undefined),
    outside: tally.outside + rows.filter(({ outside }) => outside === true).length,
  };
}

/** @returns the path of the Parquet file, beside the CSV */
async function assembleParquet(csv: string, metrics: readonly MetricName[]): Promise<string> {
  const assembled = `${csv}.parquet`;
  try {
    await csvToParquet(csv, assembled, metrics);
    return assembled;
  } catch (error) {
    await rm(assembled, { force: true });
    throw error;
  }
}

function summarize(
  { out, selection }: ScoreOptions,
  { id }: FoundSelection,
  tally: Tally,
  { total: pairs, duplicates }: RowSource,
): ScoreSummary {
  const scored = pairs - tally.failed;
  if (scored === 0) {
    throw new UserError(`none of the ${pairs} pairs could be scored; the column error of ${out} says why`);
  }
  return { out, pairs, scored, duplicates, ...tally, selection, id };
}
