import { describe, expect, it } from 'vitest';
import {
  type CallOutcome,
  type CircuitBreaker,
  createCircuitBreaker,
} from '../../../src/clip/remote/circuit-breaker.ts';

const LEASE_MS = 20_000;

/** A breaker under a clock that the test moves. */
function openClock(): { clock: { now: number }; breaker: CircuitBreaker } {
  const clock = { now: 1_000_000 };
  return { clock, breaker: createCircuitBreaker({ now: () => clock.now, random: () => 0 }) };
}

/** A call that ends at once; the wait that it is told when it may not go out, else null. */
function call(breaker: CircuitBreaker, outcome: CallOutcome): number | null {
  const permit = breaker.enter(LEASE_MS);
  if ('retryAfterMs' in permit) return permit.retryAfterMs;
  permit.report(outcome);
  return null;
}

function callMany(breaker: CircuitBreaker, outcomes: readonly CallOutcome[]): (number | null)[] {
  return outcomes.map((outcome) => call(breaker, outcome));
}

const failures = (count: number): CallOutcome[] => new Array<CallOutcome>(count).fill('unavailable');

describe('a circuit breaker', () => {
  it('opens after ten calls of which half failed, and not for fewer', () => {
    const { breaker } = openClock();
    expect(callMany(breaker, failures(10))).toEqual(new Array(10).fill(null));
    expect(call(breaker, 'answered')).toBe(5000);
  });

  it('stays closed while less than half of the calls fail', () => {
    const { breaker } = openClock();
    for (let i = 0; i < 200; i++) expect(call(breaker, i % 3 === 1 ? 'unavailable' : 'answered')).toBeNull();
  });

  it('forgets what is older than a minute', () => {
    const { clock, breaker } = openClock();
    callMany(breaker, failures(9));
    clock.now += 60_000;
    expect(callMany(breaker, failures(9))).toEqual(new Array(9).fill(null));
    expect(call(breaker, 'answered')).toBeNull();
  });

  it('lets one probe out after its pause, and closes when that is answered', () => {
    const { clock, breaker } = openClock();
    callMany(breaker, failures(10));
    clock.now += 4_999;
    expect(call(breaker, 'answered')).toBe(1);
    clock.now += 1;
    const probe = breaker.enter(LEASE_MS);
    expect(call(breaker, 'answered')).toBe(1000);
    expect(probe).toHaveProperty('report');
    if ('report' in probe) probe.report('answered');
    expect(callMany(breaker, failures(9))).toEqual(new Array(9).fill(null));
  });

  it('doubles its pause up to a minute while probes fail, and begins anew once one was answered', () => {
    const { clock, breaker } = openClock();
    callMany(breaker, failures(10));
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(call(breaker, 'unavailable')).toBe(pauseMs);
      clock.now += pauseMs;
      expect(call(breaker, 'unavailable')).toBeNull();
    }
    clock.now += 60_000;
    callMany(breaker, ['answered', ...failures(10)]);
    expect(call(breaker, 'answered')).toBe(5_000);
  });

  it('sends another probe when one never comes back', () => {
    const { clock, breaker } = openClock();
    callMany(breaker, failures(10));
    clock.now += 5_000;
    expect(breaker.enter(LEASE_MS)).toHaveProperty('report');
    clock.now += LEASE_MS - 1;
    expect(call(breaker, 'answered')).toBe(1);
    clock.now += 1;
    expect(call(breaker, 'answered')).toBeNull();
    expect(call(breaker, 'answered')).toBeNull();
  });

  it('does not count calls that began before it changed', () => {
    const { clock, breaker } = openClock();
    const slow = Array.from({ length: 10 }, () => breaker.enter(LEASE_MS));
    callMany(breaker, failures(10));
    clock.now += 5_000;
    expect(call(breaker, 'answered')).toBeNull();
    for (const permit of slow) if ('report' in permit) permit.report('unavailable');
    expect(call(breaker, 'answered')).toBeNull();
  });
});
