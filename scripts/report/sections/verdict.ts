import { decidedPairs } from '../../../src/core/evaluation/decision-counts.ts';
import { type Html, html } from '../html.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { type Evidence, evidenceOf } from '../evidence.ts';
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

function tileList(all: readonly Tile[], { checks }: Verdict): Html {
  const passed = new Set(checks.filter(({ passes }) => passes).map(({ name }) => name));
  return html`<dl class="figures">
    ${all.map(({ check, name, value, note, said }) => {
      const passes = passed.has(check);
      return html`<div data-check="${check}">
        <dt>${name}</dt>
        <dd>
          <span class="value">${value}</span>
          <span class="state ${passes ? 'pass' : 'fail'}">${said[passes ? 0 : 1]}</span>
          <span class="note">${note}</span>
        </dd>
      </div>`;
    })}
  </dl>`;
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
      said: [evidence.keepsAll ? 'all kept' : 'worth it', 'no gain'],
    },
  ];
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
