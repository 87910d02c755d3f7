import type { RunCost, RunPhase, RunSummary } from '../../../../src/pipeline/run-status.ts';

const WORDS: Readonly<Record<RunPhase, string>> = {
  listing: 'Listing the files of the dataset',
  indexing: 'Finding where each picture lies',
  encoding: 'Encoding pictures and captions',
  sampling: 'Finding the sample',
  summing: 'Summing statistics over shards',
  selecting: 'Selecting, fusing and calibrating',
  publishing: 'Publishing the selection',
  packing: 'Packing the pictures into a corpus',
  complete: 'Complete',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const ENDED: ReadonlySet<RunPhase> = new Set(['complete', 'failed', 'cancelled']);

/** Whether it is under way: nothing else changes by itself. */
export function goesOn({ phase }: Pick<RunSummary, 'phase'>): boolean {
  return !ENDED.has(phase);
}

/** What a run is at, as a person says it. */
export function phaseWords(phase: RunPhase): string {
  return WORDS[phase];
}

/** What is left to do about a run that has ended without a result; null where nothing is. */
export function nextCommand({ id, phase }: Pick<RunSummary, 'id' | 'phase'>): string | null {
  return phase === 'failed' || phase === 'cancelled' ? `npm run -s pipeline -- resume ${id}` : null;
}

/** US dollars; most runs cost a few cents. */
export function formatDollars(dollars: number): string {
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
}

export function costWords({ queues, r2, workers, kv, total }: RunCost): string {
  const parts = [
    `queues ${formatDollars(queues)}`,
    `R2 ${formatDollars(r2)}`,
    `Workers ${formatDollars(workers)}`,
  ];
  if (kv > 0) parts.push(`KV ${formatDollars(kv)}`);
  return `${formatDollars(total)}: ${parts.join(', ')}`;
}

/** As the reader's language groups digits. */
export function formatWhole(count: number): string {
  return count.toLocaleString();
}
