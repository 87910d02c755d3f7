import type { Evidence } from './evidence.ts';
import { grouped, percent } from './report-words.ts';
import { type Action, type CheckName, ENOUGH_GROUPS, ENOUGH_RECALL, keptRecall } from './verdict-rules.ts';

type Failed = ReadonlySet<CheckName>;

/** What to do, in a few words. */
export function headlineOf(action: Action, evidence: Evidence): string {
  switch (action) {
    case 'no-signal':
      return 'No signal, publish nothing';
    case 'collect-more-pairs':
      return 'Collect more pairs';
    case 'keep-full-int8':
      return 'Keep full int8 vectors';
    case 'publish':
      return `Publish this${publishedFor(evidence)}`;
  }
}

/** A side that is never called is no small print: it says what the selection is good for. */
function publishedFor({ callsMatches, callsMismatches }: Evidence): string {
  if (callsMatches && callsMismatches) return '';
  if (callsMatches) return ' for ranking and for matches';
  return callsMismatches ? ' for ranking and for mismatches' : ' for ranking only';
}

/** Why, with recall, bytes, calibration, number of pairs and signal; no full stop. */
export function reasonOf(action: Action, evidence: Evidence, failed: Failed): string {
  const { pairs, groups } = evidence;
  switch (action) {
    case 'no-signal':
      return (
        `the captions are no nearer to their own pictures than to others (${signalOf(evidence)}), so that ` +
        `${recallOf(evidence)} and probabilities ${errorOf(evidence)} are what chance makes of ${counted(pairs, 'pair')}`
      );
    case 'collect-more-pairs':
      return (
        `${counted(pairs, 'pair')} in ${counted(groups, 'group')} are too few to decide on (${ENOUGH_GROUPS} groups are enough), so that ` +
        `${recallOf(evidence)} and probabilities ${errorOf(evidence)} may be luck (${signalOf(evidence)})`
      );
    case 'keep-full-int8':
      return `${lossOf(evidence, failed)}; its probabilities are ${errorOf(evidence)}, measured on ${counted(pairs, 'pair')} with a clear signal (${signalOf(evidence)})`;
    case 'publish':
      return `${gainOf(evidence)}, ${decisionsOf(evidence)}its probabilities are ${errorOf(evidence)}, and ${counted(pairs, 'pair')} show a clear signal (${signalOf(evidence)})`;
  }
}

function lossOf(evidence: Evidence, failed: Failed): string {
  const { selection, full } = evidence;
  if (selection === null || full === null) return 'the selection was not compared with them';
  const [bytes, fullBytes] = [grouped(selection.bytes), grouped(full.bytes)];
  if (failed.has('recall')) {
    return (
      `this selection keeps only ${percent(keptRecall(evidence))} of their recall@1 (${recalls(evidence)}; ` +
      `${percent(ENOUGH_RECALL)} wanted) in ${bytes} bytes a vector in place of ${fullBytes}`
    );
  }
  return `this selection takes ${bytes} bytes a vector, full int8 vectors ${fullBytes}, and it finds no more (recall@1 ${recalls(evidence)})`;
}

function gainOf(evidence: Evidence): string {
  const { selection, full, keepsAll } = evidence;
  if (selection === null || full === null) return 'it was not compared with full int8 vectors';
  if (keepsAll) {
    return `it keeps every coordinate and loses nothing (recall@1 ${fixed(selection.recallAt1)} in ${grouped(selection.bytes)} bytes a vector, ${fixed(full.recallAt1)} in ${grouped(full.bytes)} as int8)`;
  }
  return `in ${grouped(selection.bytes)} bytes a vector in place of ${grouped(full.bytes)} this selection keeps ${percent(keptRecall(evidence))} of the recall@1 of full int8 vectors (${recalls(evidence)})`;
}

/** Of the sides that are never called, inside the sentence. */
function decisionsOf({ callsMatches, callsMismatches }: Evidence): string {
  const never = [...(callsMatches ? [] : ['match']), ...(callsMismatches ? [] : ['mismatch'])];
  return never.length === 0 ? '' : `no pair is ever called a ${never.join(' or a ')}, `;
}

function recallOf({ selection, full }: Evidence): string {
  if (selection === null || full === null) return 'the recall@1';
  return `a recall@1 of ${fixed(selection.recallAt1)} against ${fixed(full.recallAt1)} of full int8 vectors (${grouped(selection.bytes)} and ${grouped(full.bytes)} bytes)`;
}

