import { describe, expect, it } from 'vitest';
import { type Evidence, errorByChance, evidenceOf } from '../../scripts/report/evidence.ts';
import { percent } from '../../scripts/report/report-words.ts';
import {
  ABOVE_RANDOM_ERRORS,
  ENOUGH_CALLED,
  ENOUGH_GROUPS,
  ENOUGH_RECALL,
  MOST_CALIBRATION_ERROR,
  MOST_SKIPPED,
} from '../../scripts/report/verdict-rules.ts';
import { type Verdict, verdictOf, verdictOn } from '../../scripts/report/verdict.ts';
import { createRandom } from '../../src/core/random.ts';
import { expectedCalibrationError, reliabilityBins } from '../../src/core/evaluation/metrics.ts';
import { buildReport } from './report-builder.ts';
import { reportVariants } from './report-variants.ts';

/** Plenty of pairs with a signal, a selection that loses little, probabilities that fit. */
const GOOD: Evidence = {
  pairs: 1200,
  groups: 500,
  duplicates: 0,
  nearDuplicates: 0,
  skipped: 0,
  signal: { found: true, p: 0.0005, permutations: 1999, groups: 500 },
  keepsAll: false,
  selection: { recallAt1: 0.7, bytes: 200 },
  full: { recallAt1: 0.72, bytes: 516 },
  belowFull: { mean: -0.02, standardError: 0.01, better: false },
  overRandom: { mean: 0.3, standardError: 0.02, better: true },
  calibrationError: 0.02,
  calibrationErrorByChance: 0.01,
  matchesCalled: 0.9,
  mismatchesCalled: 0.8,
  callsMatches: true,
  callsMismatches: true,
  misfits: [],
};
const SHUFFLED: Partial<Evidence> = {
  signal: { found: false, p: 0.41, permutations: 1999, groups: 500 },
  selection: { recallAt1: 0.013, bytes: 200 },
  full: { recallAt1: 0.011, bytes: 516 },
  overRandom: { mean: 0.001, standardError: 0.004, better: false },
  matchesCalled: 0,
  mismatchesCalled: 0,
  callsMatches: false,
  callsMismatches: false,
};

function on(changes: Partial<Evidence>): Verdict {
  return verdictOn({ ...GOOD, ...changes });
}

function failed({ checks }: Verdict): string[] {
  return checks.filter(({ passes }) => !passes).map(({ name }) => name);
}

function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}

