import { decidedPairs } from '../../../src/core/evaluation/decision-counts.ts';
import { type Html, html } from '../html.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { type Evidence, type Stored, evidenceOf } from '../evidence.ts';
import { grouped, headline, percent, signedNumber } from '../report-words.ts';
import { type CheckName, ENOUGH_GROUPS, ENOUGH_RECALL, keptRecall } from '../verdict-rules.ts';
import { type Verdict, verdictOn } from '../verdict.ts';

interface Tile {
  readonly check: CheckName;
  readonly name: string;
  readonly value: string;
  readonly note: string;
  /** What is said of the check when it passes, and when it does not. */
  readonly said: readonly [pass: string, fail: string];
}

/** The first screen: what to do, why, and every figure that it rests on with whether it is good enough. */
export function verdictHeader(report: PrecomputeReport): Html {
  const evidence = evidenceOf(report);
  const verdict = verdictOn(evidence);
  const { action, reason, next, cautions } = verdict;
  return html`<header>
    <p class="kicker">
      Selection report: which coordinates of ${report.encoder.id} to keep, judged on
      ${grouped(evidence.pairs)} image-caption pairs
    </p>
    <h1 id="verdict" class="verdict ${action}">${verdict.headline}</h1>
    <p class="headline">${reason.charAt(0).toUpperCase()}${reason.slice(1)}.</p>
    <p class="next"><strong>Now:</strong> ${withCode(next)}</p>
    ${
      cautions.length === 0
        ? ''
        : html`<ul class="cautions" aria-label="Before that">
            ${cautions.map((caution) => html`<li>${caution}</li>`)}
          </ul>`
    }
    ${tileList(tiles(report, evidence), verdict)}
    <p class="soft chosen">${headline(report)}</p>
  </header>`;
}

/** That of the rule that decides first, the others as they come. */
function tileList(all: readonly Tile[], verdict: Verdict): Html {
  const isDeciding = ({ check }: Tile): boolean => check === verdict.decidedBy;
  const ordered = [...all.filter(isDeciding), ...all.filter((tile) => !isDeciding(tile))];
  return html`<dl class="figures">
    ${ordered.map((tile) => {
      const { className, word } = stateOf(tile, verdict);
      return html`<div data-check="${tile.check}">
        <dt>${tile.name}</dt>
        <dd>
          <span class="value">${tile.value}</span>
          <span class="state ${className}">${word}</span>
          <span class="note">${tile.note}</span>
        </dd>
      </div>`;
    })}
  </dl>`;
}

/** What is wrong with the data, and not with the selection. */
const DATA_CHECKS: readonly CheckName[] = ['signal', 'groups'];

/** Where the data decides, no other figure is good or bad. */
function stateOf(
  { check, said: [pass, fail] }: Tile,
  { action, checks }: Verdict,
): { readonly className: 'pass' | 'fail' | 'void'; readonly word: string } {
  const isData = DATA_CHECKS.includes(check);
  if (action === 'no-signal' && !isData) return { className: 'void', word: 'chance' };
  if (action === 'collect-more-pairs' && !isData) return { className: 'void', word: 'not sure' };
  const passes = checks.some(({ name, passes: isPassed }) => name === check && isPassed);
  return passes ? { className: 'pass', word: pass } : { className: 'fail', word: fail };
}

function tiles(report: PrecomputeReport, evidence: Evidence): Tile[] {
  return [...storedTiles(evidence), ...decisionTiles(report, evidence), ...dataTiles(evidence)];
}

function storedTiles(evidence: Evidence): Tile[] {
  const { selection, full, belowFull } = evidence;
  if (selection === null || full === null) return [];
  const error = belowFull === null ? '' : `, standard error ${belowFull.standardError.toFixed(3)}`;
  return [
    {
      check: 'recall',
      name: 'Recall@1 kept',
      value: percent(keptRecall(evidence)),
      note: `${selection.recallAt1.toFixed(3)} of ${full.recallAt1.toFixed(3)} by full int8${error}`,
      said: ['enough', `under ${percent(ENOUGH_RECALL)}`],
    },
    {
      check: 'bytes',
      name: 'Bytes a vector',
      value: grouped(selection.bytes),
      note: `full int8 takes ${grouped(full.bytes)}`,
      said: [evidence.keepsAll ? 'all kept' : saved(selection, full), 'no gain'],
    },
  ];
}

function saved(selection: Stored, full: Stored): string {
  return selection.bytes < full.bytes ? `saves ${percent(1 - selection.bytes / full.bytes)}` : 'finds more';
}

function decisionTiles({ calibration: { decisions } }: PrecomputeReport, evidence: Evidence): Tile[] {
  const wrong = (side: 'match' | 'mismatch', said: 'match' | 'mismatch'): string =>
    `are called a ${side}; ${percent(decisions[side][said] / Math.max(1, decidedPairs(decisions[side])))} wrongly a ${said}`;
  return [
    {
      check: 'matches',
      name: 'Of true matches',
      value: percent(evidence.matchesCalled),
      note: wrong('match', 'mismatch'),
      said: ['most', evidence.callsMatches ? 'few' : 'never'],
    },
    {
      check: 'mismatches',
      name: 'Of mismatches',
      value: percent(evidence.mismatchesCalled),
      note: wrong('mismatch', 'match'),
      said: ['most', evidence.callsMismatches ? 'few' : 'never'],
    },
    {
      check: 'calibration',
      name: 'Probabilities off by',
      value: evidence.calibrationError.toFixed(3),
      note: `on average (ECE); ${evidence.calibrationErrorByChance.toFixed(3)} by chance`,
      said: ['good', 'too far'],
    },
  ];
}

function dataTiles({ pairs, groups, signal, overRandom }: Evidence): Tile[] {
  return [
    ...(overRandom === null
      ? []
      : [
          {
            check: 'random',
            name: 'Over random coordinates',
            value: signedNumber(overRandom.mean),
            note: `recall@1, standard error ${overRandom.standardError.toFixed(3)}`,
            said: ['better', 'no better'],
          } as const,
        ]),
    {
      check: 'groups',
      name: 'Pairs',
      value: grouped(pairs),
      note: `in ${grouped(groups)} groups; ${ENOUGH_GROUPS} are enough`,
      said: ['enough', 'too few'],
    },
    {
      check: 'signal',
      name: 'Signal',
      value: signal === null ? '–' : `p\u00a0=\u00a0${Number(signal.p.toPrecision(2))}`,
      note:
        signal === null
          ? 'too few groups to test'
          : `captions shuffled ${grouped(signal.permutations)} times; 0.002 is asked for`,
      said: [signal === null ? 'not tested' : 'clear', 'none'],
    },
  ];
}

/** Text with commands between backticks. */
function withCode(text: string): Html {
  const parts = text.split('`');
  return html`${parts.map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))}`;
}
