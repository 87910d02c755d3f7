import { describe, expect, it } from 'vitest';
import { activeMs, isWhole } from '../../bench/cold/startup-profile.ts';

const nodes = ['(root)', '(idle)', '(garbage collector)', '(program)', 'createYoga'].map(
  (functionName, id) => ({
    id: id + 1,
    callFrame: { functionName },
  }),
);

describe('activeMs', () => {
  it('counts all but the idle samples, garbage collection and native code too', () => {
    expect(activeMs({ nodes, samples: [2, 5, 3, 2, 4], timeDeltas: [9_000, 1_500, 250, 7_000, 50] })).toBe(
      1.8,
    );
  });

  it('is 0 for a profile without samples', () => {
    expect(activeMs({ nodes })).toBe(0);
  });
});

describe('isWhole', () => {
  it('takes a profile that begins before the Worker does and sees it run, and no other', () => {
    expect(isWhole({ nodes, samples: [2, 5], timeDeltas: [1, 1] })).toBe(true);
    expect(isWhole({ nodes, samples: [5, 2], timeDeltas: [1, 1] })).toBe(false);
    expect(isWhole({ nodes, samples: [2, 2], timeDeltas: [1, 1] })).toBe(false);
    expect(isWhole({ nodes, samples: [], timeDeltas: [] })).toBe(false);
  });
});