describe('the verdict', () => {
  it('is to publish, with all figures, where nothing speaks against it', () => {
    const verdict = on({});
    expect(verdict).toMatchObject({
      action: 'publish',
      headline: 'Publish this',
      cautions: [],
      decidedBy: null,
    });
    expect(failed(verdict)).toEqual([]);
    expect(plain(verdict.sentence)).toBe(
      'Publish this: in 200 bytes a vector in place of 516 this selection keeps 97 % of the recall@1 of full int8 vectors (0.700 against 0.720), ' +
        'its probabilities are off by 0.020 on average, and 1,200 pairs show a clear signal (p = 0.0005 by shuffling the captions of 500 groups).',
    );
  });

  it.each<[string, Partial<Evidence>, string]>([
    ['shuffled captions', SHUFFLED, 'no-signal'],
    ['shuffled captions, and few', { ...SHUFFLED, pairs: 40, groups: 40 }, 'no-signal'],
    ['too few pairs', { pairs: 60, groups: 60 }, 'collect-more-pairs'],
    ['too few to test at all', { pairs: 7, groups: 7, signal: null }, 'collect-more-pairs'],
    ['many captions of few pictures', { pairs: 400, groups: 80 }, 'collect-more-pairs'],
    ['too much lost', { selection: { recallAt1: 0.4, bytes: 200 } }, 'keep-full-int8'],
    ['nothing saved', { selection: { recallAt1: 0.71, bytes: 1024 } }, 'keep-full-int8'],
    ['all coordinates', { keepsAll: true, selection: { recallAt1: 0.72, bytes: 2048 } }, 'publish'],
    ['nothing to compare with', { selection: null, full: null, belowFull: null }, 'publish'],
  ])('of %s', (_, changes, action) => {
    expect(on(changes).action).toBe(action);
  });

  it('goes by the first rule that fails: no signal before few pairs before what is lost', () => {
    const lost = { selection: { recallAt1: 0.1, bytes: 200 }, full: GOOD.full };
    expect(on({ ...SHUFFLED, ...lost, groups: 10 }).action).toBe('no-signal');
    expect(on({ ...lost, groups: 10 }).action).toBe('collect-more-pairs');
    expect(failed(on({ ...SHUFFLED, ...lost, groups: 10 }))).toEqual([
      'signal',
      'groups',
      'recall',
      'random',
      'matches',
      'mismatches',
    ]);
  });

  it.each<[string, Partial<Evidence>, Partial<Evidence>, string]>([
    ['groups', { groups: ENOUGH_GROUPS }, { groups: ENOUGH_GROUPS - 1 }, 'collect-more-pairs'],
    [
      'recall',
      { selection: { recallAt1: ENOUGH_RECALL, bytes: 200 }, full: { recallAt1: 1, bytes: 516 } },
      { selection: { recallAt1: ENOUGH_RECALL - 1e-9, bytes: 200 }, full: { recallAt1: 1, bytes: 516 } },
      'keep-full-int8',
    ],
    [
      'bytes',
      { selection: { recallAt1: 0.72, bytes: 515 } },
      { selection: { recallAt1: 0.72, bytes: 516 } },
      'keep-full-int8',
    ],
    [
      'bytes',
      {
        selection: { recallAt1: 0.75, bytes: 516 },
        belowFull: { mean: 0.03, standardError: 0.01, better: true },
      },
      {
        selection: { recallAt1: 0.75, bytes: 516 },
        belowFull: { mean: 0.03, standardError: 0.04, better: false },
      },
      'keep-full-int8',
    ],
    [
      'random',
      { overRandom: { mean: ABOVE_RANDOM_ERRORS * 0.02 + 1e-9, standardError: 0.02, better: true } },
      { overRandom: { mean: ABOVE_RANDOM_ERRORS * 0.02, standardError: 0.02, better: true } },
      'publish',
    ],
    [
      'calibration',
      { calibrationError: MOST_CALIBRATION_ERROR, calibrationErrorByChance: 0 },
      { calibrationError: MOST_CALIBRATION_ERROR + 1e-9, calibrationErrorByChance: 0 },
      'publish',
    ],
    ['matches', { matchesCalled: ENOUGH_CALLED }, { matchesCalled: ENOUGH_CALLED - 1e-9 }, 'publish'],
    [
      'mismatches',
      { mismatchesCalled: ENOUGH_CALLED },
      { mismatchesCalled: ENOUGH_CALLED - 1e-9 },
      'publish',
    ],
    ['duplicates', { duplicates: 0 }, { duplicates: 1 }, 'publish'],
    ['near-duplicates', { nearDuplicates: 0 }, { nearDuplicates: 1 }, 'publish'],
    [
      'skipped',
      { pairs: 95, skipped: 100 * MOST_SKIPPED },
      { pairs: 95, skipped: 100 * MOST_SKIPPED + 1 },
      'publish',
    ],
    ['kinds', { misfits: [] }, { misfits: ['drawing'] }, 'publish'],
  ])('turns exactly at the border: %s', (check, passing, failing, action) => {
    expect(failed(on(passing))).toEqual([]);
    expect(on(passing).action).toBe('publish');
    expect(failed(on(failing))).toEqual([check]);
    expect(on(failing)).toMatchObject({ action, decidedBy: action === 'publish' ? null : check });
  });

  it('says what a record without a threshold is good for, and that it never calls the other side', () => {
    const noMismatch = on({ callsMismatches: false, mismatchesCalled: 0 });
    expect(noMismatch.headline).toBe('Publish this for ranking and for matches');
    expect(noMismatch.sentence).toContain('no pair is ever called a mismatch');
    expect(noMismatch.cautions).toEqual([expect.stringMatching(/^No pair is called a mismatch: /)]);
    expect(on({ callsMatches: false }).headline).toBe('Publish this for ranking and for mismatches');
    const neither = on({ callsMatches: false, callsMismatches: false });
    expect(neither.headline).toBe('Publish this for ranking only');
    expect(neither.sentence).toContain('no pair is ever called a match or a mismatch');
  });

  it('says before publishing what else is wrong, and of bad data whatever the action', () => {
    expect(plain(on({ mismatchesCalled: 0.04 }).cautions.join())).toBe(
      'Only 4 % of mismatches are ever called a mismatch: do not filter by MISMATCH.',
    );
    expect(on({ mismatchesCalled: 0 }).cautions.join()).toBe(
      'None of the held-out mismatches was ever called a mismatch: do not filter by MISMATCH.',
    );
    expect(on({ matchesCalled: 0.004 }).cautions.join()).toBe(
      'Fewer than one in 200 matches are ever called a match: do not filter by MATCH.',
    );
    expect(on({ nearDuplicates: 2 }).cautions.join()).toMatch(
      /^2 pairs of pictures or captions of different groups are all but the same/,
    );
    expect(on({ calibrationError: 0.2 }).cautions[0]).toMatch(
      /^Do not trust its probabilities: they are off by 0\.200/,
    );
    expect(on({ misfits: ['drawing', 'photograph'] }).cautions[0]).toContain('drawing, photograph');
    const bad = on({ ...SHUFFLED, duplicates: 31, skipped: 400 });
    expect(bad.cautions).toEqual([
      '31 rows of the data repeat an earlier one and do not count: see whether data was joined twice.',
      '400 rows of 1,631 could not be read: see the list under Dataset.',
    ]);
  });

  it.each([
    ['publish', {}],
    ['keep-full-int8', { selection: { recallAt1: 0.4, bytes: 200 } }],
    ['collect-more-pairs', { groups: 60 }],
    ['no-signal', { signal: { found: false, p: 0.41, permutations: 1999, groups: 500 } }],
  ])('is one sentence with recall, bytes, calibration, pairs and shuffles: %s', (action, changes) => {
    const { action: said, sentence, next } = on(changes);
    expect(said).toBe(action);
    expect(sentence).toMatch(/recall@1.*0\.720/);
    for (const figure of ['200', '516', '0.020', '1,200 pairs', 'p = 0.']) expect(sentence).toContain(figure);
    // One full stop, at its end, beside the points of numbers.
    expect(sentence.match(/\.(?!\d)/g)).toHaveLength(1);
    expect(next.length).toBeGreaterThan(20);
  });

  it('counts one pair as one', () => {
    expect(on({ pairs: 1, groups: 1, signal: null }).sentence).toContain('1 pair in 1 group are too few');
  });
});

