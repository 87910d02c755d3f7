import type { Timing } from './timing.ts';

/** How a call went: whatever the model says, a refusal too, is an answer; no capacity, no time and no connection are not. */
export type CallOutcome = 'answered' | 'unavailable';

/** Leave for one call. */
export interface Permit {
  /** To be told once, when the call is over. @param outcome null says nothing of the model; a probe that says nothing has failed */
  readonly report: (outcome: CallOutcome | null) => void;
}

/** No call now. */
export interface Refusal {
  readonly retryAfterMs: number;
}

/**
 * Keeps calls from a model that does not answer (M. Nygard, Release It!, "Circuit Breaker"): closed, every call goes out; open, none
 * does; after a pause one at a time goes out as a probe, and its outcome closes it or opens it for a pause twice as long.
 */
export interface CircuitBreaker {
  /** @param leaseMs a probe that has not reported by then is given up: its request may have ended with its caller */
  readonly enter: (leaseMs: number) => Permit | Refusal;
}

/** Outcomes looked back on. One request counts fewer failing calls before its deadline, so no request opens it alone. */
const WINDOW = 20;
const MIN_OUTCOMES = 10;
const MAX_FAILED_SHARE = 0.5;
/** An outcome older than this says nothing about now. */
const OUTCOME_AGE_MS = 60_000;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;
/** What a caller is told to wait while a probe is out. */
const PROBE_WAIT_MS = 1_000;

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  | { readonly kind: 'probing'; readonly until: number };

/** One for each model and isolate: it shares nothing with other isolates. */
export function createCircuitBreaker(timing: Pick<Timing, 'now' | 'random'>): CircuitBreaker {
  let state: State = { kind: 'closed' };
  let outcomes: { readonly at: number; readonly isFailure: boolean }[] = [];
  let pauseMs = FIRST_PAUSE_MS;
  /** Grows with every change of state: what began before it is no news. */
  let epoch = 0;

  function change(next: State): void {
    state = next;
    outcomes = [];
    epoch++;
  }

  /** A quarter of chance, so that isolates which opened together do not ask together. */
  function open(): void {
    change({ kind: 'open', until: timing.now() + pauseMs * (1 + timing.random() / 4) });
  }

  function note(outcome: CallOutcome | null): void {
    if (outcome === null) return;
    const at = timing.now();
    outcomes = outcomes.filter((earlier) => at - earlier.at < OUTCOME_AGE_MS).slice(1 - WINDOW);
    outcomes.push({ at, isFailure: outcome === 'unavailable' });
    const failures = outcomes.filter(({ isFailure }) => isFailure).length;
    if (outcomes.length >= MIN_OUTCOMES && failures >= MAX_FAILED_SHARE * outcomes.length) open();
  }

  function endProbe(outcome: CallOutcome | null): void {
    if (outcome === 'answered') {
      pauseMs = FIRST_PAUSE_MS;
      change({ kind: 'closed' });
    } else {
      pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
      open();
    }
  }

  function permit(report: Permit['report']): Permit {
    const given = epoch;
    return { report: (outcome) => void (given === epoch && report(outcome)) };
  }

  return {
    enter(leaseMs) {
      if (state.kind === 'closed') return permit(note);
      const now = timing.now();
      if (now < state.until) {
        const leftMs = state.until - now;
        return { retryAfterMs: state.kind === 'open' ? leftMs : Math.min(leftMs, PROBE_WAIT_MS) };
      }
      change({ kind: 'probing', until: now + leaseMs });
      return permit(endProbe);
    },
  };
}
