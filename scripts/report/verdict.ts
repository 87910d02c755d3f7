import { type Evidence, evidenceOf } from './evidence.ts';
import type { PrecomputeReport } from './report-data.ts';
import { type Action, type Check, type CheckName, checkRules } from './verdict-rules.ts';
import { cautionsOf, headlineOf, nextStepOf, reasonOf } from './verdict-words.ts';

/** What to do with a selection, in one sentence, and everything that was looked at on the way. */
export interface Verdict {
  readonly action: Action;
  /** What to do and why, with the numbers: one sentence. */
  readonly sentence: string;
  /** The two halves of the sentence, on either side of its colon. */
  readonly headline: string;
  readonly reason: string;
  /** What to do now, a sentence or two. */
  readonly next: string;
  /** What else to know before that, a sentence each. */
  readonly cautions: readonly string[];
  /** The first rule that fails and can decide; null where the selection is to be published. */
  readonly decidedBy: CheckName | null;
  /** In the order of the rules. */
  readonly checks: readonly Check[];
}

/** Pure: equal evidence, equal words. `verdict-rules.ts` has the rules and their limits. */
export function verdictOn(evidence: Evidence): Verdict {
  const { action, decidedBy, checks } = checkRules(evidence);
  const failed = new Set(checks.filter(({ passes }) => !passes).map(({ name }) => name));
  const headline = headlineOf(action, evidence);
  const reason = reasonOf(action, evidence, failed);
  return {
    action,
    sentence: `${headline}: ${reason}.`,
    headline,
    reason,
    next: nextStepOf(action),
    cautions: cautionsOf(action, evidence, failed),
    decidedBy,
    checks,
  };
}

export function verdictOf(report: PrecomputeReport): Verdict {
  return verdictOn(evidenceOf(report));
}