function recalls({ selection, full }: Evidence): string {
  return `${fixed(selection?.recallAt1 ?? 0)} against ${fixed(full?.recallAt1 ?? 0)}`;
}

function errorOf({ calibrationError }: Evidence): string {
  return `off by ${fixed(calibrationError)} on average`;
}

function signalOf({ signal }: Evidence): string {
  if (signal === null) return 'too few groups for a permutation test';
  return `p = ${Number(signal.p.toPrecision(2))} by shuffling the captions of ${counted(signal.groups, 'group')}`;
}

/** What to run, or to look at, now. */
export function nextStepOf(action: Action): string {
  switch (action) {
    case 'no-signal':
      return 'See that row i of the texts belongs to row i of the images (were the captions sorted or shuffled apart?), and that one encoder made both. Then run the same command again.';
    case 'collect-more-pairs':
      return `Add pairs until there are at least ${ENOUGH_GROUPS} groups, each a picture with its captions, and run the same command again.`;
    case 'keep-full-int8':
      return 'Run the same command again with `--strategy full` and another `--out`, and publish that: a corpus stores it as int8. Publish this one only where there is no room for more bytes.';
    case 'publish':
      return 'Run `npm run -s publish -- DIR`, DIR being the folder of this report.';
  }
}

/** What no action says; nothing about figures that mean nothing yet. */
export function cautionsOf(action: Action, evidence: Evidence, failed: Failed): string[] {
  const figures = action === 'publish' || action === 'keep-full-int8';
  const sentences = figures ? [...figureCautions(evidence)] : [];
  return [...sentences, ...dataCautions(evidence)]
    .filter(({ check }) => failed.has(check))
    .map(({ sentence }) => sentence);
}

interface Caution {
  readonly check: CheckName;
  readonly sentence: string;
}

function figureCautions(evidence: Evidence): Caution[] {
  const { overRandom, matchesCalled, mismatchesCalled, misfits } = evidence;
  return [
    {
      check: 'random',
      sentence: `Its coordinates are no better than random ones (recall@1 ${signed(overRandom?.mean ?? 0)}, standard error ${fixed(overRandom?.standardError ?? 0)}).`,
    },
    {
      check: 'calibration',
      sentence: `Do not trust its probabilities: they are off by ${fixed(evidence.calibrationError)} on average, where chance gives ${fixed(evidence.calibrationErrorByChance)}. Rank by score only.`,
    },
    { check: 'matches', sentence: called(evidence.callsMatches, 'match', matchesCalled) },
    { check: 'mismatches', sentence: called(evidence.callsMismatches, 'mismatch', mismatchesCalled) },
    {
      check: 'kinds',
      sentence: `Its probabilities do not fit every kind of pair: ${misfits.join(', ')}.`,
    },
  ];
}

function called(isCalled: boolean, side: 'match' | 'mismatch', share: number): string {
  return isCalled
    ? `${fewOf(share)} ${side}es ${share === 0 ? 'was' : 'are'} ever called a ${side}: do not filter by ${side.toUpperCase()}.`
    : `No pair is called a ${side}: these pairs cannot show that any threshold reaches the precision asked for. Do not wait for a ${side.toUpperCase()}.`;
}

/** "Only 0 % of" would say neither that there are none nor that there are some. */
function fewOf(share: number): string {
  if (share === 0) return 'None of the held-out';
  return share < 0.005 ? 'Fewer than one in 200' : `Only ${percent(share)} of`;
}

function dataCautions({ duplicates, nearDuplicates, skipped, pairs }: Evidence): Caution[] {
  return [
    {
      check: 'duplicates',
      sentence: `${counted(duplicates, 'row')} of the data ${duplicates === 1 ? 'repeats' : 'repeat'} an earlier one and ${duplicates === 1 ? 'does' : 'do'} not count: see whether data was joined twice.`,
    },
    {
      check: 'near-duplicates',
      sentence: `${counted(nearDuplicates, 'pair')} of pictures or captions of different groups ${nearDuplicates === 1 ? 'is' : 'are'} all but the same: where they are, the figures flatter. Leave one out or give them one group.`,
    },
    {
      check: 'skipped',
      sentence: `${counted(skipped, 'row')} of ${grouped(skipped + pairs + duplicates)} could not be read: see the list under Dataset.`,
    },
  ];
}

/** "1 pair", "1,200 pairs" */
function counted(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${fixed(Math.abs(value))}`;
}

function fixed(value: number): string {
  return value.toFixed(3);
}