describe('the evidence of a report', () => {
  it('takes the row of the selection, full int8 vectors, and the shares that are called', () => {
    const report = buildReport();
    const { match, mismatch } = report.calibration.decisions;
    expect(evidenceOf(report)).toMatchObject({
      pairs: 600,
      groups: 597,
      skipped: 2,
      keepsAll: false,
      selection: { recallAt1: 0.395, bytes: 200 },
      full: { recallAt1: expect.closeTo(0.719, 9), bytes: 516 },
      matchesCalled: match.match / (match.match + match.uncertain + match.mismatch),
      mismatchesCalled: mismatch.mismatch / (mismatch.match + mismatch.uncertain + mismatch.mismatch),
      callsMatches: true,
      callsMismatches: true,
    });
  });

  it('gives a verdict on any report', () => {
    const actions = Object.entries(reportVariants()).map(([name, report]) => [
      name,
      verdictOf(report).action,
    ]);
    expect(Object.fromEntries(actions)).toMatchObject({
      full: 'publish',
      'bad-data': 'no-signal',
      'one-k': 'keep-full-int8',
    });
  });

  it('expects of right probabilities the calibration error that draws of labels show', () => {
    const random = createRandom(5);
    const probabilities = Float64Array.from({ length: 800 }, () => random.next());
    const draw = (): Uint8Array => Uint8Array.from(probabilities, (p) => (random.next() < p ? 1 : 0));
    const errors = Array.from({ length: 400 }, () => expectedCalibrationError(probabilities, draw()));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const expected = errorByChance(reliabilityBins(probabilities, draw()));
    // 400 draws of a spread of some 0.007 have a standard error of 0.0004; the normal approximation is off by as little.
    expect(Math.abs(mean - expected)).toBeLessThan(0.002);
    expect(errorByChance([])).toBe(0);
  });
});

describe('percent', () => {
  it('says neither nothing nor certain of what is only near it', () => {
    const said = [0, 0.004, 0.005, 0.12, 0.994, 0.996, 1, 1.03].map((share) => plain(percent(share)));
    expect(said).toEqual(['0 %', 'under 1 %', '1 %', '12 %', '99 %', 'over 99 %', '100 %', '103 %']);
  });
});
